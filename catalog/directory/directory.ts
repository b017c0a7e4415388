import { HubError } from '../../schemas/kernel/errors.ts';
import { admit, may, type Principal } from '../access/principal.ts';
import { cached } from '../cached.ts';
import type { CatalogBase, CatalogOptions } from '../options.ts';
import { type DirectoryEntry, directoryEntries, type Sharing } from './entry.ts';
import { baseState, type StreamState, streamState } from './freshness.ts';
import { feedColumns, feedRows, feedStreams, feedSystems, feedTopics, feedVersion } from './hub-views.ts';
import { createSearchIndex, type SearchIndex } from './search.ts';

export interface ResourceQuery {
  readonly q?: string | undefined;
  readonly base?: string | undefined;
  /** Name of the providing department, or its unified social credit code. */
  readonly owner?: string | undefined;
  readonly sharing?: Sharing | undefined;
  readonly limit: number;
  readonly offset: number;
}

export type Resource = DirectoryEntry & StreamState;

/** How many entries a filter value would leave, all other filters kept. */
export interface Facet {
  readonly value: string;
  readonly count: number;
}

export interface ResourcePage {
  readonly total: number;
  readonly resources: readonly Resource[];
  readonly facets: {
    readonly base: readonly Facet[];
    readonly owner: readonly Facet[];
    readonly sharing: readonly Facet[];
  };
}

export interface Directory {
  list(query: ResourceQuery, reader: Principal): Promise<ResourcePage>;
  /** @throws HUB_CATALOG_NOT_FOUND, HUB_ACCESS_SIGN_IN for an entry that is not public */
  show(id: string, reader: Principal): Promise<Resource>;
  /** Entries of all streams, without their changing state. */
  entries(): Promise<readonly DirectoryEntry[]>;
}

const VERSION_MAX_AGE_MS = 2_000;
const STATE_MAX_AGE_MS = 5_000;
const COUNT_MAX_AGE_MS = 30_000;

type Filters = Readonly<Record<'base' | 'owner' | 'sharing', (entry: DirectoryEntry) => boolean>>;

export function createDirectory({ hub, bases }: Pick<CatalogOptions, 'hub' | 'bases'>): Directory {
  let built: { readonly version: string; readonly index: SearchIndex } | null = null;
  const current = cached(VERSION_MAX_AGE_MS, async (): Promise<SearchIndex> => {
    const version = await feedVersion(hub);
    if (built?.version === version) return built.index;
    const [systems, columns] = await Promise.all([feedSystems(hub), feedColumns(hub)]);
    const index = createSearchIndex(directoryEntries(systems, columns, bases), built?.index);
    built = { version, index };
    return index;
  });
  const streams = cached(STATE_MAX_AGE_MS, async () => {
    const rows = await feedStreams(hub);
    return new Map(rows.map((row) => [`${row.system}/${row.stream}`, row]));
  });
  const topics = new Map(bases.map((base) => [base.name, cached(STATE_MAX_AGE_MS, () => topicsOf(base))]));
  const entities = new Map(bases.map((base) => [base.name, cached(COUNT_MAX_AGE_MS, () => countEntities(base))]));

  async function stateOf(entry: DirectoryEntry, index: SearchIndex): Promise<StreamState> {
    if (entry.kind === 'base') {
      const feeding = index.entries.filter(({ kind, base }) => kind === 'stream' && base === entry.base);
      const states = await Promise.all(feeding.map((one) => stateOf(one, index)));
      return baseState(states, (await entities.get(entry.base ?? '')?.get()) ?? null);
    }
    const known = await streams.get();
    const taken = entry.base === null ? undefined : await topics.get(entry.base)?.get();
    const stream = known.get(`${entry.system?.name}/${entry.stream}`);
    return streamState(entry, stream, taken?.get(entry.topic ?? ''), Date.now());
  }
  const withState = async (entry: DirectoryEntry, index: SearchIndex): Promise<Resource> => ({
    ...entry,
    ...(await stateOf(entry, index)),
  });

  return {
    async list(query, reader) {
      const index = await current.get();
      const matching = index.find(query.q ?? '').filter((entry) => isPublic(entry) || may(reader, 'directory.read'));
      const filters = filtersOf(query);
      const found = matching.filter((entry) => Object.values(filters).every((holds) => holds(entry)));
      const page = found.slice(query.offset, query.offset + query.limit);
      return {
        total: found.length,
        resources: await Promise.all(page.map((entry) => withState(entry, index))),
        facets: {
          base: facet(matching, filters, 'base', ({ base }) => base),
          owner: facet(matching, filters, 'owner', ({ provider }) => provider?.name ?? null),
          sharing: facet(matching, filters, 'sharing', ({ sharing }) => sharing),
        },
      };
    },
    async show(id, reader) {
      const index = await current.get();
      const entry = index.byId.get(id);
      if (entry === undefined)
        throw new HubError('HUB_CATALOG_NOT_FOUND', 'The directory has no resource with this id', {
          zh: '目录中没有此编号的资源',
          allowed: 'an id listed by GET /api/resources',
        });
      if (!isPublic(entry)) admit(reader, 'directory.read');
      return await withState(entry, index);
    },
    entries: async () => (await current.get()).entries,
  };
}

/** Everybody may know of the four bases, and of what is open to society (向社会开放). */
const isPublic = ({ kind, open }: DirectoryEntry): boolean => kind === 'base' || open;

const filtersOf = ({ base, owner, sharing }: ResourceQuery): Filters => ({
  base: (entry) => base === undefined || entry.base === base,
  owner: ({ provider }) => owner === undefined || provider?.name === owner || provider?.uscc === owner,
  sharing: (entry) => sharing === undefined || entry.sharing === sharing,
});

function facet(
  entries: readonly DirectoryEntry[],
  filters: Filters,
  own: keyof Filters,
  pick: (entry: DirectoryEntry) => string | null,
): readonly Facet[] {
  const counts = new Map<string, number>();
  for (const entry of entries) {
    const value = pick(entry);
    if (value === null) continue;
    const others = (Object.keys(filters) as (keyof Filters)[]).filter((name) => name !== own);
    if (others.every((name) => filters[name](entry))) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

const topicsOf = async (base: CatalogBase) => new Map((await feedTopics(base)).map((topic) => [topic.topic, topic]));

async function countEntities({ pool, schema, name }: CatalogBase): Promise<number> {
  const rows = await feedRows<{ entities: number }>(
    pool,
    `the size of ${name}`,
    `SELECT count(*)::float8 AS entities FROM ${schema}.feed_entity WHERE attributes IS NOT NULL`,
  );
  return rows[0]?.entities ?? 0;
}
