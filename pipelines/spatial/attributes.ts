import type { AttributeSpec } from '../pipeline.ts';

const surveyors = ['natural-resources', 'environment', 'water', 'grassland', 'agriculture'];
const attribute = (
  type: AttributeSpec['type'],
  zh: string,
  en: string,
  more: Partial<AttributeSpec> = {},
): AttributeSpec => ({ ...{ type, zh, en, sensitivity: 1, authority: surveyors }, ...more });

/** Classes of features; the first part of their identity. */
export const FEATURE_CLASSES: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  'administrative-unit': { zh: '行政区(示意图)', en: 'administrative units (cartogram)' },
  'monitoring-station': { zh: '环境监测站', en: 'environmental monitoring stations' },
  'hydrology-station': { zh: '水文测站', en: 'hydrological stations' },
  'protected-area': { zh: '自然保护区', en: 'protected areas' },
  'water-body': { zh: '湖泊水库', en: 'lakes and reservoirs' },
  'grassland-contract': { zh: '承包草场', en: 'contracted grassland' },
  'cadastral-parcel': { zh: '宗地', en: 'cadastral parcels' },
  'mining-right': { zh: '矿业权', en: 'mining rights' },
};

/** Geometry and what is said about it survive independently; geometry is WKB in base64, CGCS2000. */
export const spatialAttributes = {
  featureClass: attribute('code', '要素类别', 'feature class'),
  code: attribute('identifier', '要素编码', 'code of the feature'),
  name: attribute('text', '名称', 'name'),
  kind: attribute('text', '类型', 'kind'),
  grade: attribute('text', '级别', 'grade'),
  region: attribute('region', '行政区划', 'region'),
  town: attribute('text', '乡镇', 'town'),
  river: attribute('text', '所在河流', 'river'),
  geometry: attribute('geometry', '图形', 'geometry'),
  geometryType: attribute('code', '图形类型', 'type of geometry', { follows: 'geometry' }),
  sourceCrs: attribute('code', '原坐标系', 'coordinate system of the source', { follows: 'geometry' }),
  computedArea: attribute('decimal', '计算面积(平方米)', 'area computed from the geometry, square metres', {
    follows: 'geometry',
  }),
  area: attribute('decimal', '登记面积(平方米)', 'area as surveyed or declared, square metres'),
  elevation: attribute('decimal', '高程(米)', 'elevation, metres (1985 datum)'),
  establishedDate: attribute('date', '设立日期', 'established'),
  validFrom: attribute('date', '有效期起', 'valid from'),
  validTo: attribute('date', '有效期止', 'valid to'),
  holderName: attribute('text', '权利人', 'holder', { sensitivity: 2 }),
  holderNumber: attribute('identifier', '权利人证件号', 'number of the holder', { sensitivity: 3 }),
} as const satisfies Record<string, AttributeSpec>;
