import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

/*
 * In PostgreSQL a bare name after ORDER BY means what is selected under that name, not the column: `SELECT seq::float8 AS
 * seq ... ORDER BY seq` sorts every row by the cast, and the index on the column is of no use. Without AS it is the same.
 */

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDERS = ['pipelines', 'catalog', 'schemas', 'runner', 'connectors'];
const END_OF_ORDER = /\s(?:LIMIT|OFFSET|FETCH|FOR|ROWS|RANGE|UNION)\b|[`;'"]|\\n|$/;

/** Parts between commas that stand in no parentheses. */
function splitList(text: string): readonly string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const sign of text) {
    if ('([{'.includes(sign)) depth++;
    if (')]}'.includes(sign)) depth--;
    if (depth < 0) break;
    if (sign === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += sign;
  }
  return parts.map((part) => part.trim());
}

/** What the statement selects whose ORDER BY stands at `at`; null inside an aggregate or a window, where names are columns. */
function selectedBefore(text: string, at: number): readonly string[] | null {
  let depth = 0;
  for (let i = at - 1; i >= 0; i--) {
    const sign = text[i] as string;
    if (sign === ')' || sign === '}') depth++;
    else if (sign === '(' || sign === '{') depth--;
    if (depth < 0 || (sign === '`' && depth === 0)) return null;
    if (depth === 0 && /^SELECT\s/.test(text.slice(i, i + 7))) {
      const list = text.slice(i + 6, at).replace(/^\s+DISTINCT(\s+ON\s*\([^)]*\))?/, '');
      return splitList(list).map((part) => part.replace(/\sFROM\s[\s\S]*$/, '').trim());
    }
  }
  return null;
}

/** The name under which something is selected that is made from the column of that name. */
function disguised(selected: string): string | null {
  const named = /^([\s\S]+?)\s+AS\s+"?(\w+)"?$/.exec(selected);
  if (named === null) return /^(?:\w+\.)?(\w+)::\w+$/.exec(selected)?.[1] ?? null;
  const [, from = '', name = ''] = named;
  if (/^(?:\w+\.)?\w+$/.test(from)) return null;
  return new RegExp(`\\b${name}\\b`).test(from) ? name : null;
}

function disguisedOrders(source: string): readonly string[] {
  const found: string[] = [];
  const text = source.replaceAll(/\$\{[^{}`]*\}/g, 'filled_in');
  for (const { index } of text.matchAll(/\bORDER BY\s/g)) {
    const selected = selectedBefore(text, index) ?? [];
    const hidden = selected.map(disguised);
    const rest = text.slice(index + 9);
    const by = splitList(rest.slice(0, END_OF_ORDER.exec(rest)?.index)).map((one) =>
      one.replace(/\s+(?:ASC|DESC|NULLS)\b[\s\S]*$/, '').replaceAll('"', ''),
    );
    for (const name of by) if (hidden.includes(name)) found.push(name);
  }
  return found;
}

test('the rule sees what it is to see', () => {
  const bad = [
    'SELECT seq::float8 AS seq, kind FROM outbox ORDER BY seq LIMIT 5',
    'SELECT record_id::float8 FROM source_record WHERE record_id > $1 ORDER BY record_id LIMIT 5',
    'SELECT DISTINCT ON (a) a, coalesce(b, 0) AS b FROM t ORDER BY a, b DESC',
    'SELECT x FROM (SELECT s.id::text AS id FROM s ORDER BY id) AS y',
  ];
  const good = [
    'SELECT o.seq::float8 AS seq FROM outbox AS o ORDER BY o.seq',
    'SELECT seq::float8 AS number FROM outbox ORDER BY seq',
    'SELECT array_agg(id::text ORDER BY id) AS id FROM t',
    'SELECT lag(v) OVER (PARTITION BY s ORDER BY period) AS v, period FROM t',
    'SELECT count(*) AS findings FROM t GROUP BY rule ORDER BY findings',
  ];
  expect(bad.map((text) => disguisedOrders(`\`${text}\``).length)).toEqual(bad.map(() => 1));
  expect(good.flatMap((text) => disguisedOrders(`\`${text}\``))).toEqual([]);
});

test('no statement is ordered by something that bears the name of the column it is made from', () => {
  const files = FOLDERS.flatMap((folder) =>
    (readdirSync(join(ROOT, folder), { recursive: true }) as string[])
      .filter((path) => /\.(?:ts|sql)$/.test(path))
      .map((path) => join(folder, path)),
  );
  const found = files.flatMap((path) =>
    disguisedOrders(readFileSync(join(ROOT, path), 'utf8')).map((name) => `${path}: ORDER BY ${name}`),
  );
  expect(found).toEqual([]);
});
