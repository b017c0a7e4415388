import type { RawRecord, RawValue } from '../../schemas/stream.ts';
import type { RejectedRow } from '../connector.ts';
import type { FileStream } from './config.ts';
import type { FileRows } from './format.ts';

/** Cells whose text the system file says means no value become null; a row whose key is one is rejected. */
export function withNulls(part: FileRows, { nulls, key }: FileStream): FileRows {
  if (nulls === undefined) return part;
  const texts = new Set(nulls);
  const isNull = (cell: RawValue | undefined): boolean =>
    typeof cell === 'string' && (texts.has(cell.trim()) || (texts.has('*') && /^\*+$/.test(cell)));
  const rejects: RejectedRow[] = [...part.rejects];
  const records = part.records.filter(({ value, ...record }: RawRecord) => {
    if (value === null) return true;
    const cells = value as Record<string, RawValue>;
    const nullKey = key.find((name) => isNull(cells[name]));
    if (nullKey !== undefined) {
      rejects.push({
        ...{ stream: record.stream, code: 'HUB_FILE_RECORD', origin: record.origin },
        message: `no usable key in ${key.join(', ')}: ${nullKey} is ${String(cells[nullKey])}, which means no value (nulls)`,
        raw: Buffer.from(JSON.stringify(cells)),
      });
      return false;
    }
    for (const name in cells) if (isNull(cells[name])) cells[name] = null;
    return true;
  });
  return { ...part, records, rejects };
}
