import { join } from 'node:path';
import { createDatabase } from '../../runner/compose.ts';
import type { HubConfig } from '../../runner/settings/config.ts';
import { openEmbeddedPostgres } from '../../runner/stack/postgres.ts';
import type { Logger } from '../../schemas/kernel/context.ts';
import { onConnection, PATIENCE } from '../../schemas/store/pool.ts';

/** Where a bench measures. Its databases are its own and gone afterwards. */
export interface BenchServer extends AsyncDisposable {
  /** A new, empty database. */
  database(name: string): Promise<string>;
}

export interface BenchServerOptions {
  readonly config: HubConfig;
  readonly folder: string;
  /** Of an embedded server, beside the usual ones. */
  readonly settings: Readonly<Record<string, string>>;
  readonly log: Logger;
}

/** The server that DATABASE_URL names as it is, otherwise an embedded one. */
export const openBenchServer = (options: BenchServerOptions): Promise<BenchServer> =>
  options.config.database.url === undefined ? embedded(options) : named(options.config.database.url);

async function embedded({ folder, settings, log }: BenchServerOptions): Promise<BenchServer> {
  const server = await openEmbeddedPostgres({ folder: join(folder, 'postgres'), settings, log });
  return {
    async database(name) {
      await createDatabase(server.url('postgres'), name);
      return server.url(name);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function named(address: string): Promise<BenchServer> {
  const made: string[] = [];
  return {
    async database(name) {
      const own = `bench_${process.pid}_${name}`;
      await createDatabase(address, own);
      made.push(own);
      const url = new URL(address);
      url.pathname = `/${own}`;
      return url.href;
    },
    async [Symbol.asyncDispose]() {
      await onConnection({ url: address, name: 'sanjiang bench', patience: PATIENCE.work }, async (client) => {
        for (const name of made)
          await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
      });
    },
  };
}
