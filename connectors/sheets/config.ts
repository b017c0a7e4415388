import { z } from 'zod';
import { fileStreamFields } from '../files/config.ts';
import { patternText } from '../pattern.ts';

const column = z.string().regex(/^(?!__proto__$)\S.{0,59}$/u, 'a column name');
const names = z.array(column).min(1);
const lookFor = z.string().min(1).max(100);

/** How a table stands on a sheet. Shared by .xlsx and .xls. */
export const sheetFields = {
  ...fileStreamFields,
  sheet: z
    .union([z.string().min(1), z.number().int().min(1)])
    .default(1)
    .describe('name of the sheet, or its number from 1'),
  head: z
    .union([
      z.strictObject({ rows: z.array(z.number().int().min(1).max(200)).min(1).max(5) }),
      z.strictObject({ contains: z.array(lookFor).min(1), rows: z.number().int().min(1).max(5).default(1) }),
    ])
    .describe(
      'rows: numbers of the head rows; or contains: the first row that has these cells, and how many rows the head has',
    ),
  headSeparator: z.string().max(5).default('/').describe('between the rows of a head whose cells are merged'),
  rename: z
    .record(lookFor, column)
    .default({})
    .describe('head as it stands: name of the column; others keep their head'),
  unpivot: z
    .strictObject({
      columns: patternText.describe('regular expression for heads that become rows; a group is what stays of the head'),
      name: column.describe('column that gets the head'),
      value: column.describe('column that gets the value'),
    })
    .optional()
    .describe('a column for each month or county becomes a row for each'),
  title: z
    .strictObject({
      cell: z.string().regex(/^[A-Z]{1,3}[1-9]\d{0,4}$/, 'such as A1'),
      pattern: patternText.describe('regular expression with named groups; each group is a column'),
    })
    .optional()
    .describe('year, unit and the like that only the title says'),
  fillDown: names.optional().describe('columns whose empty cells mean the one above, as in merged cells'),
  stopAt: z
    .array(lookFor)
    .default(['注:', '注：', '备注:', '备注：', '说明:', '说明：', '资料来源', '数据来源'])
    .describe('a first cell that begins so ends the table'),
  textColumns: names.optional().describe('identifiers: a number there that lost digits is rejected'),
  errorCells: z.enum(['reject', 'null']).default('reject').describe('what #N/A, #DIV/0! and their like mean'),
  maxRows: z.number().int().min(1).max(2_000_000).default(1_048_576),
  maxColumns: z.number().int().min(1).max(2_000).default(300),
};
const shape = z.object(sheetFields);
export type SheetStream = z.infer<typeof shape>;
