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

/** Response schemas with the failures that any route may answer. */
export const answers = (ok: z.ZodType, ...failures: readonly number[]): Record<number, unknown> => ({
  200: jsonSchema(ok),
  ...Object.fromEntries([...failures, 500, 503].map((status) => [status, jsonSchema(failureSchema)])),
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

/** A moment of the past that is asked for. */
export const momentSchema = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/, 'YYYY-MM-DD or a time of ISO 8601')
  .optional();

export const bilingualSchema = z.object({ zh: z.string(), en: z.string() });
