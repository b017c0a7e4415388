import type { CatalogBase, Feeds } from '../../catalog/options.ts';
import { entityAsOf } from '../../pipelines/engine/reports/as-of.ts';
import { SERIES_DESCRIPTION } from '../../pipelines/macroeconomic/description.ts';
import { FEATURE_CLASSES } from '../../pipelines/spatial/attributes.ts';
import { resolveRegion } from '../../pipelines/standards/regions.ts';
import type { AttributeDescription } from '../../schemas/base.ts';
import type { Hub } from '../compose.ts';
import { linkageOf } from './linkage.ts';

/** What the feeds say of their structure. */
export const FEEDS: Feeds = {
  featureClasses: Object.entries(FEATURE_CLASSES).map(([code, names]) => ({ code, ...names })),
  series: SERIES_DESCRIPTION,
};

const nameOfRegion = (code: string): string | null => resolveRegion(code)?.name ?? null;

const withNames = (
  attributes: Readonly<Record<string, AttributeDescription>>,
): Readonly<Record<string, AttributeDescription>> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, spec]) => [
      name,
      spec.type === 'region' ? { ...spec, named: nameOfRegion } : spec,
    ]),
  );

/** The bases as the catalog knows them. */
export const catalogBases = ({
  bases,
  catalogPools,
  config,
  pseudonyms,
}: Pick<Hub, 'bases' | 'catalogPools' | 'pseudonyms'> & {
  readonly config: { readonly http: Pick<Hub['config']['http'], 'openLookup'> };
}): readonly CatalogBase[] =>
  [...bases.values()].map(({ definition }) => {
    const pool = catalogPools.of(definition.name);
    return {
      ...{ ...definition, attributes: withNames(definition.attributes), pool },
      ...{ openLookup: config.http.openLookup, pseudonyms },
      past: (entityId, moment) => entityAsOf(pool, definition, entityId, moment),
      linkage: linkageOf(definition, pool),
    };
  });
