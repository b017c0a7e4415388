import { legalEntity } from '../../../pipelines/legal-entity/definition.ts';
import type { BaseDefinition } from '../../../pipelines/pipeline.ts';
import { population } from '../../../pipelines/population/definition.ts';
import { BODIES_MAPPING, BODIES_SYSTEMS, bodiesRows } from './bodies-rows.ts';
import type { LinkRow } from './link-row.ts';
import { PEOPLE_MAPPING, PEOPLE_SYSTEMS, peopleRows } from './people-rows.ts';

/** What is linked: rows of several systems, and the base into which they go. */
export interface LinkSubject {
  readonly base: BaseDefinition;
  readonly systems: readonly { readonly system: string; readonly authority: string }[];
  readonly mapping: Readonly<Record<string, { readonly from: string; readonly as: string }>>;
  /** What another program gets of a record `r`, by the name of its column. */
  readonly columns: Readonly<Record<string, string>>;
  /** How many rows there are of one subject. */
  readonly rowsOfOne: number;
  rows(subjects: number): Generator<LinkRow>;
  /** A row that moved, for the change of one record. */
  moved(row: LinkRow, i: number): LinkRow;
}

const SEED = 63;

const attribute = (name: string): string => `r.attributes->>'${name}'`;
const keyOf = (scheme: string): string =>
  `(SELECT split_part(k.key, ':', 2) FROM unnest(r.link_keys) AS k (key) WHERE k.key LIKE '${scheme}:%' LIMIT 1)`;

const people: LinkSubject = {
  base: population,
  systems: PEOPLE_SYSTEMS,
  mapping: PEOPLE_MAPPING,
  columns: {
    ...{ name: attribute('name'), former_name: attribute('formerName'), birth: attribute('birthDate') },
    ...{ sex: attribute('sex'), ethnicity: attribute('ethnicity'), region: attribute('residenceRegion') },
    ...{ address: attribute('residenceAddress'), phone: attribute('phone'), number: attribute('citizenNumber') },
  },
  rowsOfOne: 2.37,
  rows: (persons) => peopleRows({ persons, entities: 0, seed: SEED }),
  moved: (row, i) => ({ ...row, value: { ...row.value, residenceAddress: `青海省西宁市城中区测试路${i}号` } }),
};

const bodies: LinkSubject = {
  base: legalEntity,
  systems: BODIES_SYSTEMS,
  mapping: BODIES_MAPPING,
  columns: {
    ...{ name: attribute('name'), former_name: attribute('formerName'), established: attribute('establishedDate') },
    ...{ representative: attribute('legalRepresentativeName'), region: attribute('region') },
    ...{ address: attribute('address'), code: keyOf('org'), registration: attribute('registrationNumber') },
  },
  rowsOfOne: 2.57,
  rows: (entities) => bodiesRows({ persons: entities * 3, entities, seed: SEED }),
  moved: (row, i) => ({ ...row, value: { ...row.value, address: `青海省西宁市城中区测试路${i}号` } }),
};

export const LINK_SUBJECTS: readonly LinkSubject[] = [people, bodies];
