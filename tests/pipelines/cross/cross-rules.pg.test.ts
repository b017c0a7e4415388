import { citizenCheck } from '../../../pipelines/standards/citizen-number.ts';
import { creditCode, organisationCode } from '../../../runner/demo/world/check-digits.ts';
import type { Row } from '../engine/scene.ts';
import { describeCrossRules } from './cross-rule-fixtures.ts';

/** The number of a person of 630102, or of another place or kind. */
function number(sequence: number, start = '63010219900307'): string {
  const body = `${start}${String(sequence).padStart(3, '0')}`;
  return body + citizenCheck(body);
}
const code = (sequence: number): string =>
  creditCode(`91630100${organisationCode(`MA75${String(sequence).padStart(4, '0')}`)}`);

const person = (key: string, more: object = {}): Row => ({ key, name: '才让', ...more });
const people = (count: number, more: object): Row[] => Array.from({ length: count }, (_, i) => person(`p${i}`, more));
const firm = (key: string, more: object = {}): Row => ({ key, status: '1', entityClass: '91', ...more });
const firms = (count: number, more: object): Row[] => Array.from({ length: count }, (_, i) => firm(`f${i}`, more));
const feature = (key: string, more: object = {}): Row => ({
  key,
  featureClass: 'cadastral-parcel',
  code: key,
  ...more,
});
const figure = (key: string, indicator: string, value: number, more: object = {}): Row => ({
  ...{ key, indicator, area: '630100', frequency: 'A', period: '2024', value: String(value) },
  ...{ unit: indicator === 'enterprises.count' ? 'EA' : 'PS', ...more },
});
const old = (days: number): string => `UPDATE population.golden SET updated_at = now() - interval '${days} days'`;
const disputed = {
  police: [person('a', { citizenNumber: number(1), phone: '13900000001' })],
  tax: [person('b', { citizenNumber: number(1), phone: '13900000002' })],
};

