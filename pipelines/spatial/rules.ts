import type { Finding, Rule } from '../pipeline.ts';
import type { Attributes } from '../record.ts';
import { regionProblem } from '../region-rules.ts';
import { elsewhere } from '../rules.ts';
import { parseCitizenNumber } from '../standards/citizen-number.ts';
import { parseUscc } from '../standards/uscc.ts';
import { FEATURE_CLASSES } from './attributes.ts';
import { FORBIDDEN_LAND_USE, LAND_USE, LAND_USE_EDITION } from './land-use.ts';

const text = (attributes: Attributes, name: string): string => String(attributes[name] ?? '');
const number = (attributes: Attributes, name: string): number | null => {
  const value = attributes[name];
  return value === null || value === undefined || value === '' ? null : Number(value);
};

const HECTARE = 10_000;
const MU = 2_000 / 3;
/** 15 mu are a hectare, 666.67 square metres a mu: what an area is off by when a column has another unit than it is said to. */
const UNIT_FACTORS = [15, MU].flatMap((factor) => [factor, 1 / factor]);
const METRES_A_DEGREE = 111_000;
/** Metres on the ground of a tenth of a millimetre on a map of 1:1, the finest that is drawn. */
const FINEST_DRAWN = 0.0001;
const UNSEEN = /[\p{Cn}\p{Co}\uFFFD]/u;
/** Scripts in which places of the province have names beside the Chinese one. */
const LOCAL_SCRIPTS = /^[\p{Script=Tibetan}\p{Script=Mongolian}\p{Script=Common}\p{Script=Inherited}]+$/u;

/** What the geometry itself tells is reported by the conversions that read it. */
const geometryRules: readonly Rule[] = [
  elsewhere('conversion', {
    ...{ id: 'S01', attribute: 'geometry', severity: 'F', basis: 'CGCS2000' },
    title: 'the coordinate system is declared and can be turned into CGCS2000',
    zh: '坐标系已声明，且可转换为CGCS2000',
  }),
  elsewhere('conversion', {
    ...{ id: 'S02', attribute: 'geometry', severity: 'E', basis: { zh: '全省范围', en: 'extent of the province' } },
    title: 'the geometry lies in the province, half a degree around it allowed',
    zh: '图形位于全省范围内(外扩半度)',
  }),
  elsewhere('conversion', {
    ...{ id: 'S03', attribute: 'geometry', severity: 'E', basis: { zh: 'OGC 坐标轴次序', en: 'OGC axis order' } },
    title: 'longitude stands before latitude',
    zh: '坐标顺序为先经度后纬度',
  }),
  elsewhere('search', {
    ...{ id: 'S04', attribute: 'geometry', severity: 'W', basis: { zh: '偏移坐标', en: 'shifted coordinates' } },
    title: 'no systematic offset of some hundred metres against reference points',
    zh: '与参照点相比没有数百米的系统性偏移(疑为加密坐标)',
  }),
  elsewhere('conversion', {
    ...{ id: 'S05', attribute: 'geometry', severity: 'E', basis: { zh: '高斯-克吕格分带', en: 'Gauss-Krueger zones' } },
    title: 'the easting agrees with the declared zone',
    zh: '投影坐标的带号和东移值与所声明的分带一致',
  }),
  elsewhere('conversion', {
    ...{ id: 'S06', attribute: 'geometry', severity: 'E', basis: 'OGC 06-103r4' },
    title: 'the geometry is valid (OGC Simple Features), its rings closed and turned the right way',
    zh: '图形符合简单要素规范：不自相交、岛洞关系正确、各部分不重叠，环闭合且方向正确',
  }),
  elsewhere('conversion', {
    ...{ id: 'S07', attribute: 'geometry', severity: 'E', basis: 'OGC 06-103r4' },
    title: 'the geometry is not empty, not broken and not too large',
    zh: '图形非空、未损坏、节点数不超限',
  }),
  {
    ...{ id: 'S08', version: 1, attribute: 'geometry', severity: 'I', basis: { zh: '精度', en: 'accuracy' } },
    title: 'no more decimals than the accuracy that is stated, one to spare',
    zh: '坐标小数位数与所声明的精度相称(可多一位)',
    needs: ['geometry', 'accuracy'],
    check(attributes) {
      const [decimals, accuracy] = [number(attributes, 'coordinateDecimals'), number(attributes, 'accuracy')];
      const crs = text(attributes, 'sourceCrs');
      if (decimals === null || accuracy === null || crs === '') return null;
      const isProjected = /^EPSG:45\d\d$/.test(crs);
      const last = (isProjected ? 1 : METRES_A_DEGREE) * 10 ** -decimals;
      return last * 10 >= accuracy ? null : `${decimals} decimals, the accuracy stated is ${accuracy} m`;
    },
  },
];

