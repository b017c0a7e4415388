import { COUNTIES } from '../world/counties.ts';
import { below, pick } from '../world/hash.ts';
import type { WorldOptions } from '../world/person.ts';
import type { SampleDepartment } from './department.ts';
import { serveHttp, xmlText } from './servers/http.ts';

const FONDS = ['青海省人民政府', '青海省水利厅', '青海省畜牧厅', '青海省交通厅', '青海省教育厅'];
const MATTERS = [
  '关于草场承包工作的报告',
  '水利建设规划',
  '公路养护办法',
  '牧区小学布局调整意见',
  '抗旱救灾情况',
  '行政区划调整的批复',
];
const KINDS = ['报告', '批复', '通知', '规划'];
const RECORDS = 260;
const PAGE = 60;
const EVERY_DELETED = 37;

const two = (number: number): string => String(number).padStart(2, '0');
const isDeleted = (index: number): boolean => index % EVERY_DELETED === EVERY_DELETED - 1;
const idOf = (index: number): string => `oai:archives.qh.example:${String(index + 1).padStart(6, '0')}`;
const stampOf = (index: number): string =>
  `2025-0${1 + Math.floor(index / 50)}-${two(1 + (index % 28))}T0${index % 10}:${two(index % 60)}:00Z`;

function describe(
  { seed }: WorldOptions,
  index: number,
): { title: string; text: string; xml: (address: string) => string } {
  const county = pick(COUNTIES, seed, index, 5501);
  const fonds = pick(FONDS, seed, index, 5502);
  const title = `${county.name}${pick(MATTERS, seed, index, 5503)}`;
  const year = 1955 + below(seed, index, 5504, 45);
  const text = `${fonds}档案\n${title}\n${year}年,${county.name}就有关事项呈报如下:${'情况属实,请予审核。'.repeat(2 + below(seed, index, 5505, 40))}`;
  const xml = (address: string): string =>
    `<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">` +
    `<dc:title>${xmlText(title)}</dc:title><dc:creator>${fonds}</dc:creator><dc:date>${year}</dc:date>` +
    `<dc:subject>${county.name}</dc:subject><dc:subject>${county.prefecture}</dc:subject>` +
    `<dc:type>${pick(KINDS, seed, index, 5506)}</dc:type><dc:identifier>QHDA-${String(index + 1).padStart(6, '0')}</dc:identifier>` +
    `<dc:relation>${address}/text/${index}</dc:relation></oai_dc:dc>`;
  return { title, text, xml };
}

/** 档案: a repository with texts, of which some records were withdrawn. */
export const archives: SampleDepartment = {
  name: 'archives',
  fill: async () => ({ documents: RECORDS }),
  async open({ world }) {
    const order = Array.from({ length: RECORDS }, (_, index) => index).sort((a, b) =>
      stampOf(a) < stampOf(b) ? -1 : 1,
    );
    const record = (index: number, address: string): string => {
      const header = (status: string): string =>
        `<header${status}><identifier>${idOf(index)}</identifier><datestamp>${stampOf(index)}</datestamp></header>`;
      if (isDeleted(index)) return `<record>${header(' status="deleted"')}</record>`;
      return `<record>${header('')}<metadata>${describe(world, index).xml(address)}</metadata></record>`;
    };
    const server = await serveHttp(({ url }) => {
      const text = /^\/text\/(\d+)$/.exec(url.pathname)?.[1];
      if (text !== undefined) return { type: 'text/plain; charset=utf-8', body: describe(world, Number(text)).text };
      const verb = url.searchParams.get('verb');
      const answer = (content: string) => ({
        type: 'text/xml; charset=utf-8',
        body: `<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2025-07-01T00:00:00Z</responseDate>${content}</OAI-PMH>`,
      });
      if (verb === 'Identify')
        return answer(
          '<Identify><repositoryName>青海省档案馆</repositoryName><protocolVersion>2.0</protocolVersion><deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>',
        );
      if (verb !== 'ListRecords') return answer('<error code="badVerb">only Identify and ListRecords</error>');
      const [at = '0', from = url.searchParams.get('from') ?? ''] = (url.searchParams.get('resumptionToken') ?? '')
        .split('|')
        .filter(Boolean);
      const found = order.filter((index) => stampOf(index) >= from);
      if (found.length === 0) return answer('<error code="noRecordsMatch">nothing since then</error>');
      const start = Number(at);
      const next = start + PAGE < found.length ? `${start + PAGE}|${from}` : '';
      const list = found.slice(start, start + PAGE).map((index) => record(index, server.address));
      return answer(
        `<ListRecords>${list.join('')}<resumptionToken completeListSize="${found.length}" cursor="${start}">${next}</resumptionToken></ListRecords>`,
      );
    });
    return {
      env: { ARCHIVES_URL: `${server.address}/oai` },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};
