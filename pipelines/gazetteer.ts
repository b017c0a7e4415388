/**
 * How addresses in Qinghai write counties and prefectures, with every code that the place has borne (GB/T 2260 since 1981).
 * Names carry their suffix: 海晏路 is a street of Xining, 海晏县 is a county. Which code was valid when is the business of
 * `standards/regions.ts`; here a name need only belong to the place.
 */
const COUNTIES: readonly (readonly [names: string, codes: string])[] = [
  // 西宁市郊区 (630111) was divided among the four districts in 1986
  ['城东区', '630102 630111'],
  ['城中区', '630103 630111'],
  ['城西区', '630104 630111'],
  ['城北区', '630105 630111'],
  ['西宁市郊区', '630111'],
  ['湟中区 湟中县', '630106 630122 632124'],
  ['大通回族土族自治县 大通县', '630121'],
  ['湟源县', '630123 632125'],
  ['乐都区 乐都县', '630202 632123'],
  ['平安区 平安县', '630203 630221 632121'],
  ['民和回族土族自治县 民和县', '630222 632122'],
  ['互助土族自治县 互助县', '630223 632126'],
  ['化隆回族自治县 化隆县', '630224 632127'],
  ['循化撒拉族自治县 循化县', '630225 632128'],
  ['门源回族自治县 门源县', '632221'],
  ['祁连县', '632222'],
  ['海晏县', '632223'],
  ['刚察县', '632224'],
  ['同仁市 同仁县', '632301 632321'],
  ['尖扎县', '632322'],
  ['泽库县', '632323'],
  ['河南蒙古族自治县 河南县', '632324 632421'],
  ['共和县', '632521'],
  ['同德县', '632522'],
  ['贵德县', '632523'],
  ['兴海县', '632524'],
  ['贵南县', '632525'],
  ['玛沁县', '632621'],
  ['班玛县', '632622'],
  ['甘德县', '632623'],
  ['达日县', '632624'],
  ['久治县', '632625'],
  ['玛多县', '632626'],
  ['玉树市 玉树县', '632701 632721'],
  ['杂多县', '632722'],
  ['称多县', '632723'],
  ['治多县', '632724'],
  ['囊谦县', '632725'],
  ['曲麻莱县', '632726'],
  ['格尔木市', '632801'],
  ['德令哈市', '632802'],
  ['茫崖市 茫崖行政委员会 冷湖行政委员会', '632803 632856 632858'],
  ['大柴旦行政委员会', '632857'],
  ['乌兰县', '632821'],
  ['都兰县', '632822'],
  ['天峻县', '632823'],
];

const PREFECTURES: readonly (readonly [names: string, prefixes: string])[] = [
  ['西宁市', '6301'],
  ['海东市 海东地区', '6302 6321'],
  ['海北藏族自治州 海北州', '6322'],
  ['黄南藏族自治州 黄南州', '6323'],
  ['海南藏族自治州 海南州', '6325'],
  ['果洛藏族自治州 果洛州', '6326'],
  ['玉树藏族自治州 玉树州', '6327'],
  ['海西蒙古族藏族自治州 海西州', '6328'],
];

interface Place {
  readonly names: readonly string[];
  readonly codes: readonly string[];
}

const places = (rows: typeof COUNTIES): readonly Place[] =>
  rows.map(([names, codes]) => ({ names: names.split(' '), codes: codes.split(' ') }));
const byName = (list: readonly Place[]): ReadonlyMap<string, Place> =>
  new Map(list.flatMap((place) => place.names.map((name) => [name, place] as const)));
const anyOf = (names: ReadonlyMap<string, Place>): RegExp => new RegExp([...names.keys()].join('|'), 'gu');

const counties = places(COUNTIES);
const countyNames = byName(counties);
const countyPattern = anyOf(countyNames);
const prefectureNames = byName(places(PREFECTURES));
const prefecturePattern = anyOf(prefectureNames);

/** Counties that have borne a code; 630111 stands for several. */
const bearers = new Map<string, readonly Place[]>();
for (const place of counties) {
  for (const code of place.codes) bearers.set(code, [...(bearers.get(code) ?? []), place]);
}

const isNamedIn = (place: Place, address: string): boolean => place.names.some((name) => address.includes(name));

/**
 * The name in an address that speaks against a county code of Qinghai, or null when nothing does: the county itself is
 * named, no place of the gazetteer is, or the code is none of a county here.
 */
export function foreignPlace(code: string, address: string): string | null {
  const own = bearers.get(code);
  if (own === undefined || own.some((place) => isNamedIn(place, address))) return null;
  const county = address.match(countyPattern)?.[0];
  if (county !== undefined) return county;
  const prefecture = address.match(prefecturePattern)?.[0];
  if (prefecture === undefined) return null;
  const prefixes = prefectureNames.get(prefecture)!.codes;
  const belongs = own.some((place) => place.codes.some((known) => prefixes.some((prefix) => known.startsWith(prefix))));
  return belongs ? null : prefecture;
}
