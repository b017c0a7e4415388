import { COUNTIES, currentCode } from '../world/counties.ts';
import { below, hash32 } from '../world/hash.ts';
import type { WorldOptions } from '../world/person.ts';
import type { SampleDepartment } from './department.ts';
import { type Asked, serveHttp, type Told } from './servers/http.ts';

const RIVERS = ['黄河', '湟水', '大通河', '长江', '澜沧江', '布哈河', '格尔木河', '巴音河'];
const KINDS = ['水文站', '水位站', '雨量站'];
const STATIONS = 120;
const DAYS_READ = 20;
/** Of the sample world only. */
const CLIENT = { id: 'hub', secret: 'sample-world-golden-water' };
const TOKEN_SECONDS = 600;

const two = (number: number): string => String(number).padStart(2, '0');

function station({ seed }: WorldOptions, index: number): object {
  const county = COUNTIES[hash32(seed, index, 5001) % COUNTIES.length]!;
  return {
    stcd: `4010${String(1000 + index)}`,
    stnm: `${county.name.slice(0, 2)}${KINDS[index % KINDS.length]}`,
    sttp: KINDS[index % KINDS.length],
    rvnm: RIVERS[below(seed, index, 5002, RIVERS.length)],
    addvcd: currentCode(county),
    lgtd: Number((90 + below(seed, index, 5003, 120_000) / 10_000).toFixed(4)),
    lttd: Number((32 + below(seed, index, 5004, 60_000) / 10_000).toFixed(4)),
    // Above sea level; trailing zeros are part of what was measured.
    dtmel: `${1800 + below(seed, index, 5005, 2500)}.${two(below(seed, index, 5006, 100))}`,
    moditime: `2025-0${1 + (index % 6)}-${two(1 + (index % 28))} 08:00:00`,
  };
}

function reading({ seed }: WorldOptions, at: number): object {
  const index = at % STATIONS;
  const day = Math.floor(at / STATIONS);
  return {
    id: String(90_071_992_547_409_930n + BigInt(at)),
    stcd: `4010${String(1000 + index)}`,
    tm: `2025-06-${two(1 + day)} 08:00:00`,
    z: `${1800 + below(seed, index, 5005, 2500)}.${two(below(seed, at, 5010, 100))}`,
    q: index % 3 === 0 ? `${below(seed, at, 5011, 900)}.${below(seed, at, 5012, 10)}` : null,
    drp: index % 3 === 2 ? `${below(seed, at, 5013, 30)}.0` : null,
  };
}

/** 金水: stations and readings of the hydrological service, as JSON in pages, behind a token. */
export const goldenWater: SampleDepartment = {
  name: 'golden-water',
  fill: async () => ({ stations: STATIONS, readings: STATIONS * DAYS_READ }),
  async open({ world }) {
    const tokens = new Map<string, number>();
    const list = (count: number, make: (at: number) => object, { url }: Asked): Told => {
      const page = Number(url.searchParams.get('pageNo') ?? 1);
      const size = Math.min(500, Number(url.searchParams.get('pageSize') ?? 50));
      const from = (page - 1) * size;
      const rows = Array.from({ length: Math.max(0, Math.min(size, count - from)) }, (_, i) => make(from + i));
      return { body: JSON.stringify({ code: 0, msg: 'ok', data: { total: count, list: rows } }) };
    };
    const server = await serveHttp((asked) => {
      const { pathname } = asked.url;
      if (pathname === '/oauth/token') {
        const wanted = `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`;
        if (asked.headers.authorization !== wanted) return { status: 401, body: '{"error":"invalid_client"}' };
        const token = hash32(world.seed, tokens.size, 5020).toString(16).padStart(8, '0').repeat(4);
        tokens.set(token, Date.now() + TOKEN_SECONDS * 1000);
        return { body: JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: TOKEN_SECONDS }) };
      }
      const until = tokens.get((asked.headers.authorization ?? '').replace('Bearer ', ''));
      if (until === undefined || until < Date.now()) return { status: 401, body: '{"code":401}' };
      if (pathname === '/api/stations') return list(STATIONS, (at) => station(world, at), asked);
      if (pathname === '/api/readings') return list(STATIONS * DAYS_READ, (at) => reading(world, at), asked);
      return { status: 404, body: '{"code":404}' };
    });
    return {
      env: { GOLDEN_WATER_URL: server.address, GOLDEN_WATER_CLIENT: CLIENT.id, GOLDEN_WATER_SECRET: CLIENT.secret },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};
