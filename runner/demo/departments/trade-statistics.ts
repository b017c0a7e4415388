import { join } from 'node:path';
import { FileWriter } from '../world/file-writer.ts';
import { encodeGb18030 } from '../world/gb18030.ts';
import { below } from '../world/hash.ts';
import type { Place } from './department.ts';

/** 统计月份 6, 行政区划 6, 国别 20, 进出口、出口、进口 本月和累计 6 x 15.2 (万元), 累计同比 6.1, 发布日期 8, 阶段 12. */
const LAYOUT = [6, 6, 20, 15, 15, 15, 15, 15, 15, 6, 8, 12];
const TOTAL = '合计';
const PROVINCE = '630000';
const YEARS = [2023, 2024];
/** January comes with February. */
const MONTHS = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
/** Released two weeks behind the calendar. */
const LATE = '202406';
/** Its final figures come with the next year's first release. */
const VERIFIED = '202312';

/** In hundredths of 万元. */
interface Flows {
  readonly exports: number;
  readonly imports: number;
}
const sumOf = (all: readonly Flows[]): Flows => ({
  exports: all.reduce((sum, one) => sum + one.exports, 0),
  imports: all.reduce((sum, one) => sum + one.imports, 0),
});
const total = ({ exports, imports }: Flows): number => exports + imports;

/** What was traded with a country in a month; what January and February were is only known together. */
function traded(seed: number, at: number, year: number, month: number): Flows {
  const months = month === 2 ? 2 : 1;
  const size = (9 - at) * 120_000 * months * (1 + (year - 2023) * 0.06);
  const of = (salt: number): number =>
    Math.round(size * (0.7 + below(seed, at * 100 + month, year + salt, 600) / 1_000));
  return { exports: of(5_830), imports: of(5_840) };
}

const digits = (value: number | null, length: number): string =>
  value === null
    ? ''.padEnd(length)
    : `${value < 0 ? '-' : ''}${String(Math.abs(value)).padStart(length - (value < 0 ? 1 : 0), '0')}`;

function line(cells: readonly string[]): Buffer {
  const fields = cells.map((text, i) => {
    const bytes = encodeGb18030(text);
    return Buffer.concat([bytes, Buffer.alloc(Math.max(0, (LAYOUT[i] as number) - bytes.length), ' ')]).subarray(
      0,
      LAYOUT[i],
    );
  });
  return Buffer.concat([...fields, Buffer.from('\r\n')]);
}

const released = (period: string, [year, month]: readonly [number, number]): string => {
  const [nextYear, next] = month === 12 ? [year + 1, 1] : [year, month + 1];
  return period === LATE ? `${nextYear}0802` : `${nextYear}${String(next).padStart(2, '0')}18`;
};

/** What a country or the total traded in a month and since January. */
interface Line {
  readonly name: string;
  readonly now: Flows;
  readonly sum: Flows;
  /** Tenths of a percent, on the year to date of a year before. */
  readonly growth: number | null;
}

function cellsOf({ name, now, sum, growth }: Line, period: string, day: string, stage: string): readonly string[] {
  const single = (value: number): string => digits(period.endsWith('02') ? null : value, 15);
  return [
    ...[
      period,
      PROVINCE,
      name,
      single(total(now)),
      digits(total(sum), 15),
      single(now.exports),
      digits(sum.exports, 15),
    ],
    ...[single(now.imports), digits(sum.imports, 15), digits(growth, 6), day, stage],
  ];
}

/** The last month came out a little larger, and with it the year. */
function verified({ name, now, sum, growth }: Line): Line {
  const more = { exports: Math.round(now.exports * 0.004), imports: Math.round(now.imports * 0.002) };
  return { name, now: sumOf([now, more]), sum: sumOf([sum, more]), growth };
}

/** 外贸统计: a file a month, each country and the total, this month, the year to date and its growth. */
export async function writeTrade(place: Place, countries: readonly string[]): Promise<number> {
  const { seed } = place.world;
  const partners = [...countries, '其他'];
  /** Years to date by `name year month`. */
  const toDate = new Map<string, Flows>();
  let december: readonly Line[] = [];
  let count = 0;
  for (const year of YEARS)
    for (const month of MONTHS) {
      const period = `${year}${String(month).padStart(2, '0')}`;
      const own = partners.map((_, at) => traded(seed, at, year, month));
      const lines = [...partners, TOTAL].map((name, at): Line => {
        const now = own[at] ?? sumOf(own);
        const sum = sumOf([now, toDate.get(`${name} ${year} ${month - 1}`) ?? { exports: 0, imports: 0 }]);
        toDate.set(`${name} ${year} ${month}`, sum);
        const base = toDate.get(`${name} ${year - 1} ${month}`);
        return {
          name,
          now,
          sum,
          growth: base === undefined ? null : Math.round((total(sum) / total(base) - 1) * 1_000),
        };
      });
      const day = released(period, [year, month]);
      const rows = [
        ...lines.map((one) => cellsOf(one, period, day, '')),
        ...december.map((one) => cellsOf(one, VERIFIED, day, '最终核实')),
      ];
      if (period === VERIFIED) {
        const final = lines.slice(0, -1).map(verified);
        const sum = { now: sumOf(final.map(({ now }) => now)), sum: sumOf(final.map((one) => one.sum)) };
        december = [...final, { name: TOTAL, ...sum, growth: null }];
      } else december = [];
      await writeFile(place, period, rows);
      count += rows.length;
    }
  return count;
}

async function writeFile(place: Place, period: string, rows: readonly (readonly string[])[]): Promise<void> {
  await using out = await FileWriter.create(join(place.folder, `WMTJ${period}.txt`));
  const width = LAYOUT.reduce((sum, one) => sum + one, 0);
  const pad = (text: string): Buffer => Buffer.from(`${text.padEnd(width)}\r\n`);
  out.bytes(pad(`H${period}`));
  for (const cells of rows) out.bytes(line(cells));
  out.bytes(pad(`T${digits(rows.length, 8)}`));
  await out.finish();
}
