import type { FeedCode } from '../options.ts';
import { AGENCY, type Dimension, FLOW, listOf, OBS_STATUS, VERSION } from './structure.ts';

/* SDMX-ML 2.1: structure messages and structure-specific data (SDMX 2.1, section 3A). */

const MESSAGE = 'http://www.sdmx.org/resources/sdmxml/schemas/v2_1';
const NAMESPACES = `xmlns:mes="${MESSAGE}/message" xmlns:str="${MESSAGE}/structure" xmlns:com="${MESSAGE}/common" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`;

export const xml = (text: string): string =>
  text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

const names = ({ zh, en }: Pick<FeedCode, 'zh' | 'en'>): string =>
  `<com:Name xml:lang="zh">${xml(zh)}</com:Name><com:Name xml:lang="en">${xml(en)}</com:Name>`;
const own = (id: string): string => `id="${id}" agencyID="${AGENCY}" version="${VERSION}" isFinal="true"`;
const header = (id: string, prepared: Date, inside = ''): string =>
  `<mes:Header><mes:ID>${id}</mes:ID><mes:Test>false</mes:Test><mes:Prepared>${prepared.toISOString()}</mes:Prepared><mes:Sender id="${AGENCY}"/>${inside}</mes:Header>`;
const ref = (id: string, packageName: string, className: string): string =>
  `<Ref id="${id}" agencyID="${AGENCY}" version="${VERSION}" package="${packageName}" class="${className}"/>`;
const concept = (id: string): string =>
  `<str:ConceptIdentity><Ref id="${id}" maintainableParentID="CS_MACRO" maintainableParentVersion="${VERSION}" agencyID="${AGENCY}" package="conceptscheme" class="Concept"/></str:ConceptIdentity>`;
const coded = (list: string): string =>
  `<str:LocalRepresentation><str:Enumeration>${ref(list, 'codelist', 'Codelist')}</str:Enumeration></str:LocalRepresentation>`;

const TIME: FeedCode = { code: 'TIME_PERIOD', zh: '时期', en: 'time period' };
const VALUE: FeedCode = { code: 'OBS_VALUE', zh: '数值', en: 'observation value' };
export const ATTRIBUTES: readonly (FeedCode & { readonly list?: string })[] = [
  { code: 'OBS_STATUS', zh: '状态', en: 'observation status', list: 'CL_OBS_STATUS' },
  { code: 'RELEASE_DATE', zh: '发布日期', en: 'day of release' },
  { code: 'COVERAGE', zh: '统计口径', en: 'coverage' },
  { code: 'OBS_NOTE', zh: '注释', en: 'note' },
];

export interface StructureParts {
  readonly dataflows?: boolean;
  readonly codelists?: boolean;
  readonly concepts?: boolean;
  readonly structures?: boolean;
}

export const LISTS = (dimensions: readonly Dimension[]): readonly string[] => [
  ...dimensions.map(listOf),
  'CL_OBS_STATUS',
];

/** @param only the one codelist that was asked for. */
export function structureMessage(
  title: Pick<FeedCode, 'zh' | 'en'>,
  dimensions: readonly Dimension[],
  { dataflows, codelists, concepts, structures }: StructureParts,
  prepared: Date,
  only: string | null = null,
): string {
  const lists = [
    ...dimensions.map((dimension) => ({
      id: listOf(dimension),
      zh: dimension.zh,
      en: dimension.en,
      codes: dimension.codes as readonly FeedCode[],
    })),
    { id: 'CL_OBS_STATUS', zh: '观测状态', en: 'observation status', codes: OBS_STATUS },
  ].filter(({ id }) => only === null || id === only);
  return [
    `<?xml version="1.0" encoding="UTF-8"?>\n<mes:Structure ${NAMESPACES}>${header('STRUCTURE', prepared)}<mes:Structures>`,
    dataflows === true
      ? `<str:Dataflows><str:Dataflow ${own(FLOW)}>${names(title)}<str:Structure>${ref(FLOW, 'datastructure', 'DataStructure')}</str:Structure></str:Dataflow></str:Dataflows>`
      : '',
    codelists === true
      ? `<str:Codelists>${lists
          .map(
            (list) =>
              `<str:Codelist ${own(list.id)}>${names(list)}${list.codes.map((code) => `<str:Code id="${xml(code.code)}">${names(code)}</str:Code>`).join('')}</str:Codelist>`,
          )
          .join('')}</str:Codelists>`
      : '',
    concepts === true
      ? `<str:Concepts><str:ConceptScheme ${own('CS_MACRO')}>${names(title)}${[
          ...dimensions,
          TIME,
          VALUE,
          ...ATTRIBUTES,
        ]
          .map((one) => `<str:Concept id="${one.code}">${names(one)}</str:Concept>`)
          .join('')}</str:ConceptScheme></str:Concepts>`
      : '',
    structures === true ? `<str:DataStructures>${dataStructure(title, dimensions)}</str:DataStructures>` : '',
    '</mes:Structures></mes:Structure>',
  ].join('');
}

const dataStructure = (title: Pick<FeedCode, 'zh' | 'en'>, dimensions: readonly Dimension[]): string =>
  [
    `<str:DataStructure ${own(FLOW)}>${names(title)}<str:DataStructureComponents><str:DimensionList id="DimensionDescriptor">`,
    ...dimensions.map(
      (dimension, i) =>
        `<str:Dimension id="${dimension.code}" position="${i + 1}">${concept(dimension.code)}${coded(listOf(dimension))}</str:Dimension>`,
    ),
    `<str:TimeDimension id="TIME_PERIOD" position="${dimensions.length + 1}">${concept('TIME_PERIOD')}<str:LocalRepresentation><str:TextFormat textType="ObservationalTimePeriod"/></str:LocalRepresentation></str:TimeDimension>`,
    '</str:DimensionList><str:AttributeList id="AttributeDescriptor">',
    ...ATTRIBUTES.map(
      ({ code, list }) =>
        `<str:Attribute id="${code}" assignmentStatus="Conditional">${concept(code)}${list === undefined ? '<str:LocalRepresentation><str:TextFormat textType="String"/></str:LocalRepresentation>' : coded(list)}<str:AttributeRelationship><str:PrimaryMeasure><Ref id="OBS_VALUE"/></str:PrimaryMeasure></str:AttributeRelationship></str:Attribute>`,
    ),
    `</str:AttributeList><str:MeasureList id="MeasureDescriptor"><str:PrimaryMeasure id="OBS_VALUE">${concept('OBS_VALUE')}</str:PrimaryMeasure></str:MeasureList>`,
    '</str:DataStructureComponents></str:DataStructure>',
  ].join('');

const URN = `urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=${AGENCY}:${FLOW}(${VERSION}):ObsLevelDim:TIME_PERIOD`;

export const dataHead = (prepared: Date): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<mes:StructureSpecificData ${NAMESPACES} xmlns:ss="${MESSAGE}/data/structurespecific" xmlns:ns1="${URN}">` +
  header(
    'DATA',
    prepared,
    `<mes:Structure structureID="${FLOW}" namespace="${URN}" dimensionAtObservation="TIME_PERIOD"><com:Structure>${ref(FLOW, 'datastructure', 'DataStructure')}</com:Structure></mes:Structure>`,
  ) +
  `<mes:DataSet ss:structureRef="${FLOW}" xsi:type="ns1:DataSetType" ss:dataScope="DataStructure" action="Information">`;
export const DATA_TAIL = '</mes:DataSet></mes:StructureSpecificData>';
