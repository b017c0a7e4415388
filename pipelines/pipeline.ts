import type { ClientBase } from 'pg';
import type { AttributeDescription, BaseDescription, BaseName, RuleDescription } from '../schemas/base.ts';
import type { Matching } from './matching.ts';
import type { Attributes, Issue, LinkKey, NormalRecord, StoredRecord } from './record.ts';

/** One attribute of a base. Declared once: tables, directory items, survivorship and docs derive from it. */
export interface AttributeSpec extends AttributeDescription {
  /** Kinds of authority, best first; a system's `authority` is looked up here. Others rank after all named ones. */
  readonly authority: readonly string[];
  /** Says something about another attribute: its value is taken from the record that won that one. */
  readonly follows?: string;
  /** The conversion that a value given for the whole stream (`is`) goes through; where absent, that of the attribute's type. */
  readonly reads?: string;
}

/**
 * What a steward is told of many records of one stream, beside the issues of each: what will not be published, and what they
 * look like together. Memory is bounded.
 */
export interface Notices {
  add(record: NormalRecord): void;
  /** English sentences with counts and examples; none when all is well. */
  end(): readonly string[];
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
export interface Rule extends RuleDescription {
  readonly version: number;
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
  /** About these two alone: what a match joins to one record of an entity may be unlike another record of it. */
  readonly ofPairs?: true;
  readonly applies: (a: Attributes, b: Attributes) => boolean;
}

/**
 * Tables of a base beside the kernel's, made from its source records and kept in the same transaction. They hold record
 * ids and never entity ids: a record may move to another entity without a word here.
 */
export interface Projection {
  /** Each record once; what was stored of it before is replaced. Rolled back with the batch. */
  apply(client: ClientBase, schema: string, records: readonly StoredRecord[]): Promise<void>;
}

/**
 * Everything that makes a base what it is. The engine is the same for all bases.
 * A record without keys becomes an entity of its own.
 */
export interface BaseDefinition extends BaseDescription {
  readonly name: BaseName;
  readonly attributes: Readonly<Record<string, AttributeSpec>>;
  readonly rules: readonly Rule[];
  readonly vetoes: readonly Veto[];
  /** Keys strongest first. Only values that passed their rules: an invalid identifier links nothing. */
  readonly linkKeys: (attributes: Attributes, issues: readonly Issue[]) => readonly LinkKey[];
  readonly projection?: Projection;
  /** Rules that compare many records, by id. */
  readonly searches?: Readonly<Record<string, SearchRule>>;
  /** False where feeds publish source records and not survivors: what a steward says there would not be seen. */
  readonly overridable?: boolean;
  /** How records are compared that share no key; without it they never are. */
  readonly matching?: Matching;
  /** Attributes that every mapping has to fill: without them nobody finds the record. */
  readonly needs?: readonly string[];
  /** What is told of the records of a stream together, at check, preview and run; without it the flaws of `notices.ts`. */
  readonly notices?: () => Notices;
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
