import type { BaseName } from '../../schemas/base.ts';
import { isDeregistered } from '../legal-entity/status-rules.ts';
import { resolveRegion } from '../standards/regions.ts';
import { parseUscc } from '../standards/uscc.ts';
import type { CrossBase, CrossBases, CrossFinding, CrossRule } from './contract.ts';
import { goldenPages, idOf, rowsOf, systemsOfWinners } from './read.ts';

/** The key under which a base would hold the subject of an identifier; null when it links nothing there. */
function keyIn({ definition }: CrossBase, attribute: string, value: string): string | null {
  const [key] = definition.linkKeys({ [attribute]: value }, []);
  return key === undefined ? null : `${key.scheme}:${key.value}`;
}

const keyOfPerson = (bases: CrossBases, number: string): string | null =>
  keyIn(bases.population, 'citizenNumber', number);

/** Day of death by key, null for a living person; a number that a veto leaves to several is alive when one of them is. */
async function personsWith(base: CrossBase, keys: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
  if (keys.length === 0) return new Map();
  const { schema } = base.definition;
  const rows = await rowsOf<{ key: string; died: string | null }>(
    base,
    'looking up persons',
    `SELECT l.link_key AS key, CASE WHEN bool_and(g.attributes->>'deathDate' IS NOT NULL) THEN max(g.attributes->>'deathDate') END AS died
      FROM ${schema}.link_key AS l JOIN ${schema}.golden AS g USING (entity_id)
      WHERE l.link_key = ANY($1) GROUP BY l.link_key`,
    [keys],
  );
  return new Map(rows.map(({ key, died }) => [key, died]));
}

async function known(base: CrossBase, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const { schema } = base.definition;
  const rows = await rowsOf<{ key: string }>(
    base,
    'looking up keys',
    `SELECT DISTINCT link_key AS key FROM ${schema}.link_key WHERE link_key = ANY($1)`,
    [keys],
  );
  return new Set(rows.map(({ key }) => key));
}

/** Where the number was first issued, when that was elsewhere: its holder may live there. */
function issuedElsewhere(number: string): string {
  const region = resolveRegion(number.slice(0, 6));
  return region?.kind === 'outside' ? `; the number was issued in ${region.name}` : '';
}

const present = (values: readonly (string | null)[]): readonly string[] => [
  ...new Set(values.filter((value) => value !== null)),
];

interface Representative {
  readonly entityId: number;
  readonly number: string;
  readonly status: string | null;
}

export const representativeResolves: CrossRule = {
  id: 'X01',
  version: 1,
  severity: 'W',
  title: 'the legal representative of a live entity is a living person of the population base',
  zh: '在册法人的法定代表人应能在人口库中查到且健在',
  basis: { zh: '跨库引用；民法典第61条', en: 'cross-base reference; Civil Code art. 61' },
  async *find(bases, { signal }) {
    const base = bases['legal-entity'];
    const page = {
      columns: `g.attributes->>'legalRepresentativeNumber' AS number, g.attributes->>'status' AS status`,
      where: `g.attributes->>'legalRepresentativeNumber' IS NOT NULL`,
    };
    for await (const all of goldenPages<Representative>(base, page, signal)) {
      const rows = all
        .filter(({ status }) => !isDeregistered(status))
        .map((row) => ({ ...row, key: keyOfPerson(bases, row.number) }));
      const persons = await personsWith(bases.population, present(rows.map(({ key }) => key)));
      const wrong = rows.filter(({ key }) => key === null || persons.get(key) !== null);
      const systems = await systemsOfWinners(
        base,
        'legalRepresentativeNumber',
        wrong.map(({ entityId }) => entityId),
      );
      for (const { entityId, number, key } of wrong) {
        const died = key === null ? undefined : persons.get(key);
        const about = { base: 'legal-entity', entityId, system: systems.get(entityId) ?? null } as const;
        const id = idOf(base, entityId);
        yield typeof died === 'string'
          ? { ...about, subject: `${id} died`, message: `the legal representative died on ${died}` }
          : {
              ...about,
              subject: `${id} unknown`,
              message: `the population base knows nobody with the number of the legal representative${issuedElsewhere(number)}`,
            };
      }
    }
  },
};

interface Held {
  readonly entityId: number;
  readonly number: string;
  readonly featureClass: string | null;
}

/** The base that should know the holder, and the key there. A number of neither kind is for nobody to resolve. */
function holderIn(bases: CrossBases, number: string): { readonly base: BaseName; readonly key: string | null } {
  const code = parseUscc(number);
  if (code.ok) return { base: 'legal-entity', key: keyIn(bases['legal-entity'], 'uscc', number) };
  return { base: 'population', key: keyOfPerson(bases, number) };
}

export const holderResolves: CrossRule = {
  id: 'X02',
  version: 1,
  severity: 'W',
  title:
    'the holder of a parcel, mining right, licence or grassland contract is in the population or legal-entity base',
  zh: '宗地、矿业权、许可和草场的权利人应能在人口库或法人库中查到',
  basis: { zh: '跨库引用', en: 'cross-base reference' },
  async *find(bases, { signal }) {
    const base = bases.spatial;
    const page = {
      columns: `g.attributes->>'holderNumber' AS number, g.attributes->>'featureClass' AS "featureClass"`,
      where: `g.attributes->>'holderNumber' IS NOT NULL`,
    };
    for await (const all of goldenPages<Held>(base, page, signal)) {
      const rows = all.map((row) => ({ ...row, holder: holderIn(bases, row.number) }));
      const keysOf = (name: BaseName): readonly string[] =>
        present(rows.map(({ holder }) => (holder.base === name ? holder.key : null)));
      const [persons, entities] = await Promise.all([
        known(bases.population, keysOf('population')),
        known(bases['legal-entity'], keysOf('legal-entity')),
      ]);
      const wrong = rows.filter(({ holder: { base: name, key } }) => {
        const found = name === 'population' ? persons : entities;
        return key === null || !found.has(key);
      });
      const systems = await systemsOfWinners(
        base,
        'holderNumber',
        wrong.map(({ entityId }) => entityId),
      );
      for (const { entityId, number, featureClass, holder } of wrong)
        yield {
          subject: idOf(base, entityId),
          message: messageOf(number, featureClass, holder.base),
          ...{ base: 'spatial', entityId, system: systems.get(entityId) ?? null },
        } satisfies CrossFinding;
    }
  },
};

function messageOf(number: string, featureClass: string | null, base: BaseName): string {
  const what = `the holder of this ${featureClass ?? 'feature'}`;
  return base === 'population'
    ? `the population base knows nobody with the number of ${what}${issuedElsewhere(number)}`
    : `the legal-entity base knows no entity with the credit code of ${what}`;
}
