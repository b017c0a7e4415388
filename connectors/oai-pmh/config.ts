import { z } from 'zod';
import { httpConnection } from '../http/config.ts';

const column = z.string().regex(/^(?!__proto__$)[^\s.]{1,60}$/u, 'a column name without spaces and dots');

const oaiStream = z.strictObject({
  metadataPrefix: z
    .string()
    .regex(/^[A-Za-z0-9\-_.!~*'()]+$/)
    .default('oai_dc')
    .describe('format of the metadata'),
  set: z.string().max(200).optional().describe('only records of this set'),
  columns: z
    .record(column, z.string().regex(/^[^\s]+$/, 'an element of the metadata, such as title or creator'))
    .refine((columns) => Object.keys(columns).length > 0, 'at least one column')
    .describe('column: element of the metadata; repeated ones are joined'),
  separator: z.string().min(1).max(5).default('; ').describe('between repeated elements'),
  overlapSeconds: z.number().int().min(0).max(604_800).default(60).describe('harvest again what is a little older'),
  fullText: z
    .strictObject({
      column,
      from: z.string().min(1).describe('element with the address of the text'),
      maxBytes: z
        .number()
        .int()
        .min(1_024)
        .max(512 * 1024)
        .default(256 * 1024)
        .describe('the rest is cut off'),
    })
    .optional()
    .describe('fetch the text of each record; its host must be agreed'),
});
export type OaiStream = z.infer<typeof oaiStream>;

export const oaiConfig = z.strictObject({
  connection: z.strictObject(httpConnection),
  streams: z.record(z.string(), oaiStream),
});
export type OaiConfig = z.infer<typeof oaiConfig>;