const areaRules: readonly Rule[] = [
  {
    ...{ id: 'S09', version: 1, attribute: 'area', severity: 'W', basis: { zh: '字段间核对', en: 'cross-field' } },
    title: 'declared and computed area differ by no more than 5 percent, or a hectare',
    zh: '登记面积与计算面积相差不超过5%或1公顷',
    needs: ['geometry', 'area'],
    check(attributes) {
      const [said, computed] = [number(attributes, 'area'), number(attributes, 'computedArea')];
      if (said === null || computed === null) return null;
      const apart = Math.abs(said - computed);
      return apart <= HECTARE || apart <= 0.05 * computed
        ? null
        : `${(said / HECTARE).toFixed(2)} ha declared, ${(computed / HECTARE).toFixed(2)} ha computed`;
    },
  },
  {
    ...{ id: 'S10', version: 2, attribute: 'area', severity: 'E', basis: { zh: '计量单位', en: 'unit trap' } },
    title: 'declared and computed area do not differ by the factor between mu, hectare and square metre',
    zh: '登记面积与计算面积之比不是亩、公顷、平方米之间的换算倍数',
    needs: ['geometry'],
    check(attributes) {
      const [said, computed] = [number(attributes, 'area'), number(attributes, 'computedArea')];
      if (said === null || computed === null || said <= 0 || computed <= 0) return null;
      const factor = UNIT_FACTORS.find((one) => Math.abs(said / computed / one - 1) < 0.02);
      if (factor === undefined) return null;
      const isMu = factor === MU || factor === 1 / MU;
      return isMu ? 'off by 666.67: mu and square metres were exchanged' : 'off by 15: mu and hectares were exchanged';
    },
  },
];

/** What many features tell together. */
const topologyRules: readonly Rule[] = [
  elsewhere('search', {
    ...{ id: 'S11', attribute: 'geometry', severity: 'E', basis: { zh: '拓扑关系', en: 'topology' } },
    title: 'administrative units of one level do not overlap',
    zh: '同级行政区互不重叠',
  }),
  elsewhere('search', {
    ...{ id: 'S12', attribute: 'geometry', severity: 'W', basis: { zh: '拓扑关系', en: 'topology' } },
    title: 'administrative units leave no gaps in their parent',
    zh: '下级行政区无缝覆盖上级行政区',
  }),
  elsewhere('linkage', {
    ...{ id: 'S13', attribute: 'region', severity: 'W', basis: { zh: '拓扑关系', en: 'topology' } },
    title: 'the feature lies in the region that it names',
    zh: '要素位于其所填行政区之内',
  }),
  {
    ...{ id: 'S14', version: 1, attribute: 'region', severity: 'E', basis: 'GB/T 2260' },
    title: 'the region code was allocated; old codes become those of today',
    zh: '行政区划代码真实存在，旧代码已转换为现行代码',
    check(attributes) {
      const region = text(attributes, 'region');
      return region === '' ? null : regionProblem(region, text(attributes, 'address') !== '');
    },
  },
  elsewhere('linkage', {
    ...{ id: 'S15', attribute: 'geometry', severity: 'W', basis: { zh: '地名核对', en: 'gazetteer' } },
    title: 'the point lies in the county that the address names',
    zh: '点位位于地址所写的县级行政区之内',
  }),
];

