import { currentCode } from '../world/counties.ts';
import { classAt, entityAt } from '../world/entity.ts';
import { below, pick } from '../world/hash.ts';
import type { WorldOptions } from '../world/person.ts';
import type { SampleDepartment } from './department.ts';
import { serveHttp, xmlText } from './servers/http.ts';

const KINDS = ['工程建设', '政府采购', '土地使用权出让', '国有产权交易'];
const WORKS = [
  '农村公路改建工程',
  '中学教学楼建设项目',
  '医疗设备采购',
  '水库除险加固工程',
  '信息化平台采购',
  '城镇供热管网改造',
];
const METHODS = ['公开招标', '竞争性磋商', '询价', '单一来源'];
const NOTICES = 240;
/** Of the sample world only. */
const KEY = 'sample-world-online-bidding';

const two = (number: number): string => String(number).padStart(2, '0');
const numberOf = (index: number): string => `QHZB2025${String(index + 1).padStart(5, '0')}`;

/** One entity in each notice asks, three to six enterprises bid. */
function notice(world: WorldOptions, index: number): object {
  const { seed } = world;
  const asks = entityAt(world, below(seed, index, 5101, Math.max(1, world.entities)));
  const yuan = 200_000 + below(seed, index, 5102, 30_000_000);
  return {
    ggbh: numberOf(index),
    xmmc: `${asks.county.name}${pick(WORKS, seed, index, 5103)}`,
    lx: pick(KINDS, seed, index, 5104),
    fs: pick(METHODS, seed, index, 5105),
    cgr: { mc: asks.name, dm: asks.uscc },
    xzqh: currentCode(asks.county),
    ysje: `${yuan}.00`,
    fbsj: `2025-0${1 + (index % 6)}-${two(1 + (index % 28))}T09:00:00+08:00`,
    jzsj: `2025-0${2 + (index % 6)}-${two(1 + (index % 28))}T09:30:00+08:00`,
  };
}

function* bids(world: WorldOptions, index: number): Generator<string> {
  const { seed } = world;
  const count = 3 + below(seed, index, 5110, 4);
  for (let at = 0, looked = 0; at < count && looked < 60; looked++) {
    const bidder = below(seed, index, 5120 + looked, Math.max(1, world.entities));
    if (classAt(world, bidder) !== '91') continue;
    const { name, uscc } = entityAt(world, bidder);
    const yuan = 190_000 + below(seed, index, 5300 + at, 30_000_000);
    yield `<bid no="${numberOf(index)}-${at + 1}"><notice>${numberOf(index)}</notice><bidder code="${uscc}">${xmlText(name)}</bidder>` +
      `<price unit="元">${yuan}.50</price><won>${at === 0 ? '是' : '否'}</won></bid>`;
    at += 1;
  }
}

/** 招投标: notices as JSON by cursor, bids as XML by offset. */
export const onlineBidding: SampleDepartment = {
  name: 'online-bidding',
  async fill({ world }) {
    let count = 0;
    for (let index = 0; index < NOTICES; index++) count += [...bids(world, index)].length;
    return { notices: NOTICES, bids: count };
  },
  async open({ world }) {
    const all = Array.from({ length: NOTICES }, (_, index) => [...bids(world, index)]).flat();
    const server = await serveHttp(({ url, headers }) => {
      if (headers['x-api-key'] !== KEY) return { status: 403, body: '{"error":"key"}' };
      const limit = Number(url.searchParams.get('limit') ?? 20);
      if (url.pathname === '/v1/notices') {
        const from = Number(Buffer.from(url.searchParams.get('cursor') ?? '', 'base64url').toString() || 0);
        const rows = Array.from({ length: Math.min(limit, NOTICES - from) }, (_, i) => notice(world, from + i));
        const next = from + limit < NOTICES ? Buffer.from(String(from + limit)).toString('base64url') : null;
        return { body: JSON.stringify({ items: rows, next }) };
      }
      if (url.pathname === '/v1/bids') {
        const from = Number(url.searchParams.get('offset') ?? 0);
        const body = `<?xml version="1.0" encoding="UTF-8"?><bids total="${all.length}">${all.slice(from, from + limit).join('')}</bids>`;
        return { type: 'application/xml; charset=utf-8', body };
      }
      return { status: 404, body: '{}' };
    });
    return {
      env: { ONLINE_BIDDING_URL: `${server.address}/v1`, ONLINE_BIDDING_KEY: KEY },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};
