import { z } from 'zod';

const path = z
  .string()
  .max(200)
  .regex(/^[^.\s]+(\.[^.\s]+)*$/u, 'names joined by dots, such as data.items');
const column = z.string().regex(/^(?!__proto__$)[^\s.]{1,60}$/u, 'a column name without spaces and dots');
const header = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,60}$/, 'a header name')
  .transform((name) => name.toLowerCase());

const secrets = z
  .array(z.string().min(16))
  .min(1)
  .max(4)
  .describe('shared secrets, the newest first; several while one replaces another');
const toleranceSeconds = z
  .number()
  .int()
  .min(5)
  .max(3600)
  .default(300)
  .describe('how far the time in the signature may be from now');

/** How a delivery proves where it is from. */
export const webhookScheme = z.discriminatedUnion('scheme', [
  z
    .strictObject({
      scheme: z.literal('standard'),
      secrets: secrets.describe('`whsec_` and base64, or plain text'),
      toleranceSeconds,
    })
    .describe('headers webhook-id, webhook-timestamp, webhook-signature as in Standard Webhooks'),
  z
    .strictObject({
      scheme: z.literal('hmac'),
      secrets,
      algorithm: z.enum(['sha256', 'sha512', 'sm3']).default('sha256'),
      header: header
        .default('x-signature')
        .describe('header with the signature; a prefix such as `sha256=` is left out'),
      encoding: z.enum(['hex', 'base64']).default('hex'),
      timestampHeader: header
        .optional()
        .describe('header with Unix seconds or milliseconds; signed as `<time>.<body>`'),
      idHeader: header.optional().describe('header with the id of the delivery; a digest of it all when there is none'),
      toleranceSeconds,
    })
    .describe('a keyed hash over the body, or over time and body'),
  z
    .strictObject({
      scheme: z.literal('public-key'),
      publicKeys: z.array(z.string().min(40)).min(1).max(4).describe('PEM, the newest first'),
      header: header.default('x-signature'),
      encoding: z.enum(['hex', 'base64']).default('base64'),
      timestampHeader: header.describe('header with Unix seconds or milliseconds; signed as `<time>.<body>`'),
      idHeader: header.optional(),
      toleranceSeconds,
    })
    .describe('Ed25519, or RSA and ECDSA with SHA-256'),
]);
export type WebhookScheme = z.infer<typeof webhookScheme>;

const webhookStream = z
  .strictObject({
    records: path.optional().describe('where the array of records is; without it the body is one record, or an array'),
    key: z.array(column).min(1).describe('columns that identify a record'),
    fields: z
      .record(column, path)
      .refine((fields) => Object.keys(fields).length > 0, 'at least one column')
      .describe('column: path in a record'),
    observedAt: column
      .optional()
      .describe('column with the time at which it was so, with time zone; else that of arrival'),
    deleteWhen: z
      .strictObject({ column, equals: z.array(z.string()).min(1) })
      .optional()
      .describe('a record with one of these values says that its key is gone'),
  })
  .superRefine((stream, context) => {
    const named = [...stream.key, ...[stream.observedAt, stream.deleteWhen?.column].filter((one) => one !== undefined)];
    for (const column of named) {
      if (Object.hasOwn(stream.fields, column)) continue;
      context.addIssue({
        code: 'custom',
        message: `${column} is not among fields: ${Object.keys(stream.fields).join(', ')}`,
      });
    }
  });
export type WebhookStream = z.infer<typeof webhookStream>;

export const webhookConfig = z.strictObject({
  connection: z.strictObject({
    auth: webhookScheme,
    maxBodyBytes: z
      .number()
      .int()
      .min(256)
      .max(4 * 1024 * 1024)
      .default(512 * 1024)
      .describe('a larger delivery is refused'),
    rememberDays: z
      .number()
      .int()
      .min(1)
      .max(3650)
      .optional()
      .describe('how long a delivery that was taken stays known; default: 7, and 400 where no time is signed'),
    batchDeliveries: z.number().int().min(1).max(5_000).default(500).describe('deliveries a portion, at most'),
  }),
  streams: z.record(z.string(), webhookStream),
});
export type WebhookConfig = z.infer<typeof webhookConfig>;

/** Without a time in what is signed, a recorded delivery is genuine for ever. */
export const isTimeSigned = (auth: WebhookScheme): boolean =>
  auth.scheme !== 'hmac' || auth.timestampHeader !== undefined;

export const rememberedDays = ({ auth, rememberDays }: WebhookConfig['connection']): number =>
  rememberDays ?? (isTimeSigned(auth) ? 7 : 400);
