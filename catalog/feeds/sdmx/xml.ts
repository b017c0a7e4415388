import type { NamedCode } from '../../../schemas/series.ts';
import { AGENCY, type CodeList, type Flow, listOf, VERSION } from './structure.ts';

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

const names = ({ zh, en }: Pick<NamedCode, 'zh' | 'en'>): string =>
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

const TIME: NamedCode = { code: 'TIME_PERIOD', zh: '时期', en: 'time period' };
const VALUE: NamedCode = { code: 'OBS_VALUE', zh: '数值', en: 'observation value' };
export interface StructureParts {
  readonly dataflows?: boolean;
  readonly codelists?: boolean;
  readonly concepts?: boolean;
  readonly structures?: boolean;
}

/** @param lists in the order in which they are written. */
export function structureMessage(
  title: Pick<NamedCode, 'zh' | 'en'>,
  flows: readonly Flow[],
  lists: readonly CodeList[],
  { dataflows, codelists, concepts, structures }: StructureParts,
  prepared: Date,
): string {
  const all = flows.flatMap(({ dimensions, attributes }) => [...dimensions, TIME, VALUE, ...attributes]);
  const named = [...new Map(all.map((one) => [one.code, one])).values()];
  return [
    `<?xml version="1.0" encoding="UTF-8"?>\n<mes:Structure ${NAMESPACES}>${header('STRUCTURE', prepared)}<mes:Structures>`,
    dataflows === true ? `<str:Dataflows>${flows.map(dataflow).join('')}</str:Dataflows>` : '',
    codelists === true
      ? `<str:Codelists>${lists
          .map(
            (list) =>
              `<str:Codelist ${own(list.code)}>${names(list)}${list.codes.map((code) => `<str:Code id="${xml(code.code)}">${names(code)}</str:Code>`).join('')}</str:Codelist>`,
          )
          .join('')}</str:Codelists>`
      : '',
    concepts === true
      ? `<str:Concepts><str:ConceptScheme ${own('CS_MACRO')}>${names(title)}${named
          .map((one) => `<str:Concept id="${one.code}">${names(one)}</str:Concept>`)
          .join('')}</str:ConceptScheme></str:Concepts>`
      : '',
    structures === true ? `<str:DataStructures>${flows.map(dataStructure).join('')}</str:DataStructures>` : '',
    '</mes:Structures></mes:Structure>',
  ].join('');
}

const dataflow = ({ id, title }: Flow): string =>
  `<str:Dataflow ${own(id)}>${names(title)}<str:Structure>${ref(id, 'datastructure', 'DataStructure')}</str:Structure></str:Dataflow>`;

const dataStructure = ({ id, title, dimensions, attributes }: Flow): string =>
  [
    `<str:DataStructure ${own(id)}>${names(title)}<str:DataStructureComponents><str:DimensionList id="DimensionDescriptor">`,
    ...dimensions.map(
      (dimension, i) =>
        `<str:Dimension id="${dimension.code}" position="${i + 1}">${concept(dimension.code)}${coded(listOf(dimension))}</str:Dimension>`,
    ),
    `<str:TimeDimension id="TIME_PERIOD" position="${dimensions.length + 1}">${concept('TIME_PERIOD')}<str:LocalRepresentation><str:TextFormat textType="ObservationalTimePeriod"/></str:LocalRepresentation></str:TimeDimension>`,
    '</str:DimensionList><str:AttributeList id="AttributeDescriptor">',
    ...attributes.map(
      ({ code, list }) =>
        `<str:Attribute id="${code}" assignmentStatus="Conditional">${concept(code)}${list === undefined ? '<str:LocalRepresentation><str:TextFormat textType="String"/></str:LocalRepresentation>' : coded(list)}<str:AttributeRelationship><str:PrimaryMeasure><Ref id="OBS_VALUE"/></str:PrimaryMeasure></str:AttributeRelationship></str:Attribute>`,
    ),
    `</str:AttributeList><str:MeasureList id="MeasureDescriptor"><str:PrimaryMeasure id="OBS_VALUE">${concept('OBS_VALUE')}</str:PrimaryMeasure></str:MeasureList>`,
    '</str:DataStructureComponents></str:DataStructure>',
  ].join('');

const urnOf = (flow: string): string =>
  `urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=${AGENCY}:${flow}(${VERSION}):ObsLevelDim:TIME_PERIOD`;

export const dataHead = (flow: string, prepared: Date): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<mes:StructureSpecificData ${NAMESPACES} xmlns:ss="${MESSAGE}/data/structurespecific" xmlns:ns1="${urnOf(flow)}">` +
  header(
    'DATA',
    prepared,
    `<mes:Structure structureID="${flow}" namespace="${urnOf(flow)}" dimensionAtObservation="TIME_PERIOD"><com:Structure>${ref(flow, 'datastructure', 'DataStructure')}</com:Structure></mes:Structure>`,
  );
/** @param since day from which what follows was valid, where vintages are told apart. */
export const dataSet = (flow: string, since: string | null): string =>
  `<mes:DataSet ss:structureRef="${flow}" xsi:type="ns1:DataSetType" ss:dataScope="DataStructure" ${
    since === null ? 'action="Information"' : `action="Replace" ss:validFromDate="${xml(since)}"`
  }>`;
export const DATA_SET_TAIL = '</mes:DataSet>';
export const DATA_TAIL = '</mes:StructureSpecificData>';
