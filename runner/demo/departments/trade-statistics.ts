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

/** 外贸统计: a file a month, each country and the total, this month, the year to date and its growth. */
export async function writeTrade(place: Place, countries: readonly string[]): Promise<number> {
  const { seed } = place.world;
  const partners = [...countries, '其他'];
  const toDate = new Map<string, Flows>();
  /** The year to date of the same month a year before. */
  const before = new Map<string, number>();
  let kept: readonly (readonly string[])[] = [];
  let count = 0;
  for (const year of YEARS)
    for (const month of MONTHS) {
      const period = `${year}${String(month).padStart(2, '0')}`;
      const own = partners.map((_, at) => traded(seed, at, year, month));
      const rows = [...partners, TOTAL].map((name, at) => {
        const now = own[at] ?? sumOf(own);
        const key = `${year} ${name}`;
        const sum = sumOf([now, ...(toDate.has(key) ? [toDate.get(key) as Flows] : [])]);
        toDate.set(key, sum);
        const base = before.get(`${year - 1} ${month} ${name}`);
        before.set(`${year} ${month} ${name}`, total(sum));
        const growth = base === undefined ? null : Math.round((total(sum) / base - 1) * 1_000);
        const single = (value: number): string => digits(month === 2 ? null : value, 15);
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
          ...[single(now.imports), digits(sum.imports, 15), digits(growth, 6), released(period, [year, month]), ''],
        ];
      });
      const verified = kept.map((cells) => [...cells.slice(0, 10), released(period, [year, month]), '最终核实']);
      kept = period === VERIFIED ? rows : [];
      await using out = await FileWriter.create(join(place.folder, `WMTJ${period}.txt`));
      const width = LAYOUT.reduce((sum, one) => sum + one, 0);
      const pad = (text: string): Buffer => Buffer.from(`${text.padEnd(width)}\r\n`);
      out.bytes(pad(`H${period}`));
      for (const cells of [...rows, ...verified]) out.bytes(line(cells));
      out.bytes(pad(`T${digits(rows.length + verified.length, 8)}`));
      await out.finish();
      count += rows.length + verified.length;
    }
  return count;
}
