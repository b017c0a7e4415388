import { z } from 'zod';
import type { JsonValue } from './kernel/context.ts';

/* What a base, an attribute and a rule are: descriptions as data, in the words that every part of the hub shares. */

/** Every base of the hub. What each of them is, its definition says (`pipelines/bases.ts`). */
export const BASE_NAMES = ['population', 'legal-entity', 'spatial', 'macroeconomic'] as const;
export type BaseName = (typeof BASE_NAMES)[number];

const bilingualShape = z.object({ zh: z.string(), en: z.string() });
export type Bilingual = Readonly<z.infer<typeof bilingualShape>>;

const ATTRIBUTE_TYPES = [
  ...(['text', 'code', 'date', 'decimal', 'integer', 'boolean', 'region', 'identifier'] as const),
  /** WKB in base64, CGCS2000 (EPSG:4490), longitude before latitude. */
  'geometry',
] as const;
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];

export const attributeShape = z.object({
  type: z.enum(ATTRIBUTE_TYPES),
  ...bilingualShape.shape,
  sensitivity: z
    .literal([1, 2, 3])
    .describe('3 = identity numbers and the like, 2 = personal; both are masked until somebody is granted them'),
});
export interface AttributeDescription extends Readonly<z.infer<typeof attributeShape>> {
  /** What people call a value of it: 男 for 1. */
  readonly named?: ((value: string) => string | null) | undefined;
  /** Whether a value is a number of a person though the attribute is none: the tax number of somebody in business may be. */
  readonly isPersonal?: ((value: string) => boolean) | undefined;
}

/** F: not loaded, kept in quarantine. E: loaded, but the attribute may not become golden. W, I: shown and counted. */
const SEVERITIES = ['F', 'E', 'W', 'I'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const ruleShape = z.object({
  id: z.string(),
  severity: z.enum(SEVERITIES),
  attribute: z.string().nullable().describe('null when it is about the whole record'),
  title: z.string(),
  zh: z.string().describe('title in Chinese'),
});
export interface RuleDescription extends Readonly<z.infer<typeof ruleShape>> {
  /** What it rests on; one text where it is the same in both languages, such as the number of a standard. */
  readonly basis: Bilingual | string;
}

/** What the rule rests on, in both languages. */
export const basisOf = ({ basis }: Pick<RuleDescription, 'basis'>): Bilingual =>
  typeof basis === 'string' ? { zh: basis, en: basis } : basis;

export interface BaseDescription {
  readonly name: string;
  /** PostgreSQL schema; rows are published through `<schema>.feed_*`. */
  readonly schema: string;
  readonly title: Bilingual;
  /** Of the ids that people see: P in `P0000004218`. */
  readonly entityPrefix: string;
  readonly attributes: Readonly<Record<string, AttributeDescription>>;
  readonly rules: readonly RuleDescription[];
  /** Its entities are people: keys and places of their rows, and whether somebody bears a number, are nobody else's business. */
  readonly people?: true;
  /** Every scheme of identifiers that links records, strongest first. */
  readonly linkSchemes: readonly string[];
}

/** A moment at which a base is asked for what it would have answered then. Times of ISO 8601. */
export interface PastMoment {
  /** What the hub knew then: versions recorded later are left out. */
  readonly knownAt?: string | undefined;
  /** What held in the world then, as the sources told it: versions observed later are left out. */
  readonly validAt?: string | undefined;
}

export interface PastValues {
  readonly attributes: Readonly<Record<string, JsonValue>>;
  /** Attributes on which trusted values differed. */
  readonly conflicts: readonly string[];
  readonly sources: number;
}
