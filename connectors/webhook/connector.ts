import { HubError } from '../../schemas/kernel/errors.ts';
import type { StreamSpec } from '../../schemas/stream.ts';
import type { Checkpoint, Connector, ReadOptions, Source, SourceContext, SourcePortion } from '../connector.ts';
import type { Inbox } from '../inbox.ts';
import { isTimeSigned, rememberedDays, type WebhookConfig, type WebhookStream, webhookConfig } from './config.ts';
import { readDelivery, recordsOf } from './records.ts';
import { type Proven, type Push, verifyPush } from './verify.ts';

export const webhook: Connector<WebhookConfig> = {
  type: 'webhook',
  summary: 'Signed pushes over HTTPS (POST /hooks/SYSTEM/STREAM), durable before they are answered',
  config: webhookConfig,
  versions: ({ observedAt }) => (typeof observedAt === 'string' ? 'stated' : 'read'),
  canFollow: true,
  open: async (config, context) => openWebhook(config, context),
};

/** A push that may go into the inbox, if it is not known yet. */
export interface AcceptedPush extends Proven {
  /** Days for which it stays known once it is taken. */
  readonly rememberDays: number;
}

/**
 * Whether a push may go into the inbox: from whom it says it is, and in the agreed form.
 * @throws HUB_PUSH_REFUSED, HUB_PUSH_TOO_LARGE, HUB_PUSH_MEDIA, HUB_PUSH_MALFORMED, HUB_CATALOG_NOT_FOUND for an unknown stream
 */
export function acceptPush(config: WebhookConfig, name: string, push: Push): AcceptedPush {
  const stream = streamOf(config, name);
  const most = config.connection.maxBodyBytes;
  if (push.body.length > most)
    throw new HubError(
      'HUB_PUSH_TOO_LARGE',
      `The delivery has ${push.body.length} bytes, more than this system may send`,
      {
        allowed: `at most ${most} bytes`,
      },
    );
  refuseEncoded(push);
  const proven = verifyPush(config.connection.auth, push);
  const read = recordsOf(push.body, stream);
  if (read.records !== undefined) return { ...proven, rememberDays: rememberedDays(config.connection) };
  const form = stream.records === undefined ? 'one JSON object or an array' : `JSON with an array at ${stream.records}`;
  const type = push.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!read.isJson && type !== '' && !JSON_TYPE.test(type))
    throw new HubError('HUB_PUSH_MEDIA', 'The body is not JSON, and its content type says another form', {
      allowed: `application/json: ${form}, in UTF-8`,
    });
  throw new HubError('HUB_PUSH_MALFORMED', `The body is not in the agreed form: ${read.fault}`, {
    allowed: `${form}, in UTF-8`,
  });
}

const JSON_TYPE = /^(application|text)\/([\w.-]+\+)?json$/;

/** What is packed or in other characters cannot be read; told before the signature, which others compute over what they packed. */
function refuseEncoded({ headers }: Push): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity')
    throw new HubError('HUB_PUSH_MEDIA', 'The body is compressed: it has a Content-Encoding', {
      allowed: 'JSON as it is, without Content-Encoding; the signature is over these bytes',
    });
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase();
  if (charset === undefined || ['utf-8', 'utf8', 'us-ascii'].includes(charset)) return;
  throw new HubError('HUB_PUSH_MEDIA', 'The content type says another encoding of characters than UTF-8', {
    allowed: 'charset=utf-8, or none',
  });
}

function streamOf({ streams }: WebhookConfig, name: string): WebhookStream {
  const stream = Object.hasOwn(streams, name) ? streams[name] : undefined;
  if (stream !== undefined) return stream;
  throw new HubError('HUB_CATALOG_NOT_FOUND', 'There is no such stream', { allowed: Object.keys(streams) });
}

function openWebhook(config: WebhookConfig, { system, inbox, signal }: SourceContext): Source {
  const { batchDeliveries } = config.connection;
  const need = (): { system: string; inbox: Inbox } => {
    if (system !== undefined && inbox !== undefined) return { system, inbox };
    throw new HubError('HUB_SOURCE_UNREACHABLE', 'A webhook source needs the inbox of a hub');
  };
  const specOf = ([name, stream]: [string, WebhookStream]): StreamSpec => ({
    name,
    columns: Object.keys(stream.fields).map((column) => ({
      ...{ name: column, type: 'text' as const, sourceType: 'JSON' },
      nullable: !stream.key.includes(column),
    })),
    key: stream.key,
    rowEstimate: null,
  });

  return {
    async check() {
      const streams = await Promise.all(
        Object.keys(config.streams).map(async (stream) => {
          const waiting = await inbox?.read(system ?? '', stream, 0, 1);
          const state =
            waiting === undefined ? '' : waiting.length === 0 ? '; none has come lately' : '; some have come';
          return { stream, ok: true, message: `deliveries go to POST /hooks/${system ?? 'SYSTEM'}/${stream}${state}` };
        }),
      );
      const { auth, maxBodyBytes } = config.connection;
      const days = rememberedDays(config.connection);
      const notes = [
        `signatures: ${auth.scheme}, at most ${maxBodyBytes} bytes; what was taken is known for ${days} days`,
      ];
      if (!isTimeSigned(auth)) notes.push('no time is signed: a body is taken once, so each must hold a time or an id');
      return { ok: true, streams, notes, lateCommits: 'log' };
    },

    discover: async () => Object.entries(config.streams).map(specOf),

    async *read(
      name: string,
      after: Checkpoint | null,
      { follow = false }: ReadOptions = {},
    ): AsyncIterable<SourcePortion> {
      const stream = streamOf(config, name);
      const place = need();
      let last = Number(after?.['id'] ?? 0);
      for (;;) {
        signal.throwIfAborted();
        const deliveries = await place.inbox.read(place.system, name, last, batchDeliveries);
        const end = deliveries.at(-1);
        if (end === undefined) {
          if (!follow) return;
          await place.inbox.news(place.system, name, last, signal);
          continue;
        }
        const read = deliveries.map((delivery) => readDelivery(name, stream, delivery));
        last = end.id;
        yield {
          records: read.flatMap(({ records }) => records),
          rejects: read.flatMap(({ rejects }) => rejects),
          next: { id: last },
        };
      }
    },

    async saved(stream, checkpoint) {
      const place = need();
      await place.inbox.settle(place.system, stream, Number(checkpoint['id'] ?? 0));
    },

    async [Symbol.asyncDispose]() {},
  };
}
