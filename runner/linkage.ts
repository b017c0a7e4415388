import type { Pool } from 'pg';
import type { CatalogLinkage } from '../catalog/linkage.ts';
import { explainEdges } from '../pipelines/engine/match/edges.ts';
import { explainPair } from '../pipelines/engine/match/explain.ts';
import { LARGE, listReview } from '../pipelines/engine/match/review.ts';
import type { BaseDefinition } from '../pipelines/pipeline.ts';

/** What the catalog may ask of the linkage of a base. */
export const linkageOf = (base: BaseDefinition, pool: Pool): CatalogLinkage => ({
  edges: (entityId) => explainEdges(pool, base, entityId),
  explain: (left, right) => explainPair(pool, base, left, right),
  review:
    base.matching === undefined
      ? undefined
      : { large: LARGE, list: (kind, limit) => listReview(pool, base, { kind, limit }) },
});
