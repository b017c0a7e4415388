import type { Pool } from 'pg';
import { HubError } from '../../schemas/kernel/errors.ts';
import { query } from '../../schemas/store/query.ts';
import { inTransaction } from '../../schemas/store/transaction.ts';

const LEVELS = ['province', 'prefecture', 'county', 'township'] as const;
type Level = (typeof LEVELS)[number];

/** A region or a department, as it is valid for a time. Dates are `YYYY-MM-DD`. */
export interface Organisation {
  readonly code: string;
  readonly kind: 'region' | 'department';
  readonly name: string;
  readonly level: Level;
  readonly parent: string | null;
  readonly validFrom: string | null;
  readonly validUntil: string | null;
}

const HEAD = ['code', 'kind', 'name', 'level', 'parent', 'valid_from', 'valid_until'] as const;
const REGION = /^\d{6}(?:\d{3}|\d{6})?$/;
/** GB 32100: no I, O, S, V, Z. */
const USCC = /^[0-9A-HJ-NP-RTUW-Y]{18}$/;
const DAY = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

/** Fields of a line of CSV (RFC 4180), in quotes where they need them. */
function fieldsOf(line: string): readonly string[] {
  const fields: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g))
    fields.push((quoted?.replaceAll('""', '"') ?? plain ?? '').trim());
  return fields;
}

/**
 * Organisations from CSV with a head: `code,kind,name,level,parent,valid_from,valid_until`.
 * @throws HUB_ORGANISATION_INVALID with every line that is wrong in `details.problems`
 */
export function readOrganisations(csv: string): readonly Organisation[] {
  const lines = csv
    .replace(/^\ufeff/u, '')
    .split(/\r\n|\n|\r/)
    .map((text, at) => ({ text, line: at + 1 }))
    .filter(({ text }) => text.trim() !== '');
  const head = fieldsOf(lines[0]?.text ?? '').map((name) => name.toLowerCase());
  const problems: string[] = [];
  const missing = HEAD.slice(0, 4).filter((name) => !head.includes(name));
  if (missing.length > 0) throw invalid([`the head lacks ${missing.join(', ')}`]);
  const found: Organisation[] = [];
  for (const { text, line } of lines.slice(1)) {
    const values = fieldsOf(text);
    const value = (name: (typeof HEAD)[number]): string => values[head.indexOf(name)] ?? '';
    const orNull = (name: (typeof HEAD)[number]): string | null => (value(name) === '' ? null : value(name));
    const one = {
      ...{ code: value('code').toUpperCase(), kind: value('kind'), name: value('name'), level: value('level') },
      ...{ parent: orNull('parent')?.toUpperCase() ?? null },
      ...{ validFrom: orNull('valid_from'), validUntil: orNull('valid_until') },
    };
    const wrong = faultOf(one);
    if (wrong === null) found.push(one as Organisation);
    else problems.push(`line ${line}: ${wrong}`);
  }
  if (problems.length > 0) throw invalid(problems);
  return found;
}

function faultOf(one: { readonly [Key in keyof Organisation]: string | null }): string | null {
  const { code, kind, name, level, validFrom, validUntil } = one;
  if (kind !== 'region' && kind !== 'department') return `kind "${kind}" is neither region nor department`;
  if (kind === 'region' && !REGION.test(code ?? '')) return `code "${code}" is no code of a region (6, 9 or 12 digits)`;
  if (kind === 'department' && !USCC.test(code ?? ''))
    return `code "${code}" is no unified social credit code (18 characters)`;
  if (name === '') return 'name is empty';
  if (!(LEVELS as readonly (string | null)[]).includes(level))
    return `level "${level}" is none of ${LEVELS.join(', ')}`;
  for (const day of [validFrom, validUntil])
    if (day !== null && (!DAY.test(day) || new Date(day).toISOString().slice(0, 10) !== day))
      return `"${day}" is no day (YYYY-MM-DD)`;
  return validFrom !== null && validUntil !== null && validUntil < validFrom ? 'it ends before it begins' : null;
}

const invalid = (problems: readonly string[]): HubError =>
  new HubError('HUB_ORGANISATION_INVALID', problems.slice(0, 5).join('; '), {
    ...{
      zh: `机构资料有误：${problems.slice(0, 5).join('；')}`,
      problems,
      allowed: `CSV with the head ${HEAD.join(',')}`,
    },
  });

/** @throws HUB_ORGANISATION_INVALID for a parent that is not there, a code that comes twice and a circle */
function requireTree(given: readonly Organisation[], stored: readonly Organisation[]): void {
  const problems: string[] = [];
  const byCode = new Map(stored.map((one) => [one.code, one]));
  const seen = new Set<string>();
  for (const one of given) {
    if (seen.has(one.code)) problems.push(`${one.code} comes twice`);
    seen.add(one.code);
    byCode.set(one.code, one);
  }
  for (const one of given) {
    if (one.parent !== null && !byCode.has(one.parent)) problems.push(`${one.code}: there is no parent ${one.parent}`);
    const path = [one.code];
    for (let up = one.parent; up !== null; up = byCode.get(up)?.parent ?? null) {
      if (path.includes(up)) {
        problems.push(`${[...path, up].join(' is under ')}: a circle`);
        break;
      }
      path.push(up);
    }
  }
  if (problems.length > 0) throw invalid([...new Set(problems)]);
}

const COLUMNS = `code, kind, name, level, parent, to_char(valid_from, 'YYYY-MM-DD') AS "validFrom",
  to_char(valid_until, 'YYYY-MM-DD') AS "validUntil"`;

/** Every organisation, by level and code. */
export const listOrganisations = async (pool: Pool): Promise<readonly Organisation[]> =>
  (
    await query<Organisation>(
      pool,
      'listing organisations',
      `SELECT ${COLUMNS} FROM exchange.organisation
       ORDER BY array_position(ARRAY['province', 'prefecture', 'county', 'township'], level), kind DESC, code`,
    )
  ).rows;

/** Adds and changes; what is not given stays. All or none. @throws HUB_ORGANISATION_INVALID */
export async function saveOrganisations(pool: Pool, given: readonly Organisation[]): Promise<void> {
  await inTransaction(
    pool,
    'saving organisations',
    async (client) => {
      const { rows } = await client.query<Organisation>(`SELECT ${COLUMNS} FROM exchange.organisation`);
      requireTree(given, rows);
      // Without parents first: a line may name one that comes later.
      await client.query(
        `INSERT INTO exchange.organisation (code, kind, name, level, valid_from, valid_until)
         SELECT o.code, o.kind, o.name, o.level, coalesce(o.valid_from, current_date), o.valid_until
         FROM json_to_recordset($1) AS o (code text, kind text, name text, level text, valid_from date, valid_until date)
         ON CONFLICT (code) DO UPDATE SET kind = EXCLUDED.kind, name = EXCLUDED.name, level = EXCLUDED.level,
           valid_from = EXCLUDED.valid_from, valid_until = EXCLUDED.valid_until`,
        [JSON.stringify(given.map((one) => ({ ...one, valid_from: one.validFrom, valid_until: one.validUntil })))],
      );
      await client.query(
        `UPDATE exchange.organisation AS t SET parent = o.parent
         FROM json_to_recordset($1) AS o (code text, parent text) WHERE t.code = o.code`,
        [JSON.stringify(given)],
      );
    },
    { alone: 'exchange.organisation' },
  );
}
