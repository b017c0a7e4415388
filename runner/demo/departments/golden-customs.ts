import { join } from 'node:path';
import { classAt, entityAt } from '../world/entity.ts';
import { FileWriter } from '../world/file-writer.ts';
import { encodeGb18030 } from '../world/gb18030.ts';
import { below, pick } from '../world/hash.ts';
import type { WorldOptions } from '../world/person.ts';
import type { Place, SampleDepartment } from './department.ts';
import { serveSftp } from './servers/sftp.ts';
import { writeTrade } from './trade-statistics.ts';

const COUNTRIES = ['哈萨克斯坦', '尼泊尔', '日本', '德国', '美国', '越南', '韩国'];
const GOODS = ['29181400', '28273990', '51011100', '74031111', '85414300', '10049000'];
const MONTHS = 12;
const A_MONTH = 40;
/** Of the sample world only. */
const LOGIN = { user: 'hub', password: 'sample-world-customs' };

const digits = (value: number, length: number): string => String(Math.round(value)).padStart(length, '0');

/** 报关单号 18, 进出口 1, 日期 8, 企业代码 18, 商品编码 10, 国别 20, 数量 13.3, 金额 13.2 (美元). */
const LAYOUT = [18, 1, 8, 18, 10, 20, 13, 13];

function line(world: WorldOptions, month: number, at: number): Buffer {
  const { seed } = world;
  const index = month * 1_000 + at;
  let bidder = below(seed, index, 5801, Math.max(1, world.entities));
  for (let look = 0; classAt(world, bidder) !== '91' && look < 30; look++)
    bidder = below(seed, index, 5810 + look, Math.max(1, world.entities));
  const cells = [
    `6301${digits(2024, 4)}${digits(month, 2)}${digits(at, 8)}`,
    at % 3 === 0 ? 'I' : 'E',
    `2024${digits(month, 2)}${digits(1 + (at % 28), 2)}`,
    entityAt(world, bidder).uscc,
    pick(GOODS, seed, index, 5802),
    pick(COUNTRIES, seed, index, 5803),
    digits(below(seed, index, 5804, 900_000) + 1, 13),
    digits(below(seed, index, 5805, 90_000_000) + 100, 13),
  ];
  const fields = cells.map((text, i) => {
    const bytes = encodeGb18030(text);
    const length = LAYOUT[i] as number;
    return Buffer.concat([bytes, Buffer.alloc(Math.max(0, length - bytes.length), ' ')]).subarray(0, length);
  });
  return Buffer.concat([...fields, Buffer.from('\r\n')]);
}

async function writeMonth(place: Place, month: number): Promise<number> {
  await using out = await FileWriter.create(join(place.folder, `BGD2024${digits(month, 2)}.txt`));
  const pad = (text: string): Buffer => Buffer.from(`${text.padEnd(LAYOUT.reduce((sum, one) => sum + one, 0))}\r\n`);
  out.bytes(pad(`H2024${digits(month, 2)}`));
  for (let at = 1; at <= A_MONTH; at++) out.bytes(line(place.world, month, at));
  // One declaration that lost its end on the way: its record is too short.
  if (month === 3) out.bytes(Buffer.from('630120240399999999E\r\n'));
  const count = A_MONTH + (month === 3 ? 1 : 0);
  out.bytes(pad(`T${digits(count, 8)}`));
  await out.finish();
  return count;
}

/** 金关: declarations and trade statistics of a month, fixed-width over SFTP. */
export const goldenCustoms: SampleDepartment = {
  name: 'golden-customs',
  async fill(place) {
    let count = 0;
    for (let month = 1; month <= MONTHS; month++) count += await writeMonth(place, month);
    return { declarations: count, trade: await writeTrade(place, COUNTRIES) };
  },
  async open({ folder }) {
    const server = await serveSftp(folder, LOGIN.user, LOGIN.password);
    return {
      env: {
        GOLDEN_CUSTOMS_PORT: String(server.port),
        GOLDEN_CUSTOMS_HOST_KEY: server.hostKey,
        GOLDEN_CUSTOMS_PASSWORD: LOGIN.password,
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};
