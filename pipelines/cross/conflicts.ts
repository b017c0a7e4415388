import type { BaseName } from '../../schemas/base.ts';
import type { CrossBase, CrossRule } from './contract.ts';
import { goldenPages, idOf } from './read.ts';

/** Departments have so long to agree before a conflict is escalated. */
const CONFLICT_DAYS = 30;

interface Conflicting {
  readonly entityId: number;
  readonly conflicts: readonly string[];
  readonly writtenAt: string;
}

export const conflictsEnd: CrossRule = {
  id: 'X07',
  version: 1,
  severity: 'W',
  title: `sources that contradict each other agree within ${CONFLICT_DAYS} days`,
  zh: `来源之间的取值冲突应在${CONFLICT_DAYS}日内消除，逾期升级处理`,
  basis: { zh: '更正及时性', en: 'timeliness of correction' },
  async *find(bases, { conflicts: ledger, signal }) {
    const page = {
      columns: `g.conflicts, to_json(g.updated_at)#>>'{}' AS "writtenAt"`,
      where: 'cardinality(g.conflicts) > 0',
    };
    for (const [name, base] of Object.entries(bases) as [BaseName, CrossBase][]) {
      const round = await ledger.begin(name);
      for await (const rows of goldenPages<Conflicting>(base, page, signal)) {
        const open = rows.flatMap(({ entityId, conflicts, writtenAt }) =>
          conflicts.map((attribute) => ({ entityId, attribute, writtenAt })),
        );
        for (const { entityId, attribute, since } of await round.see(open, CONFLICT_DAYS))
          yield {
            subject: `${idOf(base, entityId)} ${attribute}`,
            message: `sources contradict each other on ${attribute} since ${since.slice(0, 10)} or longer`,
            // Any of them may be the one that is wrong.
            ...{ base: name, entityId, system: null },
          };
      }
      await round.end();
    }
  },
};
