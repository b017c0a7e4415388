import { z } from 'zod';
import { REVIEW_KINDS } from '../../schemas/linkage.ts';

const id = z.number().int();
const text = { zh: z.string(), en: z.string() };
const coded = z.object({ code: z.string(), ...text });
const row = z.object({ recordId: id, system: z.string(), stream: z.string(), sourceKey: z.string() });
const rowOfEntity = row.extend({ entity: z.string() });
const bits = z.number().nullable().describe('bits; null for keys and decisions of people');
const shown = z
  .object({ value: z.union([z.string(), z.number(), z.boolean(), z.null()]), masked: z.boolean() })
  .nullable();
const values = z.array(
  z.object({ attribute: z.string(), ...text, left: shown, right: shown, agrees: z.boolean().nullable() }),
);

const eventSchema = z.object({
  kind: z.enum(['merge', 'split', 'move']),
  id: z.string().describe('who goes on, came into being, or was given records'),
  other: z.string().describe('who ended in it, or whose records they were'),
  reason: coded,
  at: z.string(),
});

export const edgesSchema = z.object({
  base: z.string(),
  id: z.string().describe('of the survivor'),
  requested: z.string(),
  mergedInto: z.string().nullable(),
  splitInto: z.array(z.string()),
  edges: z.array(
    z.object({
      ...{ left: row, right: row, by: coded, weight: bits, weakest: z.boolean() },
      bridge: z.boolean().describe('without it the entity falls into two'),
    }),
  ),
  truncated: z.boolean(),
  events: z.array(eventSchema),
});

const decision = z.object({
  ...{ id, kind: z.enum(['confirmed', 'forbidden']), by: z.string(), reason: z.string(), decidedAt: z.string() },
  ...{ secondedBy: z.string().nullable(), waits: z.boolean().describe('for a second person') },
});

export const pairSchema = z.object({
  ...{ base: z.string(), left: rowOfEntity, right: rowOfEntity, together: z.boolean() },
  keys: z.array(coded).describe('kinds of identifiers that both have with the same value'),
  vetoes: z.array(z.object({ id: z.string(), ...text })),
  decision: decision.nullable(),
  choice: z
    .object({ state: z.enum(['auto', 'review']), model: z.string() })
    .nullable()
    .describe('what one of them has chosen, and the model under which'),
  match: z
    .object({
      ...{ model: z.string(), weight: z.number(), link: z.number(), review: z.number(), margin: z.number() },
      asked: z
        .boolean()
        .describe('the fields add up to a link, and agree in too little to link unasked: weight was set just under it'),
      sharedBlocks: id.describe('clues by which they find each other; with none they are never compared'),
      fields: z.array(
        z.object({
          ...{ field: z.string(), ...text, level: id, zhLevel: z.string(), enLevel: z.string() },
          ...{ m: z.number(), u: z.number(), bits: z.number(), total: z.number().describe('running total') },
        }),
      ),
    })
    .nullable(),
  values,
});

export const reviewSchema = z.object({
  base: z.string(),
  items: z.array(
    z.object({
      kind: z.object({ code: z.enum(REVIEW_KINDS), ...text }),
      row: rowOfEntity,
      candidates: z.array(rowOfEntity.extend({ weight: z.number().nullable(), values })),
      records: id.nullable(),
      reasons: z.array(z.object(text)).describe('of two that are kept apart: by what'),
      decision: z.object({ id, by: z.string(), reason: z.string() }).nullable(),
      commands: z.array(z.string()),
    }),
  ),
});