const landRules: readonly Rule[] = [
  {
    ...{ id: 'S16', version: 1, attribute: 'code', severity: 'E', basis: { zh: '宗地代码', en: 'cadastral codes' } },
    title: 'the code of a parcel has 19 or 28 characters and begins with a county of the province',
    zh: '宗地代码为19位或28位，且以本省县级代码开头',
    check(attributes) {
      if (text(attributes, 'featureClass') !== 'cadastral-parcel') return null;
      const code = text(attributes, 'code');
      return /^63\d{4}/.test(code) && (code.length === 19 || code.length === 28) ? null : `${code.length} characters`;
    },
  },
  {
    ...{
      id: 'S17',
      version: 1,
      attribute: 'holderNumber',
      severity: 'W',
      basis: { zh: '跨库核对', en: 'cross-database' },
    },
    title: 'the number of the holder is that of a citizen or of a body; whether they are known, other bases tell',
    zh: '权利人证件号是有效的公民身份号码或统一社会信用代码(是否在库由跨库规则判定)',
    check(attributes) {
      const holder = text(attributes, 'holderNumber');
      if (holder === '' || parseCitizenNumber(holder).ok || parseUscc(holder).ok) return null;
      return `${holder.length} characters that are neither a citizen number nor a credit code`;
    },
  },
  {
    ...{ id: 'S18', version: 1, attribute: 'landUse', severity: 'E', basis: 'GB/T 21010' },
    title: 'land use classes are those of the standard and add up to the parcel',
    zh: '土地利用类型符合标准，各地类面积之和等于宗地面积',
    check(attributes) {
      const landUse = text(attributes, 'landUse');
      return landUse === '' || LAND_USE.has(landUse)
        ? null
        : `${landUse} is no class of the edition ${LAND_USE_EDITION}`;
    },
  },
  {
    ...{ id: 'S19', version: 1, attribute: 'area', severity: 'E', basis: { zh: '矿业权', en: 'mining rights' } },
    title: 'a mining right has an area above zero and a term, and overlaps none of its mineral and time',
    zh: '矿业权面积大于零、有有效期，且与同矿种同期矿业权不重叠',
    check(attributes) {
      if (text(attributes, 'featureClass') !== 'mining-right') return null;
      if ((number(attributes, 'area') ?? 0) <= 0) return 'no area';
      return text(attributes, 'validTo') === '' ? 'no end of its term' : null;
    },
  },
  elsewhere('linkage', {
    ...{ id: 'S20', attribute: 'code', severity: 'W', basis: { zh: '水文', en: 'hydrology' } },
    title: 'the code of a station is borne by one station only',
    zh: '一个测站编码只对应一个测站',
  }),
  {
    ...{
      id: 'S21',
      version: 1,
      attribute: 'holderName',
      severity: 'W',
      basis: { zh: '草原承包', en: 'grassland contracts' },
    },
    title: 'a grassland contract names its holder and its term, and overlaps no other of its time',
    zh: '草原承包合同写明承包人和期限，且与同期合同不重叠',
    check(attributes) {
      if (text(attributes, 'featureClass') !== 'grassland-contract') return null;
      if (text(attributes, 'holderName') === '') return 'no holder';
      return text(attributes, 'validFrom') === '' || text(attributes, 'validTo') === '' ? 'no term' : null;
    },
  },
];

