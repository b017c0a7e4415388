import { type Cell, table } from '../../../runner/cli/print.ts';
import type { LinkFigures } from './bench.ts';

const HEAD = ['kind', 'rows', 'pairs', 'found', 'asked', 'wrong', 'precision', 'recall', 'F1'] as const;

/** One table a base, its first line about all kinds. */
export function linkTable({ kinds, ...figures }: LinkFigures): string {
  const rows = kinds.map(({ kind, rows: count, pairs, found, asked, wrong, precision, recall, f1 }): Cell[] => [
    ...[kind, count, pairs, found, asked, wrong],
    ...[precision, recall, f1].map((share) => share.toFixed(4)),
  ]);
  const others = Object.entries(figures).map(([name, value]) => `${name} ${value.toLocaleString('en-US')}`);
  return `${table(HEAD, rows)}\n\n${others.join(', ')}`;
}
