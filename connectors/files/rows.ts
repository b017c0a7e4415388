import type { ErrorCode } from '../../schemas/kernel/errors.ts';
import type { RawRecord, RawValue } from '../../schemas/stream.ts';
import type { RejectedRow } from '../connector.ts';
import { type FileStream, RAW_BYTES_KEPT } from './config.ts';
import type { FileRows, FileShape, RowsRequest } from './format.ts';
import { joinKey } from './key.ts';
import type { OpenFile } from './open-file.ts';

/** A row as a format reads it, or why it cannot be taken. */
export type ReadRow =
  | { readonly value: Readonly<Record<string, RawValue>> }
  | { readonly fault: string; readonly code?: ErrorCode; readonly raw: Uint8Array };

type Request = RowsRequest<FileStream, FileShape>;

/**
 * Numbers rows, makes records of them, and cuts portions. For formats that can only be read from their start. Rows come by
 * the handful: waiting for each alone would cost more than reading it.
 */
export async function* countedRows(
  file: OpenFile,
  request: Request,
  rows: AsyncIterable<readonly ReadRow[]>,
): AsyncIterable<FileRows> {
  const { from, connection, signal } = request;
  let part = emptyPart();
  let number = 0;
  const cut = (): FileRows => {
    const { records, rejects } = part;
    part = emptyPart();
    return { records, rejects, next: { records: number, offset: from.offset } };
  };
  try {
    for await (const handful of rows)
      for (const row of handful) {
        number += 1;
        if (number <= from.records) continue;
        takeRow(file, request, row, number, part);
        if (part.taken < connection.batchRows) continue;
        yield cut();
        signal.throwIfAborted();
      }
  } catch (error) {
    // What was read before the fault is good.
    if (part.taken > 0 && !signal.aborted) yield cut();
    throw error;
  }
  if (part.taken > 0) yield cut();
}

export interface Part {
  readonly records: RawRecord[];
  readonly rejects: RejectedRow[];
  taken: number;
}
export const emptyPart = (): Part => ({ records: [], rejects: [], taken: 0 });

/** @param number of the row in its file, from 1. */
export function takeRow(file: OpenFile, { name, stream }: Request, row: ReadRow, number: number, part: Part): void {
  const origin = `${file.name}#${number}`;
  part.taken += 1;
  if ('fault' in row) {
    part.rejects.push({
      ...{ stream: name, code: row.code ?? 'HUB_FILE_RECORD', origin },
      message: `${row.fault} (record ${number})`,
      raw: Uint8Array.from(row.raw.subarray(0, RAW_BYTES_KEPT)),
    });
    return;
  }
  const { value } = row;
  const key = joinKey(stream.key.map((column) => textOf(value[column])));
  if (key !== null) part.records.push({ stream: name, key, op: 'upsert', value, observedAt: file.observedAt, origin });
  else
    part.rejects.push({
      ...{ stream: name, code: 'HUB_FILE_RECORD', origin },
      message: `no usable key in ${stream.key.join(', ')} (record ${number})`,
      raw: Buffer.from(JSON.stringify(value)).subarray(0, RAW_BYTES_KEPT),
    });
}

const textOf = (value: RawValue | undefined): string | null =>
  value === null || value === undefined || typeof value === 'object' ? null : String(value);
