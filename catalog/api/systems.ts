// for `tags` and `summary` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import type { z } from 'zod';
import type { Directory } from '../directory/directory.ts';
import { feedRuns, feedStreams, feedSystems } from '../directory/hub-views.ts';
import { systemsSchema } from './base-schemas.ts';
import { answers } from './schema.ts';

/** PostgreSQL keeps no order of keys. */
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** Connection settings and sources stay inside: they describe the networks of other departments. */
export async function systemRoutes(
  server: FastifyInstance,
  { hub, directory }: { readonly hub: Pool; readonly directory: Directory },
): Promise<void> {
  server.get(
    '/api/systems',
    {
      config: { access: 'directory.read' },
      schema: {
        tags: ['目录 Directory'],
        summary: '来源系统 Systems, their streams and last runs',
        response: answers(systemsSchema),
      },
    },
    async (): Promise<z.infer<typeof systemsSchema>> => {
      const [systems, streams, runs, entries] = await Promise.all([
        feedSystems(hub),
        feedStreams(hub),
        feedRuns(hub),
        directory.entries(),
      ]);
      const stateOf = new Map(streams.map((row) => [`${row.system}/${row.stream}`, row]));
      const runOf = new Map(runs.map((run) => [run.system, run]));
      const idOf = new Map(entries.map((entry) => [`${entry.system?.name}/${entry.stream}`, entry.id]));
      return {
        systems: systems.map(({ system, spec, enabled, appliedAt }) => {
          const run = runOf.get(system);
          return {
            system,
            title: spec.title,
            owner: spec.owner,
            authority: spec.authority,
            connector: spec.connector,
            schedule: spec.schedule ?? null,
            enabled,
            appliedAt: appliedAt.toISOString(),
            lastRun:
              run === undefined
                ? null
                : {
                    state: run.state,
                    requestedAt: run.requestedAt.toISOString(),
                    endedAt: run.endedAt?.toISOString() ?? null,
                    errorCode: run.errorCode,
                  },
            streams: Object.entries(spec.streams)
              .sort(byName)
              .map(([stream, { title, base }]) => {
                const place = `${system}/${stream}`;
                const state = stateOf.get(place);
                return {
                  stream,
                  title,
                  resource: idOf.get(place) ?? `${system}.${stream}`,
                  base: base ?? null,
                  state: state?.state ?? null,
                  lastReadAt: state?.lastReadAt?.toISOString() ?? null,
                };
              }),
          };
        }),
      };
    },
  );
}
