import type { ClientBase } from 'pg';
import type { RawRecord } from '../schemas/stream.ts';
import type { Matching } from './matching.ts';
import type { CodeList } from './standards/codes.ts';

/** F: not loaded, kept in quarantine. E: loaded, but the attribute may not become golden. W, I: shown and counted. */
export type Severity = 'F' | 'E' | 'W' | 'I';

/** What a conversion or rule found. `attribute` is null when the finding is about the whole record. */
export interface Issue {
  /** Rule id of the catalogue (`P02`, `L05`) or a conversion's own code (`C-unknown-code`). */
  readonly rule: string;
  readonly severity: Severity;
  readonly attribute: string | null;
  /** English, one line, without the whole identity number. */
  readonly message: string;
}

export type AttributeValue = string | number | boolean | null;
/** Normalised attributes by camelCase name. Dates are `YYYY-MM-DD`, decimals exact text, codes as the standard writes them. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Where a record came from; kept with every source record and shown by `why`. */
export interface Provenance {
  readonly system: string;
  readonly stream: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A raw record after mapping, before linking. */
export interface NormalRecord {
  readonly attributes: Attributes;
  readonly issues: readonly Issue[];
}

/** Compiled once for each stream and reused for every record: pure and synchronous. */
export type Normalize = (record: RawRecord) => NormalRecord;

/** One fact of a row that holds several, such as the month and the year to date: a source record under `key#name`. */
export interface Part {
  readonly name: string;
  readonly normalize: Normalize;
}

/** What becomes of a row: one record, or one a part. */
export type Normalizer = Normalize | readonly Part[];

export const partsOf = (normalizer: Normalizer): readonly Part[] =>
  typeof normalizer === 'function' ? [{ name: '', normalize: normalizer }] : normalizer;

/** The key of a part's record. */
export const partKey = (key: string, part: string): string => (part === '' ? key : `${key}#${part}`);

/** A value that makes two records the same entity when it is equal, strongest scheme first. */
export interface LinkKey {
  readonly scheme: string;
  readonly value: string;
}

export type AttributeType =
  | 'text'
  | 'code'
  | 'date'
  | 'decimal'
  | 'integer'
  | 'boolean'
  | 'region'
  | 'identifier'
  /** WKB in base64, CGCS2000 (EPSG:4490), longitude before latitude. */
  | 'geometry';

/** One attribute of a base. Declared once: tables, directory items, survivorship and docs derive from it. */
export interface AttributeSpec {
  readonly type: AttributeType;
  readonly zh: string;
  readonly en: string;
  /** 3 = identity numbers and the like: masked unless granted. */
  readonly sensitivity: 1 | 2 | 3;
  /** Kinds of authority, best first; a system's `authority` is looked up here. Others rank after all named ones. */
  readonly authority: readonly string[];
  /** What its codes are called; regions have their names anyway. */
  readonly codes?: Pick<CodeList, 'name'>;
  /** Says something about another attribute: its value is taken from the record that won that one. */
  readonly follows?: string;
}

export interface RuleContext {
  /** Today in the province, `YYYY-MM-DD`. */
  readonly today: string;
  /** Unified social credit code of the department that owns the system: never the identifier of a record's subject. */
  readonly ownerCode?: string;
}

/**
 * Who decides a rule. record: its own `check`, from one record's attributes. conversion: the conversion that reads the
 * raw value and reports the rule's id. linkage: comparison of records, bases or relations. search: counts over many records.
 */
export type DecidedBy = 'record' | 'conversion' | 'linkage' | 'search';

/** What a check found on an attribute other than, or more than, the one its rule is about. */
export interface Finding {
  readonly attribute: string;
  readonly message: string;
}

/** A quality rule as data. `check` is pure: null = holds (or does not apply), otherwise what is wrong. */
export interface Rule {
  readonly id: string;
  readonly version: number;
  readonly attribute: string | null;
  readonly severity: Severity;
  readonly title: string;
  /** The title in Chinese. */
  readonly zh: string;
  readonly basis: string;
  /** `record` when absent. */
  readonly decidedBy?: DecidedBy;
  /** Attributes the check relies on: it is not asked while one of them already carries an issue of severity E or F. */
  readonly needs?: readonly string[];
  /** Present exactly when the record decides. */
  readonly check?: (attributes: Attributes, context: RuleContext) => string | readonly Finding[] | null;
}

/** What a rule over many records found. `subject` stays the same from run to run while the finding is there. */
export interface SearchFinding {
  readonly subject: string;
  /** English, one line, without a whole identity number; so is the subject. */
  readonly message: string;
  /** The entity that it is about; null when it is about none or several. */
  readonly entityId: number | null;
  /** The system whose records are to be mended; null when nobody can say. */
  readonly system: string | null;
}

/**
 * A rule over many records of one base: a statement that gives the columns subject, message, entity_id (bigint) and system
 * (text) in this order, or, where SQL cannot say it, a search that streams what it finds over a connection of its own. What
 * it yields is written over the same connection: it must have no statement under way then, so it reads by cursor and FETCH.
 */
export type SearchRule =
  | ((schema: string) => string)
  | { find(client: ClientBase, schema: string, context: RuleContext): AsyncIterable<SearchFinding> };

/** Two records that share a key are still not the same entity when a veto says so. */
export interface Veto {
  readonly id: string;
  readonly title: string;
  /** The title in Chinese. */
  readonly zh: string;
  readonly applies: (a: Attributes, b: Attributes) => boolean;
}

/** A source record as a batch leaves it. */
export interface StoredRecord {
  readonly recordId: number;
  readonly deleted: boolean;
  /** Empty when deleted. */
  readonly attributes: Attributes;
  /** Milliseconds since 1970. */
  readonly observedAt: number;
}

/**
 * Tables of a base beside the kernel's, made from its source records and kept in the same transaction. They hold record
 * ids and never entity ids: a record may move to another entity without a word here.
 */
export interface Projection {
  /** Each record once; what was stored of it before is replaced. Rolled back with the batch. */
  apply(client: ClientBase, schema: string, records: readonly StoredRecord[]): Promise<void>;
}

export const BASE_NAMES = ['population', 'legal-entity', 'spatial', 'macroeconomic'] as const;
export type BaseName = (typeof BASE_NAMES)[number];

/**
 * Everything that makes a base what it is. The engine (run-batch, store, link, survive) is the same for all bases.
 * A record without keys becomes an entity of its own.
 */
export interface BaseDefinition {
  readonly name: BaseName;
  /** PostgreSQL schema. */
  readonly schema: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly entityPrefix: string;
  readonly attributes: Readonly<Record<string, AttributeSpec>>;
  readonly rules: readonly Rule[];
  readonly vetoes: readonly Veto[];
  /** Every scheme that `linkKeys` can give, strongest first. */
  readonly linkSchemes: readonly string[];
  /** Keys strongest first. Only values that passed their rules: an invalid identifier links nothing. */
  readonly linkKeys: (attributes: Attributes, issues: readonly Issue[]) => readonly LinkKey[];
  readonly projection?: Projection;
  /** Rules that compare many records, by id. */
  readonly searches?: Readonly<Record<string, SearchRule>>;
  /** False where feeds publish source records and not survivors: what a steward says there would not be seen. */
  readonly overridable?: boolean;
  /** How records are compared that share no key; without it they never are. */
  readonly matching?: Matching;
}

/** Outcome counts of a batch: read = inserted + updated + unchanged + stale + rejected. */
export interface BatchResult {
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly stale: number;
  readonly rejected: number;
}
