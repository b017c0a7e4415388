import { z } from 'zod';
import { attributeShape, ruleShape } from '../../schemas/base.ts';
import { freshnessSchema, rowsSchema } from './resources.ts';
import { bilingualSchema } from './schema.ts';

const shown = {
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  masked: z.boolean(),
  label: z.string().nullable(),
};

export const baseSchema = z.object({
  name: z.string(),
  title: bilingualSchema,
  entityPrefix: z.string(),
  lookupSchemes: z.array(z.object({ scheme: z.string(), zh: z.string(), en: z.string() })),
  attributes: z.array(z.object({ attribute: z.string(), ...attributeShape.shape })),
  rules: z.array(ruleShape.extend({ basis: z.string() })),
  freshness: freshnessSchema,
  rows: rowsSchema,
});

const attribute = z.object({ attribute: z.string(), zh: z.string(), en: z.string(), type: z.string(), ...shown });

export const entitySchema = z.object({
  base: z.string(),
  id: z.string().describe('of the survivor'),
  requested: z.string(),
  mergedInto: z.string().nullable().describe('the survivor, when the requested id has been merged'),
  splitInto: z.array(z.string()).describe('entities that were split off from it, or from the one asked for'),
  createdAt: z.string(),
  updatedAt: z.string().nullable(),
  sources: z.number().int().describe('streams that hold a record of the entity'),
  conflicts: z.array(z.string()).describe('attributes on which trusted values differ'),
  attributes: z.array(attribute),
});

export const lookupAnswerSchema = z.object({
  base: z.string(),
  scheme: z.string(),
  matches: z.array(entitySchema).describe('several when a veto keeps holders of one identifier apart'),
});

const rule = z.object({ code: z.string(), zh: z.string(), en: z.string() });

export const whySchema = entitySchema.extend({
  reasons: z.array(
    attribute.extend({
      winner: z
        .object({ recordId: z.number().int(), system: z.string().nullable(), stream: z.string().nullable() })
        .nullable()
        .describe('source record that the value comes from'),
      rule: rule.nullable().describe('why that record won'),
      override: z
        .object({
          overrideId: z.number().int(),
          by: z.string(),
          reason: z.string(),
          setAt: z.string(),
          until: z.string().describe('the last day'),
        })
        .nullable()
        .describe('what a steward says in the place of the sources'),
      conflict: z.boolean(),
      others: z.array(
        z.object({
          recordId: z.number().int(),
          system: z.string(),
          stream: z.string(),
          ...shown,
          agrees: z.boolean(),
          trusted: z.boolean(),
        }),
      ),
    }),
  ),
  records: z.array(
    z.object({
      recordId: z.number().int(),
      system: z.string(),
      stream: z.string(),
      authority: z.string(),
      topic: z.string(),
      partition: z.number().int(),
      offset: z.number().int(),
      origin: z.string(),
      sourceKey: z.string(),
      observedAt: z.string(),
      recordedAt: z.string(),
      linkRule: rule,
      deleted: z.boolean(),
      issues: z.array(
        z.object({
          rule: z.string(),
          title: z.string().nullable(),
          zh: z.string().nullable(),
          severity: z.string(),
          attribute: z.string().nullable(),
          message: z.string(),
        }),
      ),
    }),
  ),
  truncated: z.boolean(),
});

const moment = z.string().nullable();
export const systemsSchema = z.object({
  systems: z.array(
    z.object({
      system: z.string(),
      title: bilingualSchema,
      owner: z.object({ name: z.string(), uscc: z.string() }),
      authority: z.string(),
      connector: z.string(),
      schedule: z.string().nullable(),
      enabled: z.boolean(),
      appliedAt: z.string(),
      lastRun: z
        .object({ state: z.string(), requestedAt: z.string(), endedAt: moment, errorCode: z.string().nullable() })
        .nullable(),
      streams: z.array(
        z.object({
          stream: z.string(),
          title: z.string(),
          resource: z.string().describe('id of its directory entry'),
          base: z.string().nullable(),
          state: z.string().nullable(),
          lastReadAt: moment,
        }),
      ),
    }),
  ),
});
