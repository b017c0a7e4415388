import { weighted } from './hash.ts';

export interface County {
  /** Full name today, as in an address after 青海省. */
  readonly name: string;
  readonly prefecture: string;
  /** Codes this place has had, oldest first; `from` is the first year a code was in force (GB/T 2260). */
  readonly codes: readonly { readonly code: string; readonly from: number }[];
  readonly weight: number;
  /** Shares of 汉 回 藏 土 撒拉 蒙古 其他, in percent. */
  readonly mix: readonly number[];
  readonly towns: readonly string[];
  /** Streets with house numbers instead of villages. */
  readonly urban: boolean;
}

/*
 * name | prefecture | code or code<year>code... | weight | mix | towns. Weights and mixes only follow the size and the
 * character of each place; they are no statistics.
 */
const TABLE = `
城东区|西宁市|630102|460|70 22 3 2 1 1 1|韵家口镇|urban
城中区|西宁市|630103|340|84 7 5 2 0 1 1|总寨镇|urban
城西区|西宁市|630104|325|85 6 5 2 0 1 1|彭家寨镇|urban
城北区|西宁市|630111<1986>630105|420|83 8 4 3 0 1 1|大堡子镇 廿里铺镇|urban
湟中区|西宁市|632124<1999>630122<2019>630106|400|72 16 9 2 0 1 0|鲁沙尔镇 多巴镇 上新庄镇 甘河滩镇
大通回族土族自治县|西宁市|630121|400|49 30 5 14 0 1 1|桥头镇 塔尔镇 长宁镇
湟源县|西宁市|632125<1999>630123|110|86 3 9 1 0 1 0|大华镇 申中乡 日月藏族乡
乐都区|海东市|632123<2013>630202|245|84 3 8 4 0 1 0|碾伯镇 高庙镇 瞿昙镇 雨润镇
平安区|海东市|632121<2013>630221<2015>630203|120|72 19 5 3 0 1 0|小峡镇 三合镇 洪水泉回族乡
民和回族土族自治县|海东市|632122<2013>630222|325|41 42 4 12 0 0 1|川口镇 官亭镇 巴州镇 满坪镇
互助土族自治县|海东市|632126<2013>630223|330|70 3 7 19 0 1 0|威远镇 丹麻镇 五十镇 高寨街道
化隆回族自治县|海东市|632127<2013>630224|215|20 55 21 0 3 0 1|巴燕镇 群科镇 甘都镇 扎巴镇
循化撒拉族自治县|海东市|632128<2013>630225|132|6 8 23 0 62 0 1|积石镇 街子镇 白庄镇 清水乡
门源回族自治县|海北藏族自治州|632221|128|36 45 11 4 0 3 1|浩门镇 青石咀镇 泉口镇
祁连县|海北藏族自治州|632222|48|21 27 35 3 1 12 1|八宝镇 峨堡镇 默勒镇
海晏县|海北藏族自治州|632223|41|53 7 27 2 0 11 0|三角城镇 西海镇
刚察县|海北藏族自治州|632224|42|20 2 70 1 0 7 0|沙柳河镇 哈尔盖镇 泉吉乡
同仁市|黄南藏族自治州|632321<2020>632301|101|11 5 75 8 0 1 0|隆务镇 保安镇 曲库乎乡
尖扎县|黄南藏族自治州|632322|57|10 17 70 1 1 1 0|马克唐镇 康扬镇 坎布拉镇
泽库县|黄南藏族自治州|632323|77|1 1 97 0 0 1 0|泽曲镇 麦秀镇 和日镇
河南蒙古族自治县|黄南藏族自治州|632421<1984>632324|41|3 1 5 0 0 91 0|优干宁镇 宁木特镇 多松乡
共和县|海南藏族自治州|632521|144|31 6 58 2 0 2 1|恰卜恰镇 倒淌河镇 龙羊峡镇
同德县|海南藏族自治州|632522|62|7 3 89 0 0 1 0|尕巴松多镇 唐谷镇
贵德县|海南藏族自治州|632523|101|51 9 38 1 0 1 0|河阴镇 河西镇 拉西瓦镇
兴海县|海南藏族自治州|632524|76|16 5 77 1 0 1 0|子科滩镇 河卡镇 曲什安镇
贵南县|海南藏族自治州|632525|77|19 3 76 1 0 1 0|茫曲镇 过马营镇 森多镇
玛沁县|果洛藏族自治州|632621|59|12 3 83 1 0 1 0|大武镇 拉加镇
班玛县|果洛藏族自治州|632622|30|3 1 96 0 0 0 0|赛来塘镇 多贡麻乡
甘德县|果洛藏族自治州|632623|40|1 1 98 0 0 0 0|柯曲镇 上贡麻乡
达日县|果洛藏族自治州|632624|40|3 1 96 0 0 0 0|吉迈镇 满掌乡
久治县|果洛藏族自治州|632625|30|3 1 96 0 0 0 0|智青松多镇 门堂乡
玛多县|果洛藏族自治州|632626|14|7 1 92 0 0 0 0|玛查理镇 花石峡镇
玉树市|玉树藏族自治州|632721<2013>632701|142|4 1 95 0 0 0 0|结古街道 隆宝镇 下拉秀镇
杂多县|玉树藏族自治州|632722|68|1 1 98 0 0 0 0|萨呼腾镇 昂赛乡
称多县|玉树藏族自治州|632723|62|1 1 98 0 0 0 0|称文镇 歇武镇 扎朵镇
治多县|玉树藏族自治州|632724|38|1 1 98 0 0 0 0|加吉博洛镇 索加乡
囊谦县|玉树藏族自治州|632725|110|1 1 98 0 0 0 0|香达镇 白扎乡
曲麻莱县|玉树藏族自治州|632726|35|2 1 97 0 0 0 0|约改镇 巴干乡
格尔木市|海西蒙古族藏族自治州|632801|222|74 12 8 2 1 2 1|昆仑路街道 郭勒木德镇 唐古拉山镇|urban
德令哈市|海西蒙古族藏族自治州|632821<1988>632802|88|68 7 12 3 0 9 1|河西街道 尕海镇 怀头他拉镇|urban
茫崖市|海西蒙古族藏族自治州|632801<2018>632803|31|85 6 4 2 1 1 1|花土沟镇 冷湖镇
乌兰县|海西蒙古族藏族自治州|632821|36|50 9 21 4 0 16 0|希里沟镇 茶卡镇 柯柯镇
都兰县|海西蒙古族藏族自治州|632822|69|52 7 25 4 1 11 0|察汉乌苏镇 香日德镇 夏日哈镇
天峻县|海西蒙古族藏族自治州|632823|22|16 3 76 1 0 4 0|新源镇 木里镇 江河镇`;

export const COUNTIES: readonly County[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [name, prefecture, codes, weight, mix, towns, urban] = line.split('|') as [
      string,
      string,
      string,
      string,
      string,
      string,
      string?,
    ];
    const parts = codes.split(/[<>]/);
    return {
      name,
      prefecture,
      codes: parts.flatMap((code, at) =>
        at % 2 === 1 ? [] : [{ code, from: at === 0 ? 1900 : Number(parts[at - 1]) }],
      ),
      weight: Number(weight),
      mix: mix.split(' ').map(Number),
      towns: towns.split(' '),
      urban: urban !== undefined,
    };
  });

export const drawCounty = weighted(COUNTIES.map((county) => [county, county.weight] as const));

export function codeIn(county: County, year: number): string {
  let code = county.codes[0]!.code;
  for (const entry of county.codes) if (entry.from <= year) code = entry.code;
  return code;
}

export const currentCode = (county: County): string => county.codes.at(-1)!.code;

/** Six digits that were never given to any place of Qinghai. */
export const NEVER_ALLOCATED: readonly string[] = ['639999', '630130', '632199', '632909', '630199', '632450'];
