import { z } from 'zod';
import { SHARING } from '../../schemas/system.ts';

/** The JSON Schema of a zod object as Fastify and OpenAPI take it. */
export function jsonSchema(type: z.ZodType, io: 'input' | 'output' = 'output'): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(type, { target: 'draft-7', io });
  return schema as Record<string, unknown>;
}
export const inputSchema = (type: z.ZodType): Record<string, unknown> => jsonSchema(type, 'input');

export const failureSchema = z.object({
  code: z.string().describe('stable error code, HUB_…'),
  message: z.string(),
  remedy: z.string().describe('what to do about it'),
  allowed: z
    .union([z.string(), z.array(z.string())])
    .nullable()
    .describe('what would have been right'),
});

/** What a route answers with when all is well; what any may fail with is told of all at once (`docs.ts`). */
export const answers = (ok: z.ZodType): Record<number, unknown> => ({ 200: jsonSchema(ok) });
/** Likewise, of an answer that is not JSON. */
export const answersWith = (...types: readonly string[]): Record<number, unknown> => ({
  200: { content: Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }])) },
});

export const resourceQuerySchema = z.strictObject({
  q: z
    .string()
    .max(100)
    .optional()
    .describe('words, all of which must occur: Chinese text, pinyin, pinyin initials, English or code'),
  base: z.string().max(40).optional().describe('name of a base database'),
  owner: z.string().max(100).optional().describe('name or unified social credit code of the providing department'),
  sharing: z.enum(SHARING).optional().describe('共享类型'),
  limit: z.number().int().min(1).max(200).default(20),
  offset: z.number().int().min(0).max(100_000).default(0),
});

/** Every page speaks two languages. */
export const langQuery = z.strictObject({ lang: z.enum(['zh', 'en']).optional() });

/** A day of the calendar; the years before 1 are none of PostgreSQL's. */
const DAY = `(?!0000)${z.core.regexes.date.source.slice(1, -1)}`;
const MINUTES = '(?:[01]\\d|2[0-3]):[0-5]\\d';
/** What a moment means where a reader leaves something out; part of every description of one. */
export const MOMENT_MEANS =
  'A day means its end in the province (Asia/Shanghai), a time without a zone is the time there 日期指该日结束时(北京时间)';
const HAS_ZONE = /(?:Z|[+-]\d{2}:\d{2})$/;
/** The moment that `momentSchema` let pass, in full: `2026-11-27` is all of that day in the province. */
export function momentOf<T extends string | undefined>(asked: T): T {
  if (asked === undefined) return asked;
  if (asked.length === 10) return `${asked}T23:59:59.999999+08:00` as T;
  return (HAS_ZONE.test(asked) ? asked : `${asked}+08:00`) as T;
}

/** A moment of the past that is asked for; `momentOf` says which. */
export const momentSchema = z
  .string()
  .regex(
    new RegExp(`^${DAY}(?:T${MINUTES}(?::[0-5]\\d(?:\\.\\d{1,9})?)?(?:Z|[+-](?:0\\d|1[0-4]):[0-5]\\d)?)?$`),
    'YYYY-MM-DD or a time of ISO 8601',
  )
  .optional();

export const bilingualSchema = z.object({ zh: z.string(), en: z.string() });
