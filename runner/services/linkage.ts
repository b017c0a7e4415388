import type { Pool } from 'pg';
import { type Cached, cached } from '../../catalog/cached.ts';
import type { CatalogLinkage } from '../../catalog/entities/linkage.ts';
import { explainEdges } from '../../pipelines/engine/match/edges.ts';
import { explainPair } from '../../pipelines/engine/match/explain.ts';
import { LARGE, listReview } from '../../pipelines/engine/match/review.ts';
import type { BaseDefinition } from '../../pipelines/pipeline.ts';
import { REVIEW_KINDS, type ReviewItem } from '../../schemas/linkage.ts';

/** What is found is kept so long, and longer where it is slow to find: large entities are looked for over a whole base. */
const REVIEW_MAX_AGE_MS = 1_000;
const MOST = 200;

/** What the catalog may ask of the linkage of a base. */
export function linkageOf(base: BaseDefinition, pool: Pool): CatalogLinkage {
  const waiting = new Map<string, Cached<readonly ReviewItem[]>>(
    REVIEW_KINDS.map((kind) => [kind, cached(REVIEW_MAX_AGE_MS, () => listReview(pool, base, { kind, limit: MOST }))]),
  );
  return {
    edges: (entityId) => explainEdges(pool, base, entityId),
    explain: (left, right) => explainPair(pool, base, left, right),
    review: base.matching && {
      large: LARGE,
      async list(kind, limit) {
        const found: ReviewItem[] = [];
        for (const one of kind === undefined ? REVIEW_KINDS : [kind])
          found.push(...((await waiting.get(one)?.get()) ?? []).slice(0, limit));
        return found;
      },
    },
  };
}
