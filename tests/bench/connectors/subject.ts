import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint } from '../../../connectors/connector.ts';

/** One connector to be measured: something of its kind to read, and the plainest loop over the same library that makes rows of it. */
export interface Subject {
  readonly name: string;
  readonly connector: string;
  readonly source: object;
  /** Most rows that make sense: a workbook is held whole while it is written. */
  readonly mostRows: number;
  /** Fills the folder; what is no file is served until it is disposed. */
  prepare(folder: string, rows: number): Promise<Served | null>;
  /** Reads everything and gives the number of rows. */
  plain(folder: string): Promise<number>;
}

export interface Served extends AsyncDisposable {
  readonly connection: object;
  /** Where reading begins; the start when left out. */
  readonly after?: Checkpoint;
  /** Deliveries that lie in an inbox. */
  readonly pushed?: number;
}

export const PLACE = 'place.json';
type Place = Omit<Served, keyof AsyncDisposable>;
/** What `prepare` serves, told through a file because it is read in another process; the folder where nothing is served. */
export const placeOf = (folder: string): Place => {
  const place = join(folder, PLACE);
  return existsSync(place) ? (JSON.parse(readFileSync(place, 'utf8')) as Place) : { connection: { folder } };
};
export const connectionOf = (folder: string): Readonly<Record<string, unknown>> =>
  placeOf(folder).connection as Readonly<Record<string, unknown>>;
export const pushedOf = (folder: string): number => placeOf(folder).pushed ?? 0;

export const COLUMNS = ['BH', 'MC', 'DZ', 'RQ', 'JE'];
export const cells = (i: number): string[] => [
  `QH${String(i).padStart(9, '0')}`,
  `青海省第${i % 977}号单位`,
  `西宁市城中区某某路${i % 500}号`,
  `2024-0${1 + (i % 9)}-1${i % 10}`,
  `${i % 100_000}.${String(i % 100).padStart(2, '0')}`,
];

export const keep: { last: object | null } = { last: null };

export const folderOf = async (root: string, name: string): Promise<string> => {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  return folder;
};
