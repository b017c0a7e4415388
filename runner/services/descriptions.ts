import type { CatalogBase, Feeds, PastMoment } from '../../catalog/options.ts';
import { BASES } from '../../pipelines/bases.ts';
import { entityAsOf } from '../../pipelines/engine/reports/as-of.ts';
import { SERIES_DESCRIPTION } from '../../pipelines/macroeconomic/description.ts';
import type { AttributeSpec } from '../../pipelines/pipeline.ts';
import { FEATURE_CLASSES } from '../../pipelines/spatial/attributes.ts';
import { resolveRegion } from '../../pipelines/standards/regions.ts';
import type { Hub } from '../compose.ts';
import { linkageOf } from './linkage.ts';

/** What the feeds say of their structure. */
export const FEEDS: Feeds = {
  featureClasses: Object.entries(FEATURE_CLASSES).map(([code, names]) => ({ code, ...names })),
  series: SERIES_DESCRIPTION,
};

const namesOf = ({ type, codes }: AttributeSpec): ((value: string) => string | null) | undefined =>
  type === 'region' ? (code) => resolveRegion(code)?.name ?? null : codes?.name;

/** The bases as the catalog knows them. */
export const catalogBases = (hub: Hub): readonly CatalogBase[] =>
  BASES.map((base) => ({
    name: base.name,
    schema: base.schema,
    title: base.title,
    entityPrefix: base.entityPrefix,
    attributes: Object.fromEntries(
      Object.entries(base.attributes).map(([name, spec]) => [name, { ...spec, named: namesOf(spec) }]),
    ),
    linkSchemes: base.linkSchemes,
    rules: base.rules.map(({ id, severity, attribute, title, zh, basis }) => ({
      ...{ id, severity, attribute, title, zh, basis },
    })),
    pool: hub.bases.get(base.name)?.pool ?? hub.pool,
    past: (entityId: number, moment: PastMoment) =>
      entityAsOf(hub.bases.get(base.name)?.pool ?? hub.pool, base, entityId, moment),
    linkage: linkageOf(base, hub.bases.get(base.name)?.pool ?? hub.pool),
  }));
