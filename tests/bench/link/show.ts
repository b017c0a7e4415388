import { type Cell, table } from '../../../runner/cli/print.ts';
import type { LinkFigures } from './bench.ts';

const HEAD = ['kind', 'rows', 'pairs', 'found', 'asked', 'wrong', 'precision', 'recall', 'F1'] as const;
const BESIDE = ['Splink precision', 'recall', 'F1'] as const;

const fixed = (share: number): string => share.toFixed(4);

/** One table a base, its first line about all kinds. */
export function linkTable({ kinds, splink, ...figures }: LinkFigures): string {
  const beside = new Map(splink?.kinds.map((one) => [one.kind, one]));
  const rows = kinds.map(({ kind, rows: count, pairs, found, asked, wrong, precision, recall, f1 }): Cell[] => {
    const other = beside.get(kind);
    return [
      ...[kind, count, pairs, found, asked, wrong, fixed(precision), fixed(recall), fixed(f1)],
      ...(other === undefined ? [] : [fixed(other.precision), fixed(other.recall), fixed(other.f1)]),
    ];
  });
  const others = Object.entries(figures).map(([name, value]) => `${name} ${value.toLocaleString('en-US')}`);
  if (splink !== null) others.push(`Splink at its best weight ${splink.weight}, ${splink.seconds} s`);
  return `${table([...HEAD, ...(splink === null ? [] : BESIDE)], rows)}\n\n${others.join(', ')}`;
}
