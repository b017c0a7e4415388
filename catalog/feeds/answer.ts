import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';

/** A reader who takes nothing for so long is given up. */
const PATIENCE_MS = 60_000;

export interface Answer {
  readonly type: string;
  readonly log: Logger;
  /** Default: a minute. */
  readonly patienceMs?: number;
  /** Text by text, each made when the last is taken. `signal`: the client has gone. */
  parts(signal: AbortSignal): AsyncGenerator<string>;
}

/**
 * Sends an answer of any size while it is made. What fails before the first part is answered like any other failure; after
 * that the connection is broken off, so that nobody takes half an answer for a whole one.
 */
export async function sendParts(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, log, parts, patienceMs = PATIENCE_MS }: Answer,
): Promise<FastifyReply> {
  const client = new AbortController();
  reply.raw.once('close', () => client.abort());
  const making = parts(client.signal);
  let first: string;
  try {
    first = (await making.next()).value ?? '';
  } catch (error) {
    // Nobody is there to be told.
    if (client.signal.aborted) return reply.hijack();
    throw error;
  }
  reply.type(`${type}; charset=utf-8`);
  if (request.method === 'HEAD') {
    await making.return(undefined);
    return reply.send();
  }
  const handed = patiently(first, making, patienceMs, () => stream.destroy(tooSlow()));
  const stream: Readable = Readable.from(handed, { objectMode: false });
  // Also when it is closed before it was ever read.
  stream.once('close', () => void making.return(undefined).catch(() => {}));
  stream.on('error', (error) => {
    if (!client.signal.aborted)
      log.error({ route: request.routeOptions.url, error: error.message }, 'an answer broke off');
  });
  return reply.send(stream);
}

const tooSlow = (): HubError => new HubError('HUB_CATALOG_BUSY', 'The reader has taken nothing for too long');

async function* patiently(
  first: string,
  rest: AsyncGenerator<string>,
  patienceMs: number,
  giveUp: () => void,
): AsyncGenerator<string> {
  const handed = async function* (part: string): AsyncGenerator<string> {
    const timer = setTimeout(giveUp, patienceMs);
    try {
      yield part;
    } finally {
      clearTimeout(timer);
    }
  };
  yield* handed(first);
  for await (const part of rest) if (part !== '') yield* handed(part);
}
