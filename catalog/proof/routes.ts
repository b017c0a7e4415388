import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
// for `tags` and `summary` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { HubError } from '../../schemas/kernel/errors.ts';
import { answersWith, inputSchema } from '../api/schema.ts';
import type { LogFiles } from './stored.ts';
import { parseTilePath, TILE_WIDTH } from './tiles.ts';

const tags = ['审计日志 Audit log'];
const params = z.strictObject({ '*': z.string().min(1).max(60) });
const compress = promisify(gzip);

/** What a tile is never changes; a partial one is soon asked for no more. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const FOR_A_MINUTE = 'public, max-age=60';

/** The audit log as C2SP tlog-tiles has it: whoever reaches the catalog can mirror and verify it. */
export async function logRoutes(server: FastifyInstance, { files }: { files: LogFiles }): Promise<void> {
  server.get(
    '/log/checkpoint',
    {
      config: { access: 'everybody' },
      schema: {
        ...{ tags, summary: 'How many entries the audit log has, and their root, signed (C2SP tlog-checkpoint)' },
        response: answersWith('text/plain; charset=utf-8'),
      },
    },
    async (_request, reply) => {
      const note = await files.checkpoint();
      if (note === '') throw noTile();
      return reply.type('text/plain; charset=utf-8').send(note);
    },
  );
  server.get<{ Params: z.infer<typeof params> }>(
    '/log/tile/*',
    {
      config: { access: 'everybody' },
      schema: {
        tags,
        summary:
          'A tile of hashes (`LEVEL/INDEX`) or a bundle of entries (`entries/INDEX`) of the audit log; INDEX in groups of three digits, `.p/WIDTH` behind it for a part (C2SP tlog-tiles)',
        params: inputSchema(params),
        response: answersWith('application/octet-stream'),
      },
    },
    async ({ params, headers }, reply) => {
      const tile = parseTilePath(params['*']);
      const bytes = tile === null ? null : await files.tile(tile);
      if (tile === null || bytes === null) throw noTile();
      reply
        .type('application/octet-stream')
        .header('cache-control', tile.width === TILE_WIDTH ? FOR_EVER : FOR_A_MINUTE);
      if (tile.level !== 'entries') return reply.send(bytes);
      reply.header('vary', 'accept-encoding');
      const isPacked = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(headers['accept-encoding'] ?? '');
      return isPacked ? reply.header('content-encoding', 'gzip').send(await compress(bytes)) : reply.send(bytes);
    },
  );
}

const noTile = (): HubError =>
  new HubError('HUB_CATALOG_NOT_FOUND', 'The audit log has nothing at this address, or not yet', {
    zh: '审计日志在此地址没有内容，或尚未有',
    allowed:
      'what the tree of /log/checkpoint has: tile/LEVEL/INDEX and tile/entries/INDEX, with .p/WIDTH for the last one',
  });
