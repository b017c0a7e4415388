import { z } from 'zod';
import { httpConnection } from '../http/config.ts';
import { replyOptions } from '../paged/reply.ts';

const xmlName = z.string().regex(/^[\p{L}_][\p{L}\p{N}._-]{0,80}$/u, 'an XML name without a prefix');
const path = z
  .string()
  .max(300)
  .regex(/^[^.\s]+(\.[^.\s]+)*$/u, 'names joined by dots, such as return.list.item');
const column = z.string().regex(/^(?!__proto__$)[^\s.]{1,60}$/u, 'a column name without spaces and dots');

const soapStream = z
  .strictObject({
    path: z
      .string()
      .regex(/^[^\s?#]*$/, 'without parameters')
      .default('')
      .describe('added to connection.url'),
    operation: xmlName.describe('element of the request, in the namespace of the connection'),
    action: z
      .string()
      .max(300)
      .regex(/^[^"\r\n]*$/)
      .default('')
      .describe('SOAPAction'),
    parameters: z
      .record(xmlName, z.string())
      .default({})
      .describe('elements of the request in order; {page}, {size}, {since} are put in'),
    result: path.optional().describe('element of the response that holds the result, below the response element'),
    embedded: z.enum(['none', 'xml', 'json']).default('none').describe('the result is a text that holds XML or JSON'),
    records: path.describe('where the records are in the result'),
    total: path.optional().describe('where the result says how many records there are'),
    ...replyOptions,
    key: z.array(column).min(1).describe('columns that identify a record'),
    columns: z
      .record(column, path)
      .refine((columns) => Object.keys(columns).length > 0, 'at least one column')
      .describe('column: path in a record; attributes are @name'),
    pageSize: z.number().int().min(1).max(5_000).default(100),
    firstPage: z.number().int().min(0).max(1).default(1),
    since: z
      .strictObject({ column, overlapSeconds: z.number().int().min(0).max(86_400).default(60) })
      .optional()
      .describe('{since} asks for what changed from there on; empty at the first read'),
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
    const texts = Object.values(stream.parameters).join(' ');
    if (stream.since !== undefined && !texts.includes('{since}'))
      context.addIssue({
        code: 'custom',
        path: ['parameters'],
        message: 'since is set and no parameter holds {since}',
      });
  });
export type SoapStream = z.infer<typeof soapStream>;

export const soapConfig = z.strictObject({
  connection: z.strictObject({
    ...httpConnection,
    namespace: z
      .string()
      .min(1)
      .max(300)
      .regex(/^[^\s"<>]+$/)
      .describe('target namespace of the service'),
    version: z.enum(['1.1', '1.2']).default('1.1').describe('SOAP version'),
    security: z
      .strictObject({ user: z.string().min(1), password: z.string().min(1), digest: z.boolean().default(true) })
      .optional()
      .describe('WS-Security UsernameToken'),
    wsdl: z.boolean().default(true).describe('`hub check` looks for the operations in url?wsdl'),
  }),
  streams: z.record(z.string(), soapStream),
});
export type SoapConfig = z.infer<typeof soapConfig>;
