import { flawNotices, type Tally, tallied } from '../notices.ts';
import type { Notices } from '../pipeline.ts';
import type { Issue, NormalRecord } from '../record.ts';
import { periodNumber, yearOfPeriod } from '../standards/periods.ts';
import { macroeconomicAttributes } from './attributes.ts';
import { cellKeys, cellOf, statusOf, tellsFigure, type Unpublished, whyUnpublished } from './cell.ts';
import { macroeconomicRules } from './rules.ts';

const CLASHES_SHOWN = 2;
/** Of a sample, or of the newest records: some 20 MB. */
const CELLS_KEPT = 50_000;

/** Of fewer years nobody can say that every one has the same month. */
const FEWEST_YEARS = 3;

/** Told with the values, or by the reason why a record is not published. */
const isSaid = ({ rule, attribute }: Issue, why: Unpublished | null): boolean =>
  (rule === 'M04' && attribute === 'value') || (why !== null && attribute === why.what);

/** What the rows of one table of statistics are together: what of them no feed will show, and what they seem to be. */
export function macroNotices(): Notices {
  let rows = 0;
  const unpublished = new Map<string, Tally>();
  const unread = new Map<string, Tally>();
  const months = new Set<number>();
  const years = new Set<number>();
  let monthly = 0;
  const flaws = flawNotices({ attributes: macroeconomicAttributes, rules: macroeconomicRules });
  /** Periods such as `2012.1`, and years that have an October of their own. */
  const lostZeros: { text: string; year: number }[] = [];
  const octobers = new Set<number>();
  /** By indicator: periods after the first of a year that are called a year to date, and those that are called nothing. */
  const ways = new Map<string, { toDate: number; single: number }>();

  /** Of each observation of a day of release: the value that came first. */
  const cells = new Map<string, string>();
  const clashes: string[] = [];
  let clashing = 0;

  /** Rows with keys of their own that are one observation: all but one of their values are never seen. */
  function lookForClash({ attributes, issues }: NormalRecord): void {
    const [key] = cellKeys(attributes, issues);
    const value = attributes['value'];
    if (key === undefined || value === null || value === undefined) return;
    const cell = `${key.value} ${attributes['releaseDate'] ?? ''}`;
    const first = cells.get(cell);
    if (first === undefined && cells.size < CELLS_KEPT) cells.set(cell, String(value));
    if (first === undefined || first === String(value)) return;
    clashing++;
    const { indicator, area, period } = attributes;
    if (clashes.length < CLASHES_SHOWN)
      clashes.push(`${String(indicator)} of ${String(area)} in ${String(period)} is ${first} and ${String(value)}`);
  }

  function add({ attributes, issues }: NormalRecord): void {
    rows++;
    lookForClash({ attributes, issues });
    const why = whyUnpublished(attributes);
    if (why !== null) {
      const issue = issues.find(({ attribute, severity }) => attribute === why.what && severity === 'E');
      const said = why.value ?? /^(?:region )?"?(.+?)"? (?:is|was|may be) /.exec(issue?.message ?? '')?.[1] ?? null;
      tallied(unpublished, why.why).add(said);
    }
    for (const { rule, attribute, message } of issues)
      if (rule === 'M04' && attribute === 'value') tallied(unread, 'value').add(/^"(.*)"/.exec(message)?.[1] ?? null);
    const isDoubted = why === null && statusOf(attributes, issues) === 'U';
    flaws.add({ attributes, issues: issues.filter((issue) => !isSaid(issue, why)) }, ({ severity, attribute }) =>
      isDoubted && severity === 'E' && tellsFigure(attribute) ? ', published with status U' : '',
    );
    const cell = why === null ? cellOf(attributes) : null;
    if (cell === null || (cell.frequency !== 'M' && cell.frequency !== 'Q')) return;
    const place = periodNumber(cell.period);
    if (cell.frequency === 'M') {
      monthly++;
      months.add(place);
      years.add(yearOfPeriod(cell.period));
      if (place === 10) octobers.add(yearOfPeriod(cell.period));
      for (const { rule, message } of issues)
        if (rule === 'C-period')
          lostZeros.push({ text: /^"(.*?)"/.exec(message)?.[1] ?? '', year: yearOfPeriod(cell.period) });
    }
    // A single period that the mapping calls so is no accident.
    const isTold = (attributes['accumulation'] ?? null) !== null;
    if (place === 1 || !(cell.accumulation === 'C' || (cell.accumulation === 'S' && !isTold))) return;
    const way = ways.get(cell.indicator) ?? { toDate: 0, single: 0 };
    way[cell.accumulation === 'C' ? 'toDate' : 'single']++;
    ways.set(cell.indicator, way);
  }

  function looks(): readonly string[] {
    const said: string[] = [];
    const [only] = months;
    const last = Math.max(...months);
    if (years.size >= FEWEST_YEARS && months.size === 1)
      said.push(
        `all ${monthly} monthly periods are month ${only} of ${years.size} years: if the table is of years, write period(A)`,
      );
    else if (years.size >= FEWEST_YEARS && months.size > 1 && last <= 4)
      said.push(`no month after ${last} in ${years.size} years: if the numbers are quarters, write period(Q)`);
    // Where October is there too, the months were written as text.
    const doubtful = lostZeros.filter(({ year }) => !octobers.has(year));
    if (doubtful.length > 0)
      said.push(
        `${doubtful.length} of ${monthly} monthly periods such as "${doubtful[0]?.text}" are read as January, and their years have no October: a number in a sheet loses the zero of .10, so write the months as text`,
      );
    for (const [indicator, { toDate, single }] of ways)
      if (toDate > 0 && single > 0)
        said.push(
          `${indicator} has ${toDate} years to date and ${single} single periods: if they are one series, say which by accumulation`,
        );
    return said;
  }

  return {
    add,
    end: () => [
      ...[...unpublished].map(
        ([why, tally]) => `${tally.count} of ${rows} records will not be published: ${why}${tally.shown()}`,
      ),
      ...[...unread.values()].map((tally) => `${tally.count} of ${rows} values cannot be read:${tally.shown()}`),
      ...flaws.end(),
      ...(clashing === 0
        ? []
        : [
            `${clashing} of ${rows} records are an observation that another row has with another value, and one of them is published: ${clashes.join('; ')}`,
          ]),
      ...looks(),
    ],
  };
}
