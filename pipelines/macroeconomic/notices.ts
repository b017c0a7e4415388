import type { Notices } from '../pipeline.ts';
import type { NormalRecord } from '../record.ts';
import { periodNumber, yearOfPeriod } from '../standards/periods.ts';
import { cellOf, whyUnpublished } from './cell.ts';

const VALUES_SHOWN = 3;
const VALUES_COUNTED = 1_000;
/** Of fewer years nobody can say that every one has the same month. */
const FEWEST_YEARS = 3;

/** How often something was met, and its most frequent values. */
class Tally {
  count = 0;
  readonly #values = new Map<string, number>();

  add(value: string | null): void {
    this.count++;
    if (value !== null && (this.#values.has(value) || this.#values.size < VALUES_COUNTED))
      this.#values.set(value, (this.#values.get(value) ?? 0) + 1);
  }

  /** ` "gnp" (12), "gni" (3) and 4 more`; nothing where no value was told. */
  shown(): string {
    const all = [...this.#values].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    const named = all.slice(0, VALUES_SHOWN).map(([value, count]) => `"${value.slice(0, 30)}" (${count})`);
    const more = all.length > VALUES_SHOWN ? ` and ${all.length - VALUES_SHOWN} more` : '';
    return named.length === 0 ? '' : ` ${named.join(', ')}${more}`;
  }
}

const tallied = (tallies: Map<string, Tally>, key: string): Tally => {
  const known = tallies.get(key) ?? new Tally();
  tallies.set(key, known);
  return known;
};

/** What the rows of one table of statistics are together: what of them no feed will show, and what they seem to be. */
export function macroNotices(): Notices {
  let rows = 0;
  const unpublished = new Map<string, Tally>();
  const unread = new Map<string, Tally>();
  const months = new Set<number>();
  const years = new Set<number>();
  let monthly = 0;
  /** By indicator: periods after the first of a year that are called a year to date, and those that are called nothing. */
  const ways = new Map<string, { toDate: number; single: number }>();

  function add({ attributes, issues }: NormalRecord): void {
    rows++;
    const why = whyUnpublished(attributes);
    if (why !== null) {
      const issue = issues.find(({ attribute, severity }) => attribute === why.what && severity === 'E');
      const said = why.value ?? /^(?:region )?"?(.+?)"? (?:is|was|may be) /.exec(issue?.message ?? '')?.[1] ?? null;
      tallied(unpublished, why.why).add(said);
    }
    for (const { rule, attribute, message } of issues)
      if (rule === 'M04' && attribute === 'value') tallied(unread, 'value').add(/^"(.*)"/.exec(message)?.[1] ?? null);
    const cell = why === null ? cellOf(attributes) : null;
    if (cell === null || (cell.frequency !== 'M' && cell.frequency !== 'Q')) return;
    const place = periodNumber(cell.period);
    if (cell.frequency === 'M') {
      monthly++;
      months.add(place);
      years.add(yearOfPeriod(cell.period));
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
      ...looks(),
    ],
  };
}
