import type { Pool } from 'pg';
import type { BaseDescription, PastMoment, PastValues, RuleDescription } from '../schemas/base.ts';
import type { Logger } from '../schemas/kernel/context.ts';
import type { Pseudonyms } from '../schemas/masking/pseudonyms.ts';
import type { NamedCode, SeriesDescription } from '../schemas/series.ts';
import type { Access } from './access/access.ts';
import type { CatalogLinkage } from './entities/linkage.ts';
import type { LogFiles } from './proof/stored.ts';

/** A base database as the catalog shows it: described, and read through `<schema>.feed_*`. */
export interface CatalogBase extends BaseDescription {
  readonly pool: Pool;
  /** What stands for keys of rows that are hidden. Without it they are `****`. */
  readonly pseudonyms?: Pseudonyms;
  /** Anybody may ask who bears an identity number. */
  readonly openLookup?: boolean;
  /** What the base would have answered then; null when it knew nothing of the entity. Without it the past cannot be asked for. */
  readonly past?: (entityId: number, moment: PastMoment) => Promise<PastValues | null>;
  /** What holds entities together. Without it nobody can ask. */
  readonly linkage?: CatalogLinkage;
}

export interface Feeds {
  /** Classes of the spatial base. */
  readonly featureClasses: readonly NamedCode[];
  readonly series: SeriesDescription;
}

interface Readiness {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
}

interface PushedDelivery {
  readonly system: string;
  readonly stream: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** Resolves when the delivery is durable. @throws HUB_PUSH_REFUSED, HUB_PUSH_TOO_LARGE, HUB_PUSH_MEDIA, HUB_PUSH_MALFORMED, HUB_PUSH_CONFLICT, HUB_CATALOG_NOT_FOUND, HUB_STORE_UNAVAILABLE */
export type Receive = (delivery: PushedDelivery) => Promise<{ readonly isNew: boolean }>;

export interface CatalogOptions {
  /** Where `hub.feed_*` is read. The catalog writes its own schema `exchange` alone, and never ends a pool. */
  readonly hub: Pool;
  readonly bases: readonly CatalogBase[];
  readonly log: Logger;
  /** Who may call. `null`: whoever reaches it, as for a test or a look on one's own machine. */
  readonly access: Access | null;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly ready: () => Promise<readonly Readiness[]>;
  /** Rules over several bases; what they find is read through `hub.feed_cross_finding`. */
  readonly crossRules?: readonly RuleDescription[] | undefined;
  /** Feeds that everybody may read, by name. */
  readonly openFeeds?: readonly string[] | undefined;
  /** Without it there is no `/feeds`. */
  readonly feeds?: Feeds | undefined;
  /** Takes what systems push. Without it there is no `/hooks`. */
  readonly receive?: Receive | undefined;
  /** The audit log, to be read. Without it there is no `/log`. */
  readonly auditLog?: LogFiles | undefined;
}
