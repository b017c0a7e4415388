import type pg from 'pg';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly PlanNode[];
}

interface Explained {
  readonly Plan: PlanNode;
  readonly JIT?: object;
}

/** How a statement was carried out: counts, which do not depend on how busy the machine is. */
export interface Plan {
  readonly statement: string;
  /** Types of the nodes, with their tables. */
  readonly nodes: readonly string[];
  /** Rows that the leaves gave or threw away, and pairs that joins threw away. */
  readonly rowsRead: number;
  /** Pages of 8 KB. */
  readonly pages: number;
  /** Plans were compiled by LLVM. */
  readonly compiled: boolean;
}

function planOf(statement: string, { Plan: root, JIT }: Explained): Plan {
  const all: PlanNode[] = [];
  const walk = (node: PlanNode): void => {
    all.push(node);
    node.Plans?.forEach(walk);
  };
  walk(root);
  const rowsOf = (node: PlanNode): number => {
    const own = node.Plans === undefined ? (node['Actual Rows'] ?? 0) : 0;
    const removed =
      (node['Rows Removed by Filter'] ?? 0) +
      (node['Rows Removed by Index Recheck'] ?? 0) +
      (node['Rows Removed by Join Filter'] ?? 0);
    return (own + removed) * (node['Actual Loops'] ?? 0);
  };
  return {
    statement,
    nodes: all.map((node) => [node['Node Type'], node['Relation Name']].filter(Boolean).join(' ')),
    rowsRead: all.reduce((sum, node) => sum + rowsOf(node), 0),
    pages: (root['Shared Hit Blocks'] ?? 0) + (root['Shared Read Blocks'] ?? 0),
    compiled: JIT !== undefined,
  };
}

const EXPLAIN = 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)';

/** What reads and changes nothing may be carried out twice. */
const READS =
  /^\s*(?:SELECT|WITH)\b(?![\s\S]*\b(?:setval|nextval|pg_advisory\w*|pg_try_advisory\w*|INSERT|UPDATE|DELETE)\b)/;

/**
 * Explains every reading statement of the pool's connections just before it is carried out, in its own transaction and
 * under its settings. Call it before the first connection is opened.
 */
export function watchPlans(pool: pg.Pool): Plan[] {
  const plans: Plan[] = [];
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (
      ...given: unknown[]
    ) => Promise<{ rows: { 'QUERY PLAN': [Explained] }[] }>;
    client.query = ((...given: unknown[]) => {
      const [first, second] = given as [string | { text?: string; values?: unknown[] }, unknown];
      const text = typeof first === 'string' ? first : first.text;
      const values = typeof first === 'string' ? second : first.values;
      // Both are sent at once: the connection keeps the statements in order.
      if (text !== undefined && READS.test(text))
        query(`${EXPLAIN} ${text}`, values ?? []).then(
          ({ rows }) => plans.push(planOf(text, rows[0]?.['QUERY PLAN'][0] as Explained)),
          () => {},
        );
      return query(...given);
    }) as never;
  });
  return plans;
}
