import { KEY_SEPARATOR } from '../../schemas/stream.ts';

/** Joined key cells, or null when one is blank or would make two rows look alike. */
export function joinKey(cells: readonly (string | null)[]): string | null {
  for (const cell of cells) {
    if (cell === null || cell.trim() === '' || cell.includes(KEY_SEPARATOR)) return null;
  }
  return cells.join(KEY_SEPARATOR);
}
