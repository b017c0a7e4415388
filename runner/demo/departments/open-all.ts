import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { toHubError } from '../../../schemas/kernel/errors.ts';
import type { OpenDepartment, Place, SampleDepartment } from './department.ts';

/** Rows that a full read finds: system, stream, count. */
export type DepartmentRows = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const placeOf = (place: Place, { name }: SampleDepartment): Place => {
  const folder = join(place.folder, name);
  mkdirSync(folder, { recursive: true });
  return { ...place, folder, log: place.log.child({ department: name }) };
};

/** `place.folder` is the folder of all; each department gets one of its own in it. */
export async function fillDepartments(
  departments: readonly SampleDepartment[],
  place: Place,
  progress: (system: string, rows: number) => void,
): Promise<DepartmentRows> {
  const rows: Record<string, Readonly<Record<string, number>>> = {};
  for (const department of departments) {
    place.signal.throwIfAborted();
    const streams = await department.fill(placeOf(place, department));
    rows[department.name] = streams;
    progress(department.name, sumOf(streams));
  }
  return rows;
}

export const sumOf = (streams: Readonly<Record<string, number>>): number =>
  Object.values(streams).reduce((sum, rows) => sum + rows, 0);

/** Starts all servers; when one does not start, those that did are stopped. */
export async function openDepartments(
  departments: readonly SampleDepartment[],
  place: Place,
): Promise<Required<OpenDepartment>> {
  const open: OpenDepartment[] = [];
  const close = async (): Promise<void> => {
    for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
  };
  try {
    for (const department of departments) open.push(await department.open(placeOf(place, department)));
  } catch (error) {
    await close();
    throw toHubError(error, 'HUB_INTERNAL', 'The server of a sample department cannot be started');
  }
  return {
    env: Object.assign({}, ...open.map(({ env }) => env)),
    async push(hub) {
      for (const one of open) await one.push?.(hub);
    },
    [Symbol.asyncDispose]: close,
  };
}
