import type { BaseDefinition, Notices } from './pipeline.ts';
import type { Issue, NormalRecord } from './record.ts';
import { shapeOf } from './suggest/profile.ts';

const VALUES_SHOWN = 3;
const VALUES_COUNTED = 1_000;
/** Of one stream; a table that breaks more is told of by the first. */
const MOST_KINDS = 20;

/** How often something was met, and its most frequent values. */
export class Tally {
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

export function tallied(tallies: Map<string, Tally>, key: string): Tally {
  const known = tallies.get(key) ?? new Tally();
  tallies.set(key, known);
  return known;
}

/** Findings of severity W that are told though the value is kept: it may not be what the source has. */
const DOUBTS: ReadonlySet<string> = new Set(['C-digits', 'C-name-several', 'C-name-masked', 'C-name-former']);

/** What a conversion says of a value, for all values alike. */
const withoutValues = (message: string): string =>
  message
    .replace(/^".*?" /su, '')
    .replace(/"[^"]*"/gu, '…')
    .replace(/\d[\d-]{3,}/g, '…');

/** Letters of every script as one that tells nothing. */
const formOf = (text: string): string =>
  shapeOf(text.replace(/[^\P{L}\p{Script=Han}]/gu, 'A').replace(/\p{Nd}/gu, '9'));

const isTold = ({ rule, severity }: Issue, isLost: boolean): boolean =>
  severity === 'E' || (severity === 'W' && (isLost || DOUBTS.has(rule)));

/** What the findings of a stream make of it: values that are lost, and values that break a rule. */
export interface Flaws extends Notices {
  /** @param consequence said behind a rule that is broken at an attribute, such as what is published all the same. */
  add(record: NormalRecord, consequence?: (issue: Issue) => string): void;
}

/**
 * Counts findings of severity E, and those of severity W that leave a value out, by attribute and rule. Values that may be
 * personal are shown by their form alone: `9{2}/9{2}/9{4}`.
 */
export function flawNotices({ attributes, rules }: Pick<BaseDefinition, 'attributes' | 'rules'>): Flaws {
  let rows = 0;
  const found = new Map<string, Tally>();

  return {
    add(record, consequence = () => '') {
      rows++;
      for (const issue of record.issues) {
        const { rule, attribute, message } = issue;
        const isLost = attribute !== null && (record.attributes[attribute] ?? null) === null;
        if (!isTold(issue, isLost)) continue;
        const quoted = /^"(.*)"/su.exec(message)?.[1] ?? null;
        const spec = attribute === null ? undefined : attributes[attribute];
        const why = rules.find(({ id }) => id === rule)?.title ?? withoutValues(message);
        const what = isLost
          ? `values of ${attribute} cannot be read (${rule}: ${why})`
          : `records ${issue.severity === 'E' ? 'break' : 'are in doubt by'} ${rule}${attribute === null ? '' : ` at ${attribute}`} (${why})`;
        const said = `${what}${consequence(issue)}`;
        if (!found.has(said) && found.size >= MOST_KINDS) continue;
        const value = quoted ?? (attribute === null || spec?.type === 'geometry' ? null : record.attributes[attribute]);
        const text = value === null || value === undefined ? null : String(value);
        tallied(found, said).add(text === null || spec?.sensitivity === 1 ? text : formOf(text));
      }
    },
    end: () =>
      [...found].map(([said, tally]) => `${tally.count} of ${rows} ${said}${tally.shown() && `:${tally.shown()}`}`),
  };
}
