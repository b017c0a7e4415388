import type { AttributeSpec } from '../pipeline.ts';
import { LAND_USE } from './land-use.ts';

const surveyors = ['natural-resources', 'environment', 'water', 'grassland', 'agriculture'];
const attribute = (
  type: AttributeSpec['type'],
  zh: string,
  en: string,
  more: Partial<AttributeSpec> = {},
): AttributeSpec => ({ ...{ type, zh, en, sensitivity: 1, authority: surveyors }, ...more });

/** Classes of features; the first part of their identity. */
export const FEATURE_CLASSES: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  'administrative-unit': { zh: '行政区', en: 'administrative units' },
  'monitoring-station': { zh: '环境监测站', en: 'environmental monitoring stations' },
  'hydrology-station': { zh: '水文测站', en: 'hydrological stations' },
  'protected-area': { zh: '自然保护区', en: 'protected areas' },
  'water-body': { zh: '湖泊水库', en: 'lakes and reservoirs' },
  'grassland-contract': { zh: '承包草场', en: 'contracted grassland' },
  'cadastral-parcel': { zh: '宗地', en: 'cadastral parcels' },
  'land-use-patch': { zh: '地类图斑', en: 'patches of land use' },
  address: { zh: '地址', en: 'addresses' },
  'mining-right': { zh: '矿业权', en: 'mining rights' },
};

/** Geometry and what is said about it survive independently; geometry is WKB in base64, CGCS2000. */
export const spatialAttributes = {
  featureClass: attribute('code', '要素类别', 'feature class', {
    named: (code) => FEATURE_CLASSES[code]?.zh ?? null,
  }),
  code: attribute('identifier', '要素编码', 'code of the feature'),
  name: attribute('text', '名称', 'name'),
  kind: attribute('text', '类型', 'kind'),
  grade: attribute('text', '级别', 'grade'),
  localName: attribute('text', '少数民族文字名称', 'name in the script of a minority'),
  region: attribute('region', '行政区划', 'region'),
  town: attribute('text', '乡镇', 'town'),
  river: attribute('text', '所在河流', 'river'),
  address: attribute('text', '地址', 'address'),
  zone: attribute('text', '功能区', 'zone of a protected area'),
  landUse: attribute('code', '土地利用类型', 'land use (GB/T 21010)', {
    named: (code) => LAND_USE.get(code) ?? null,
  }),
  parcelCode: attribute('identifier', '所在宗地', 'parcel that a patch of land use is part of'),
  mineral: attribute('text', '矿种', 'mineral'),
  geometry: attribute('geometry', '图形', 'geometry'),
  geometryType: attribute('code', '图形类型', 'type of geometry', { follows: 'geometry' }),
  sourceCrs: attribute('code', '原坐标系', 'coordinate system of the source', { follows: 'geometry' }),
  computedArea: attribute('decimal', '计算面积(平方米)', 'area computed from the geometry, square metres', {
    follows: 'geometry',
  }),
  coordinateDecimals: attribute('integer', '坐标小数位数', 'decimals of the coordinates as the source writes them', {
    follows: 'geometry',
  }),
  drawing: attribute(
    'code',
    '图形性质',
    'what the geometry is: empty, or `cartogram` for one that shows no true place',
    {
      follows: 'geometry',
    },
  ),
  accuracy: attribute('decimal', '平面精度(米)', 'accuracy of positions as stated, metres', { follows: 'geometry' }),
  captureScale: attribute('integer', '采集比例尺分母', 'scale of capture, its denominator', { follows: 'geometry' }),
  captureDate: attribute('date', '采集日期', 'captured', { follows: 'geometry' }),
  area: attribute('decimal', '登记面积(平方米)', 'area as surveyed or declared, square metres'),
  elevation: attribute('decimal', '高程(米)', 'elevation, metres (1985 datum)'),
  establishedDate: attribute('date', '设立日期', 'established'),
  validFrom: attribute('date', '有效期起', 'valid from'),
  validTo: attribute('date', '有效期止', 'valid to'),
  holderName: attribute('text', '权利人', 'holder', { sensitivity: 2 }),
  holderNumber: attribute('identifier', '权利人证件号', 'number of the holder', { sensitivity: 3 }),
} as const satisfies Record<string, AttributeSpec>;
