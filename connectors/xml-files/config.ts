import { z } from 'zod';
import { fileStreamFields, folderConnection } from '../files/config.ts';
import { encodingName } from '../files/encoding.ts';

const path = z
  .string()
  .max(300)
  .regex(
    /^(\.|@?[^\s/@]+(\/[^\s/@]+)*(\/@[^\s/@]+)?)$/u,
    'element/element/@attribute, without prefixes; . is the text of the record',
  );
const column = z.string().regex(/^(?!__proto__$)\S{1,60}$/u, 'a column name without spaces');

const xmlStream = z
  .strictObject({
    ...fileStreamFields,
    encoding: encodingName
      .optional()
      .describe('absent: what the byte order mark or the declaration says, otherwise utf-8. They must agree'),
    record: z
      .string()
      .regex(/^\/?[^\s/@]+(\/[^\s/@]+)*$/u, 'names joined by slashes')
      .describe('element of a record: its path from the root, such as /documents/document'),
    fields: z
      .record(column, path)
      .refine((fields) => Object.keys(fields).length > 0, 'at least one column')
      .describe('column: path in the record'),
    separator: z.string().min(1).max(5).default('; ').describe('between repeated elements'),
    maxRecordBytes: z
      .number()
      .int()
      .min(256)
      .max(16 * 1024 * 1024)
      .default(1024 * 1024)
      .describe('characters of text in a record, at most'),
  })
  .superRefine((stream, context) => {
    for (const name of stream.key)
      if (!Object.hasOwn(stream.fields, name))
        context.addIssue({
          code: 'custom',
          message: `${name} is not among fields: ${Object.keys(stream.fields).join(', ')}`,
        });
  });
export type XmlStream = z.infer<typeof xmlStream>;

export const xmlFilesConfig = z.strictObject({
  connection: folderConnection,
  streams: z.record(z.string(), xmlStream),
});
export type XmlFilesConfig = z.infer<typeof xmlFilesConfig>;
