import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { hubMigrations, migrate } from '../../runner/control/migrate.ts';
import { type HubInbox, openInbox } from '../../runner/pull/inbox.ts';
import { createReceive } from '../../runner/pull/receive.ts';
import type { Environment } from '../../runner/settings/secrets.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { isHubError } from '../../schemas/kernel/errors.ts';
import type { SystemFile } from '../../schemas/system.ts';

export interface HookServer extends AsyncDisposable {
  readonly address: string;
  readonly inbox: HubInbox;
}

/** The inbox of a hub over an empty database, and a server that takes pushes of one system as the catalog does. */
export async function openHookServer(url: string, spec: SystemFile, env: Environment): Promise<HookServer> {
  const pool = new pg.Pool({ connectionString: url });
  await migrate(pool, hubMigrations);
  const inbox = openInbox(pool, silentLogger);
  const systems = { get: async () => ({ spec, enabled: true, appliedAt: new Date(), streams: [] }) };
  const receive = createReceive({ systems, inbox, env });
  const server = createServer((request, response) => {
    const [, , system = '', stream = ''] = (request.url ?? '').split('/');
    bodyOf(request)
      .then((body) => receive({ system, stream, body, headers: request.headers as Record<string, string> }))
      .then(
        ({ isNew }) => response.writeHead(202).end(JSON.stringify({ duplicate: !isNew })),
        (error: unknown) => response.writeHead(isHubError(error) ? 422 : 500).end(String(error)),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inbox,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
      await inbox[Symbol.asyncDispose]();
      await pool.end();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
