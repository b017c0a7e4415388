import type { Logger } from '../../../schemas/kernel/context.ts';
import type { WorldOptions } from '../world/person.ts';

/** Where a department of the sample world may put its things. */
export interface Place {
  readonly world: WorldOptions;
  /** Of this department alone; exists. */
  readonly folder: string;
  /** PostgreSQL database of all departments; a department takes a schema of its own. */
  readonly databaseUrl: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** A department that answers. Disposing it stops its server, if it has one. */
export interface OpenDepartment extends AsyncDisposable {
  /** What its system file names as `${...}`. */
  readonly env: Readonly<Record<string, string>>;
  /** For a department that pushes: sends what it has to the hub at this address, when the hub answers. */
  push?(hub: string): Promise<void>;
}

/** A department of the sample world: the data that it has, and the small server that a connector reads it from. */
export interface SampleDepartment {
  /** Of its file in `connectors/systems/`. */
  readonly name: string;
  /** Makes the data anew; equal worlds give equal data. Gives the rows that a full read of each stream must find. */
  fill(place: Place): Promise<Readonly<Record<string, number>>>;
  /** At every start of the demo, over the data that `fill` made now or at an earlier start. Binds 127.0.0.1 only. */
  open(place: Place): Promise<OpenDepartment>;
}

/** For a department that needs no server. */
export const withoutServer = (env: Readonly<Record<string, string>>): OpenDepartment => ({
  env,
  async [Symbol.asyncDispose]() {},
});
