import type { LinkEdge, LinkPair, ReviewItem, ReviewKind } from '../../schemas/linkage.ts';

/* What a base knows of its linkage, as the catalog is told it: functions over record and entity numbers. */

export interface ReviewQueue {
  /** An entity with more records than this is worth a look. */
  readonly large: number;
  /** What waits for a person, at most so many of each kind. */
  list(kind: ReviewKind | undefined, limit: number): Promise<readonly ReviewItem[]>;
}

export interface CatalogLinkage {
  /** What holds an entity together, the weakest first. */
  edges(entityId: number): Promise<readonly LinkEdge[]>;
  /** Why two rows are, or are not, one entity; each `system/stream key` or the number of a record. @throws HUB_CATALOG_NOT_FOUND */
  explain(left: string, right: string): Promise<LinkPair>;
  /** Absent where records without a common key never match. */
  readonly review?: ReviewQueue | undefined;
}
