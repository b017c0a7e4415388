import { entityAt } from '../world/entity.ts';
import { below, pick } from '../world/hash.ts';
import type { WorldOptions } from '../world/person.ts';
import type { SampleDepartment } from './department.ts';
import { serveHttp, xmlText } from './servers/http.ts';

const ITEMS = [
  ['食品经营许可证核发', '市场监督管理局'],
  ['建筑工程施工许可证核发', '住房和城乡建设局'],
  ['草原征占用审核', '林业和草原局'],
  ['取水许可', '水利局'],
  ['排污许可证核发', '生态环境局'],
  ['道路货物运输经营许可', '交通运输局'],
] as const;
const RESULTS = ['准予许可', '准予许可', '准予许可', '不予许可', '申请人撤回'];
const CASES = 420;
const NAMESPACE = 'http://spxt.qh.gov.cn/ws';
const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const TYPE = 'text/xml; charset=utf-8';
/** Of the sample world only. */
const LOGIN = { user: 'hub', password: 'sample-world-online-approval' };

const two = (number: number): string => String(number).padStart(2, '0');

/** Cases in the order of their last change. */
function caseAt(world: WorldOptions, index: number): { readonly changed: string; readonly xml: string } {
  const { seed } = world;
  const { name, uscc, county } = entityAt(world, below(seed, index, 5401, Math.max(1, world.entities)));
  const [item, office] = pick(ITEMS, seed, index, 5402);
  const day = `2025-${two(1 + Math.floor(index / 70))}-${two(1 + Math.floor((index % 70) / 3))}`;
  const changed = `${day} ${two(8 + (index % 9))}:${two(index % 60)}:${two((index * 7) % 60)}`;
  const decided = below(seed, index, 5403, 5) > 0;
  const result = decided ? pick(RESULTS, seed, index, 5404) : '';
  const fields = {
    ...{ bjbh: `SP2025${String(index + 1).padStart(6, '0')}`, sxmc: item, sqrmc: name, sqrdm: uscc },
    ...{
      slrq: day,
      bjrq: decided ? changed.slice(0, 10) : '',
      bjjg: result,
      bljg: `${county.name}${office}`,
      gxsj: changed,
    },
  };
  const content = Object.entries(fields).map(([tag, text]) => `<${tag}>${xmlText(text)}</${tag}>`);
  return { changed, xml: `<case>${content.join('')}</case>` };
}

const envelope = (body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="${SOAP}"><soap:Body>${body}</soap:Body></soap:Envelope>`;
const fault = (code: string, text: string): { status: number; type: string; body: string } => ({
  ...{ status: 500, type: TYPE },
  body: envelope(`<soap:Fault><faultcode>soap:${code}</faultcode><faultstring>${text}</faultstring></soap:Fault>`),
});
const parameter = (body: string, name: string): string => new RegExp(`:${name}>([^<]*)<`).exec(body)?.[1] ?? '';

const WSDL = `<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://schemas.xmlsoap.org/wsdl/" targetNamespace="${NAMESPACE}">
<portType name="CaseService"><operation name="queryCases"/></portType></definitions>`;

/** 审批: a service of the years around 2012, whose answer holds a text that holds XML. */
export const onlineApproval: SampleDepartment = {
  name: 'online-approval',
  fill: async () => ({ cases: CASES }),
  async open({ world }) {
    const cases = Array.from({ length: CASES }, (_, index) => caseAt(world, index)).sort((a, b) =>
      a.changed < b.changed ? -1 : 1,
    );
    const server = await serveHttp(({ url, method, headers, body }) => {
      const wanted = `Basic ${Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString('base64')}`;
      if (headers.authorization !== wanted) return { status: 401, type: TYPE, body: '' };
      if (method === 'GET' && url.searchParams.has('wsdl')) return { type: TYPE, body: WSDL };
      if (headers['soapaction'] !== `"${NAMESPACE}/queryCases"`) return fault('Client', 'unknown action');
      const page = Number(parameter(body, 'pageNo'));
      const size = Number(parameter(body, 'pageSize'));
      if (!(page >= 1 && size >= 1 && size <= 200)) return fault('Client', 'pageNo or pageSize is out of range');
      const since = parameter(body, 'since');
      const found = cases.filter(({ changed }) => changed >= since);
      const inner = `<result><total>${found.length}</total><list>${found
        .slice((page - 1) * size, page * size)
        .map(({ xml }) => xml)
        .join('')}</list></result>`;
      const answer = `<m:queryCasesResponse xmlns:m="${NAMESPACE}"><return>${xmlText(inner)}</return></m:queryCasesResponse>`;
      return { type: TYPE, body: envelope(answer) };
    });
    return {
      env: {
        ONLINE_APPROVAL_URL: `${server.address}/services/cases`,
        ONLINE_APPROVAL_USER: LOGIN.user,
        ONLINE_APPROVAL_PASSWORD: LOGIN.password,
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};