describeCrossRules({
  X01: {
    good: [
      {
        population: { police: [person('p', { citizenNumber: number(1) })] },
        'legal-entity': { registry: [firm('f', { legalRepresentativeNumber: number(1) }), firm('without')] },
      },
      { 'legal-entity': { registry: [firm('gone', { status: '4', legalRepresentativeNumber: number(1) })] } },
      {
        population: { police: [person('card', { citizenNumber: number(1, '91000119900307') })] },
        'legal-entity': { registry: [firm('f', { legalRepresentativeNumber: number(1, '91000119900307') })] },
      },
    ],
    bad: [
      [{ 'legal-entity': { registry: [firm('f', { legalRepresentativeNumber: number(1) })] } }, ['f unknown']],
      [
        {
          population: { police: [person('p', { citizenNumber: number(1), deathDate: '2020-02-03' })] },
          'legal-entity': { registry: [firm('f', { legalRepresentativeNumber: number(1) })] },
        },
        ['f died'],
      ],
      [
        {
          population: { police: [person('p', { citizenNumber: number(1) })] },
          'legal-entity': {
            registry: [
              firm('f', { legalRepresentativeNumber: number(1) }),
              firm('g', { legalRepresentativeNumber: number(2) }),
              firm('h', { legalRepresentativeNumber: number(3, '37010219900307') }),
            ],
          },
        },
        ['g unknown', 'h unknown'],
      ],
    ],
  },
  X02: {
    good: [
      {
        population: { police: [person('p', { citizenNumber: number(1) })] },
        spatial: { land: [feature('parcel', { holderNumber: number(1) })] },
      },
      {
        'legal-entity': { registry: [firm('f', { uscc: code(1) })] },
        spatial: { land: [feature('mine', { featureClass: 'mining-right', holderNumber: code(1) })] },
      },
      { spatial: { land: [feature('parcel', { holderName: '才让' })] } },
    ],
    bad: [
      [{ spatial: { land: [feature('parcel', { holderNumber: number(1) })] } }, ['parcel']],
      [
        {
          'legal-entity': { registry: [firm('f', { uscc: code(1) })] },
          spatial: { land: [feature('mine', { featureClass: 'mining-right', holderNumber: code(2) })] },
        },
        ['mine'],
      ],
      [
        {
          population: { police: [person('p', { citizenNumber: number(1) })] },
          spatial: {
            grass: [
              feature('one', { featureClass: 'grassland-contract', holderNumber: number(1) }),
              feature('two', { featureClass: 'grassland-contract', holderNumber: number(2) }),
              // the number of a person who is no legal entity
              feature('three', { featureClass: 'grassland-contract', holderNumber: code(3) }),
            ],
          },
        },
        ['three', 'two'],
      ],
    ],
  },
  X03: {
    good: [
      {
        population: {
          police: [
            ...people(40, { householdRegion: '630102' }),
            person('dead', { householdRegion: '630102', deathDate: '2020-01-01' }),
          ],
        },
        macroeconomic: { statistics: [figure('y', 'population.registered', 41)] },
      },
      // nobody is there yet, and nobody publishes anything for the county
      { macroeconomic: { statistics: [figure('y', 'population.registered', 41)] } },
      {
        population: { police: people(20, { householdRegion: '632123', residenceRegion: '630111' }) },
        macroeconomic: {
          statistics: [
            // an older yearbook knew more
            figure('y', 'population.registered', 20, { area: '630202' }),
            figure('old', 'population.registered', 90, { area: '630202', period: '2010' }),
            // a district that was divided still lies in its city
            figure('r', 'population.resident', 22),
          ],
        },
      },
    ],
    bad: [
      [
        {
          population: { police: people(40, { householdRegion: '630102' }) },
          macroeconomic: { statistics: [figure('y', 'population.registered', 50)] },
        },
        ['population.registered 630100'],
      ],
      [
        {
          population: { police: people(30, { householdRegion: '630102', residenceRegion: '630103' }) },
          macroeconomic: {
            statistics: [
              figure('a', 'population.resident', 30, { area: '630102' }),
              figure('b', 'population.resident', 31, { area: '630103' }),
            ],
          },
        },
        ['population.resident 630102'],
      ],
      [
        {
          population: { police: people(40, { householdRegion: '630102' }) },
          macroeconomic: {
            statistics: [
              figure('y', 'population.registered', 20),
              figure('p', 'population.registered', 30, { area: '630000' }),
            ],
          },
        },
        ['population.registered 630000', 'population.registered 630100'],
      ],
    ],
  },
  X04: {
    good: [
      {
        'legal-entity': {
          registry: [
            ...firms(20, { region: '630102' }),
            firm('gone', { region: '630102', status: '4' }),
            firm('sole', { region: '630102', entityClass: '92' }),
          ],
        },
        macroeconomic: { statistics: [figure('y', 'enterprises.count', 21)] },
      },
      { 'legal-entity': { registry: firms(3, { region: '630102' }) } },
      {
        'legal-entity': { registry: firms(10, { region: '630122' }) },
        macroeconomic: { statistics: [figure('y', 'enterprises.count', 10, { area: '630106' })] },
      },
    ],
    bad: [
      [
        {
          'legal-entity': { registry: firms(20, { region: '630102' }) },
          macroeconomic: { statistics: [figure('y', 'enterprises.count', 30)] },
        },
        ['enterprises.count 630100'],
      ],
      [
        {
          'legal-entity': {
            registry: firms(20, { region: '630102', status: '2' }).concat(
              firms(0, {}),
              firm('live', { region: '630102' }),
            ),
          },
          macroeconomic: { statistics: [figure('y', 'enterprises.count', 21)] },
        },
        ['enterprises.count 630100'],
      ],
      [
        {
          'legal-entity': { registry: firms(20, { region: '632801' }) },
          macroeconomic: {
            statistics: [figure('y', 'enterprises.count', 5), figure('x', 'enterprises.count', 20, { area: '632800' })],
          },
        },
        ['enterprises.count 630100'],
      ],
    ],
  },
  X05: {
    good: [
      { population: { police: [person('p', { householdRegion: '630102', residenceRegion: '370102' })] } },
      {
        'legal-entity': { registry: [firm('f', { region: '632123' })] },
        spatial: { land: [feature('s', { region: '630122' })] },
      },
      { macroeconomic: { statistics: [figure('y', 'population.resident', 1, { area: '630000' })] } },
    ],
    bad: [
      [
        {
          population: {
            police: [person('p', { householdRegion: '639999' })],
            tax: [person('q', { householdRegion: '639999' })],
          },
        },
        ['population householdRegion 639999 unknown police', 'population householdRegion 639999 unknown tax'],
      ],
      [
        { 'legal-entity': { registry: firms(3, { region: '630111' }) } },
        ['legal-entity region 630111 divided registry'],
      ],
      [
        {
          spatial: { land: [feature('s', { region: '632199' })] },
          macroeconomic: { statistics: [figure('y', 'population.resident', 1, { area: '630130' })] },
        },
        ['macroeconomic area 630130 unknown statistics', 'spatial region 632199 unknown land'],
      ],
    ],
  },
  X06: {
    good: [
      {
        'legal-entity': {
          registry: [firm('f', { scope: `账号 ${number(1).slice(0, 17)}${number(1).endsWith('1') ? 2 : 1}` })],
        },
      },
      { 'legal-entity': { registry: [firm('f', { scope: `见 ${code(1)}`, legalRepresentativeNumber: number(1) })] } },
      { population: { police: [person('p', { householdAddress: `地址 ${number(1)}` })] } },
    ],
    bad: [
      [{ 'legal-entity': { registry: [firm('f', { scope: `联系人身份证${number(1)}，零售` })] } }, ['f scope']],
      [
        {
          spatial: {
            land: [
              feature('s', {
                name: `承包地(${number(1).replaceAll(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))})`,
              }),
            ],
          },
        },
        ['s name'],
      ],
      [
        {
          'legal-entity': { registry: [firm('f', { name: number(2), address: `某路${number(3)}` })] },
          macroeconomic: { statistics: [figure('y', 'population.resident', 1, { note: `填表人 ${number(1)}` })] },
        },
        ['f address', 'f name', 'y note'],
      ],
    ],
  },
  X07: {
    good: [
      { population: disputed },
      { population: disputed, after: [['population', old(20)]] },
      { population: { police: [person('a', { citizenNumber: number(1) })] }, after: [['population', old(90)]] },
    ],
    bad: [
      [{ population: disputed, after: [['population', old(40)]] }, ['a phone']],
      [
        {
          population: {
            police: [person('a', { citizenNumber: number(1), phone: '1', maritalStatus: '10' })],
            tax: [person('b', { citizenNumber: number(1), phone: '2', maritalStatus: '20' })],
          },
          after: [['population', old(31)]],
        },
        ['a maritalStatus', 'a phone'],
      ],
      [
        {
          'legal-entity': {
            registry: [firm('f', { uscc: code(1), name: '西宁某某商贸有限公司' })],
            tax: [firm('g', { uscc: code(1), name: '西宁另一商贸有限公司' })],
          },
          population: disputed,
          after: [['legal-entity', `UPDATE legal_entity.golden SET updated_at = now() - interval '99 days'`]],
        },
        ['f name'],
      ],
    ],
  },
  X08: {
    good: [
      {
        population: { police: [person('a'), person('b')] },
        books: {
          streams: [{ system: 'police', read: 7, appended: 2, unchanged: 4, rejected: 1 }],
          logged: { police: 2 },
        },
      },
      // after a crash the log has messages twice, and not all of them have been taken yet
      {
        population: { police: [person('a'), person('b')] },
        books: { streams: [{ system: 'police', read: 4, appended: 4 }], logged: { police: 7 } },
      },
      // deletes that were found by comparison were never read; a system may lose its streams and keep its runs
      {
        population: { police: [person('a'), { key: 'a', deleted: true, at: 1_700_000_000_001 }] },
        books: { streams: [{ system: 'police', read: 1, appended: 2 }], logged: { police: 2 }, runs: { police: 9 } },
      },
    ],
    bad: [
      [
        {
          population: { police: [person('a'), person('b')] },
          books: { streams: [{ system: 'police', read: 3, appended: 2 }], logged: { police: 2 }, runs: { police: 1 } },
        },
        ['police runs', 'police/rows landing'],
      ],
      [
        {
          population: { police: [person('a'), person('b')] },
          books: { streams: [{ system: 'police', read: 2, appended: 2 }], logged: { police: 1 } },
        },
        ['police/rows log', 'population police/rows position'],
      ],
      [
        {
          population: { police: [person('a'), person('b'), person('c')] },
          books: { streams: [{ system: 'police', read: 3, appended: 3 }], logged: { police: 3 } },
          after: [
            ['population', `DELETE FROM population.source_record WHERE source_key = 'a'`],
            [
              'population',
              `DELETE FROM population.golden USING population.source_record r WHERE r.source_key = 'b' AND r.entity_id = golden.entity_id`,
            ],
            ['population', 'UPDATE population.stream_total SET odd = 1, messages = 2'],
          ],
        },
        [
          'population ghosts',
          'population police/rows batches',
          'population police/rows entities',
          'population police/rows messages',
          'population police/rows records',
        ],
      ],
    ],
  },
});