const otherRules: readonly Rule[] = [
  {
    ...{
      id: 'S22',
      version: 1,
      attribute: 'elevation',
      severity: 'W',
      basis: { zh: '全省地形', en: 'relief of the province' },
    },
    title: 'elevations in the province lie between 1,600 and 6,900 metres',
    zh: '高程在1600至6900米之间',
    check(attributes) {
      const elevation = number(attributes, 'elevation');
      return elevation === null || (elevation >= 1_600 && elevation <= 6_900) ? null : `${elevation} m`;
    },
  },
  {
    ...{ id: 'S23', version: 2, attribute: 'validTo', severity: 'E', basis: { zh: '时间', en: 'time' } },
    title: 'the end of validity is not before its beginning, and nothing was captured in the future',
    zh: '有效期止不早于有效期起，采集日期不晚于今天',
    needs: ['validFrom', 'validTo'],
    check(attributes, { today }) {
      const findings: Finding[] = [];
      const [from, to] = [text(attributes, 'validFrom'), text(attributes, 'validTo')];
      if (from !== '' && to !== '' && from > to) findings.push({ attribute: 'validTo', message: `${from} to ${to}` });
      const captured = text(attributes, 'captureDate');
      if (captured > today) findings.push({ attribute: 'captureDate', message: `captured on ${captured}` });
      return findings.length === 0 ? null : findings;
    },
  },
  elsewhere('linkage', {
    ...{ id: 'S24', attribute: 'geometry', severity: 'W', basis: { zh: '自然保护地', en: 'protected areas' } },
    title: 'no construction land inside the core of a protected area',
    zh: '自然保护区核心区内没有建设用地',
  }),
  {
    ...{ id: 'S25', version: 2, attribute: 'name', severity: 'I', basis: { zh: '地名', en: 'names of places' } },
    title: 'a feature that is named has a Chinese name; one in another script is written in characters that there are',
    zh: '有名称的要素有汉字名称；少数民族文字名称使用有效字符',
    check(attributes) {
      const findings: Finding[] = [];
      const [name, local] = [text(attributes, 'name'), text(attributes, 'localName')];
      if (name !== '' && !/\p{Script=Han}/u.test(name))
        findings.push({ attribute: 'name', message: 'no Chinese character in it' });
      if (local !== '' && (UNSEEN.test(local) || !LOCAL_SCRIPTS.test(local)))
        findings.push({ attribute: 'localName', message: 'characters that are neither Tibetan nor Mongolian' });
      return findings.length === 0 ? null : findings;
    },
  },
  {
    ...{ id: 'S26', version: 1, attribute: 'accuracy', severity: 'W', basis: { zh: '精度', en: 'accuracy' } },
    title: 'the accuracy of positions is stated and no finer than the scale allows',
    zh: '声明了平面精度，且不高于采集比例尺所能达到的精度',
    needs: ['geometry'],
    check(attributes) {
      if (text(attributes, 'geometry') === '' || text(attributes, 'drawing') !== '') return null;
      const [accuracy, scale] = [number(attributes, 'accuracy'), number(attributes, 'captureScale')];
      if (accuracy === null) return 'no accuracy is stated';
      if (!(accuracy > 0)) return `an accuracy of ${accuracy} m`;
      return scale === null || accuracy >= FINEST_DRAWN * scale
        ? null
        : `${accuracy} m from a capture at 1:${scale}, which allows ${FINEST_DRAWN * scale} m`;
    },
  },
  elsewhere('linkage', {
    ...{ id: 'S27', attribute: 'name', severity: 'W', basis: { zh: '重复', en: 'duplicates' } },
    title: 'no two features of a class and name within a hundred metres',
    zh: '一百米内没有同类同名的两个要素',
  }),
  {
    ...{
      id: 'S28',
      version: 2,
      attribute: 'featureClass',
      severity: 'F',
      basis: { zh: '要素类别清单', en: 'closed list of classes' },
    },
    title: 'the class is one of those that the hub may hold',
    zh: '要素类别属于允许入库的类别',
    check(attributes) {
      const featureClass = text(attributes, 'featureClass');
      if (!Object.hasOwn(FEATURE_CLASSES, featureClass))
        return `"${featureClass}" is none of ${Object.keys(FEATURE_CLASSES).join(', ')}`;
      return text(attributes, 'landUse') === FORBIDDEN_LAND_USE ? 'land whose use the hub may not hold' : null;
    },
  },
];

/** §5.3 of the catalogue, S01 to S28. */
export const spatialRules: readonly Rule[] = [
  ...geometryRules,
  ...areaRules,
  ...topologyRules,
  ...landRules,
  ...otherRules,
];
