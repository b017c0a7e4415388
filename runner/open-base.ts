import type { Pool } from 'pg';
import { openBaseCore } from '../pipelines/engine/ingest/core.ts';
import { type Ingestion, openIngestion } from '../pipelines/engine/ingest/ingestion.ts';
import { type LinkModels, openLinkModels } from '../pipelines/engine/match/link-model.ts';
import { openStewardship, type Stewardship } from '../pipelines/engine/steward/stewardship.ts';
import type { BaseDefinition } from '../pipelines/pipeline.ts';

export interface HubBase {
  readonly definition: BaseDefinition;
  readonly pool: Pool;
  readonly ingestion: Ingestion;
  readonly stewardship: Stewardship;
  readonly linkModels: LinkModels;
}

/** The contracts of a base over one core, so that they know the same. */
export function openBase(pool: Pool, definition: BaseDefinition): HubBase {
  const core = openBaseCore(pool, definition);
  return {
    ...{ definition, pool, ingestion: openIngestion(core) },
    ...{ stewardship: openStewardship(core), linkModels: openLinkModels(core) },
  };
}
