import { z } from 'zod';
import { httpConnection } from '../http/config.ts';
import { replyOptions } from '../paged/reply.ts';

const path = z
  .string()
  .max(300)
  .regex(/^[^.\s]+(\.[^.\s]+)*$/u, 'names joined by dots, such as data.list');
const parameter = z.string().regex(/^[\w.$:[\]-]{1,60}$/, 'a parameter name');
const column = z.string().regex(/^(?!__proto__$)[^\s.]{1,60}$/u, 'a column name without spaces and dots');
const size = z.number().int().min(1).max(10_000).default(200);
const total = path
  .optional()
  .describe('where the reply says how many records there are; a list that ends before, or shrinks, is read again');

const paging = z.discriminatedUnion('style', [
  z.strictObject({ style: z.literal('none') }),
  z
    .strictObject({
      style: z.literal('page'),
      parameter: parameter.default('page'),
      first: z.number().int().min(0).max(1).default(1),
      sizeParameter: parameter.default('size'),
      size,
      total,
    })
    .describe('?page=2&size=200'),
  z
    .strictObject({
      style: z.literal('offset'),
      parameter: parameter.default('offset'),
      sizeParameter: parameter.default('limit'),
      size,
      total,
    })
    .describe('?offset=200&limit=200'),
  z
    .strictObject({
      style: z.literal('cursor'),
      parameter: parameter.default('cursor'),
      next: path.describe('where the reply says what to ask next; missing, null or empty at the end'),
      sizeParameter: parameter.optional(),
      size,
      total,
    })
    .describe('?cursor=abc'),
  z
    .strictObject({ style: z.literal('link'), sizeParameter: parameter.optional(), size, total })
    .describe('a Link header with rel="next" (RFC 8288)'),
]);

const restStream = z
  .strictObject({
    path: z
      .string()
      .regex(/^[^\s?#]*$/, 'without parameters')
      .default('')
      .describe('added to connection.url'),
    query: z.record(parameter, z.string()).default({}).describe('parameters of every request'),
    format: z.enum(['json', 'xml']).default('json').describe('of the replies'),
    records: path.optional().describe('where the array of records is; without it the reply is the array'),
    ...replyOptions,
    key: z.array(column).min(1).describe('columns that identify a record'),
    columns: z
      .record(column, path)
      .refine((columns) => Object.keys(columns).length > 0, 'at least one column')
      .describe('column: path in a record; in XML attributes are @name'),
    paging: paging.default({ style: 'none' }).describe('none, page, offset, cursor or link'),
    since: z
      .strictObject({
        column: column.describe('column with the time or number of change, whose text sorts'),
        parameter: parameter.describe('parameter that asks for what changed from there on'),
        overlapSeconds: z.number().int().min(0).max(86_400).default(60).describe('read again what is a little older'),
      })
      .optional()
      .describe('read only what changed; without it everything is read each time'),
    observedAt: column.optional().describe('column with the time at which it was so, with time zone'),
  })
  .superRefine((stream, context) => {
    const named = [...stream.key, ...[stream.since?.column, stream.observedAt].filter((one) => one !== undefined)];
    for (const name of named)
      if (!Object.hasOwn(stream.columns, name))
        context.addIssue({
          code: 'custom',
          message: `${name} is not among columns: ${Object.keys(stream.columns).join(', ')}`,
        });
  });
export type RestStream = z.infer<typeof restStream>;

export const restConfig = z.strictObject({
  connection: z.strictObject(httpConnection),
  streams: z.record(z.string(), restStream),
});
export type RestConfig = z.infer<typeof restConfig>;
