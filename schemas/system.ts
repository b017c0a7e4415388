import { z } from 'zod';
import { BASE_NAMES } from './base.ts';

const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,40}$/, 'lower-case letters, digits and hyphens, 2 to 41 characters')
  .refine((name) => !(name in Object.prototype), 'a name that every object has by itself cannot be used');
const bilingual = z.object({ zh: z.string().min(1), en: z.string().min(1) });

/** One target attribute of a base: which columns it comes from and which named conversion makes it. */
const convertedEntry = z.strictObject({
  from: z.union([z.string(), z.array(z.string())]).describe('source column, or several for conversions that take more'),
  as: z.string().describe('a named conversion such as citizen-number, uscc, chinese-date, amount(万元)'),
  at: z.string().optional().describe('attribute whose date decides which edition of a code list is used'),
  is: z
    .string()
    .optional()
    .describe(
      'a value of the whole stream instead of a column; read like text of a column, by `as` or by the attribute',
    ),
});
/** `{ is: X }` is a value that no column has but the whole stream; with `as` it is read by that conversion. */
const mappingEntry = z.preprocess((entry) => {
  if (typeof entry !== 'object' || entry === null || !('is' in entry)) return entry;
  const { is, ...rest } = entry;
  return 'as' in rest ? { ...rest, from: [], is: String(is) } : { ...rest, from: [], as: `constant(${String(is)})` };
}, convertedEntry);
export type MappingEntry = z.infer<typeof mappingEntry>;

export const SHARING = ['unconditional', 'conditional', 'none'] as const;
export const UPDATE_CYCLES = ['realtime', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly', 'irregular'] as const;

type UpdateCycle = (typeof UPDATE_CYCLES)[number];

const CYCLE_DAYS: Readonly<Record<Exclude<UpdateCycle, 'irregular'>, number>> = {
  ...{ realtime: 1, daily: 1, weekly: 7, monthly: 31, quarterly: 92, yearly: 366 },
};

/** Whole days of an update cycle; null where nothing is promised. */
export const cycleDaysOf = (cycle: UpdateCycle | undefined): number | null =>
  cycle === undefined || cycle === 'irregular' ? null : CYCLE_DAYS[cycle];

/** The directory entry (政务信息资源目录) of a stream; elements follow the 2017 compilation guide. */
const resourceEntry = z.strictObject({
  code: z
    .string()
    .regex(/^[1-3]\d{2}\d{3}\d*\/\d+$/, 'class(1) item(2) category(3) detail / sequence, such as 307001/12'),
  title: z.string().min(1).describe('信息资源名称'),
  abstract: z.string().min(1).describe('信息资源摘要'),
  sharing: z.enum(SHARING).describe('共享类型'),
  sharingCondition: z.string().optional().describe('共享条件; must cite the basis when sharing is none'),
  open: z.boolean().default(false).describe('是否向社会开放'),
  updateCycle: z.enum(UPDATE_CYCLES).describe('更新周期'),
  keywords: z.array(z.string()).default([]),
  items: z.record(z.string(), z.string()).default({}).describe('信息项: column to Chinese item name'),
});

const streamEntry = z.strictObject({
  title: z.string().min(1),
  source: z
    .record(z.string(), z.unknown())
    .describe('how the connector finds the stream; each connector documents its own fields'),
  base: z.enum(BASE_NAMES).optional().describe('the base database that the stream feeds'),
  mapping: z.record(z.string(), mappingEntry).default({}),
  records: z
    .record(identifier, z.record(z.string(), mappingEntry))
    .optional()
    .describe('when a row holds several facts: one record each, with these attributes over those of `mapping`'),
  keepDays: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('days that a row stays in the log; absent: as `keepRawDays` of the settings says'),
  detectDeletes: z
    .boolean()
    .optional()
    .describe(
      'true: rows that are gone from the source are deleted; false: they stay; absent: they stay, and a run that reads everything says how many they are',
    ),
  resource: resourceEntry.optional(),
});
export type StreamEntry = z.infer<typeof streamEntry>;

/** A system file: one department system, its connection, streams, mapping, schedule and directory entries. */
export const systemFile = z.strictObject({
  system: identifier,
  title: bilingual,
  owner: z.strictObject({ name: z.string().min(1), uscc: z.string().length(18) }),
  authority: z
    .string()
    .describe('the kind of authority, which survivorship refers to, such as public-security or market-regulation'),
  connector: z.string(),
  connection: z.record(z.string(), z.unknown()).describe('connector settings; ${NAME} is read from the environment'),
  schedule: z
    .string()
    .optional()
    .describe('cron expression, five or six fields, Asia/Shanghai; or `continuous` where the source tells of news'),
  limits: z
    .strictObject({
      rowsPerSecond: z.number().int().positive().optional(),
      quietHours: z
        .array(z.string().regex(/^\d{2}:\d{2}-\d{2}:\d{2}$/, 'HH:MM-HH:MM'))
        .default([])
        .describe('local hours in which the source is left alone'),
      maxVanishedShare: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .describe('share of known keys that may be missing before deletes are refused; default 0.3, 1 allows all'),
    })
    .default({ quietHours: [] }),
  streams: z.record(identifier, streamEntry),
});
export type SystemFile = z.infer<typeof systemFile>;

export const rawTopic = (system: string, stream: string): string => `raw.${system}.${stream}`;

/** The mapping of each record that a row becomes: one, or one a part. */
export const mappingsOf = ({ mapping, records }: StreamEntry): readonly StreamEntry['mapping'][] =>
  records === undefined ? [mapping] : Object.values(records).map((own) => ({ ...mapping, ...own }));
