import type { BaseName } from '../../schemas/base.ts';
import { resolveRegion } from '../standards/regions.ts';
import type { CrossBase, CrossFinding, CrossRule } from './contract.ts';
import { rowsOf } from './read.ts';

/** What is wrong with a code as a reference to a place of today. */
function problemOf(code: string): { readonly kind: 'unknown' | 'divided'; readonly message: string } | null {
  const region = resolveRegion(code);
  if (region === null) return { kind: 'unknown', message: `code ${code} was never allocated` };
  if (region.current.length === 1) return null;
  return {
    kind: 'divided',
    message: `code ${code} (${region.name}) was divided among ${region.current.join(', ')}: which of them is not known`,
  };
}

interface Use {
  readonly system: string;
  readonly entities: number;
  readonly entityId: number;
}

/** Who won with this code, by system. */
const usesOf = (base: CrossBase, attribute: string, code: string): Promise<readonly Use[]> =>
  rowsOf<Use & { readonly entityId: number }>(
    base,
    `looking for ${attribute} ${code}`,
    `SELECT s.system, count(*)::float8 AS entities, min(g.entity_id)::float8 AS "entityId"
      FROM ${base.definition.schema}.golden AS g
      JOIN ${base.definition.schema}.source_record AS r ON r.record_id = (g.winners->$1->>0)::bigint
      JOIN ${base.definition.schema}.source AS s USING (source_id)
      WHERE g.attributes->>$1 = $2 GROUP BY s.system ORDER BY s.system`,
    [attribute, code],
  );

async function* inBase(name: BaseName, base: CrossBase): AsyncGenerator<CrossFinding> {
  const { attributes, schema } = base.definition;
  const regions = Object.entries(attributes).filter(([, { type }]) => type === 'region');
  for (const [attribute] of regions) {
    const codes = await rowsOf<{ code: string }>(
      base,
      `listing codes in ${attribute}`,
      `SELECT DISTINCT attributes->>$1 AS code FROM ${schema}.golden WHERE attributes->>$1 IS NOT NULL ORDER BY 1`,
      [attribute],
    );
    for (const { code } of codes) {
      const problem = problemOf(code);
      if (problem === null) continue;
      for (const { system, entities, entityId } of await usesOf(base, attribute, code))
        yield {
          subject: `${name} ${attribute} ${code} ${problem.kind} ${system}`,
          message: `${entities} ${entities === 1 ? 'entity' : 'entities'}: ${problem.message}`,
          ...{ base: name, system, entityId: entities === 1 ? entityId : null },
        };
    }
  }
}

export const regionsResolve: CrossRule = {
  id: 'X05',
  version: 1,
  severity: 'E',
  title: 'every region code of every base leads to one place of today; codes that were divided are told apart',
  zh: '各基础库的区划代码应能对应到现行区划，一拆多的代码单独列出',
  basis: { zh: 'GB/T 2260 及其沿革', en: 'GB/T 2260 with its history' },
  async *find(bases, { signal }) {
    for (const [name, base] of Object.entries(bases) as [BaseName, CrossBase][]) {
      signal.throwIfAborted();
      yield* inBase(name, base);
    }
  },
};
