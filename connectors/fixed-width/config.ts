import { z } from 'zod';
import { fileStreamFields, folderConnection } from '../files/config.ts';
import { byteEncodingName } from '../files/encoding.ts';

const MOST_RECORD = 64 * 1024;
const place = {
  at: z.number().int().min(1).max(MOST_RECORD).describe('first byte, from 1'),
  length: z.number().int().min(1).max(MOST_RECORD).describe('bytes'),
};
const column = z.strictObject({
  name: z.string().regex(/^(?!__proto__$)\S{1,60}$/u, 'a column name without spaces'),
  ...place,
  decimals: z
    .number()
    .int()
    .min(0)
    .max(18)
    .optional()
    .describe('the digits have an implied point so many places from their end, as 9(13)V99; 0 for whole numbers'),
  form: z
    .enum(['digits', 'zoned', 'packed'])
    .default('digits')
    .describe(
      'of a number. digits: with a sign before or behind; zoned: the last digit carries the sign, as 12C or 12L; packed: two digits a byte and the sign in the last half (COMP-3)',
    ),
});

const prefix = z.string().min(1).max(100);

const fixedWidthStream = z
  .strictObject({
    ...fileStreamFields,
    encoding: byteEncodingName.describe(
      'such as utf-8, gb18030 (also written gbk, gb2312), latin1, big5; never guessed',
    ),
    recordBytes: z.number().int().min(1).max(MOST_RECORD).describe('of a record without its line end'),
    lineEnd: z.enum(['line', 'none']).default('line').describe('line: LF or CR LF ends a record; none: nothing does'),
    shortLines: z
      .enum(['reject', 'pad'])
      .default('reject')
      .describe('pad: blanks at the end of a line were cut off on the way'),
    layout: z.array(column).min(1).describe('columns by their bytes'),
    header: prefix.optional().describe('a first record that begins so is left out'),
    trailer: z
      .strictObject({
        prefix,
        count: z.strictObject(place).optional().describe('where the number of records stands'),
        counts: z.enum(['records', 'all']).default('records').describe('all: header and trailer are counted too'),
      })
      .optional()
      .describe('the last record must begin so; its count must be right'),
  })
  .superRefine((stream, context) => {
    const names = stream.layout.map(({ name }) => name);
    const say = (message: string): void => context.addIssue({ code: 'custom', message });
    for (const name of stream.key) if (!names.includes(name)) say(`${name} is not in the layout: ${names.join(', ')}`);
    if (new Set(names).size !== names.length) say('a column stands twice in the layout');
    for (const { name, decimals, form } of stream.layout) {
      if (form !== 'digits' && decimals === undefined)
        say(`${name} is ${form}: it needs decimals (0 for whole numbers)`);
      if (form === 'packed' && stream.lineEnd === 'line')
        say(`${name} is packed and may hold the byte of a line end: lineEnd: none is needed`);
    }
    for (const { name, at, length } of stream.layout)
      if (at + length - 1 > stream.recordBytes)
        say(`${name} ends at byte ${at + length - 1}, a record has ${stream.recordBytes}`);
  });
export type FixedWidthStream = z.infer<typeof fixedWidthStream>;

export const fixedWidthConfig = z.strictObject({
  connection: folderConnection,
  streams: z.record(z.string(), fixedWidthStream),
});
export type FixedWidthConfig = z.infer<typeof fixedWidthConfig>;
