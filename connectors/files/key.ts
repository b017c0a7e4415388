import { KEY_SEPARATOR } from '../../schemas/stream.ts';

/** Joined key cells, or null when one is blank or would make two rows look alike. */
export function joinKey(cells: readonly (string | null)[]): string | null {
  for (const cell of cells) if (cell === null || !isKeyCell(cell)) return null;
  return cells.length === 1 ? (cells[0] as string) : cells.join(KEY_SEPARATOR);
}

const isKeyCell = (cell: string): boolean => cell.trim() !== '' && !cell.includes(KEY_SEPARATOR);
