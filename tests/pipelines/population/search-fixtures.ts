import { createHash } from 'node:crypto';
import { citizenNumber } from '../../../runner/demo/world/check-digits.ts';
import { formatEntityId } from '../../../schemas/entity-id.ts';
import type { Row } from '../engine/scene.ts';
import type { SearchFixtures } from '../search-fixtures.ts';

const P = (...ids: readonly number[]): string => ids.map((id) => formatEntityId('P', id)).join(' ');
/** Each born on another day of 1970 in 城东区; odd ones are men. */
const N = (i: number): string =>
  citizenNumber(`6301021970${String(1 + (i % 12)).padStart(2, '0')}${String(1 + (i % 28)).padStart(2, '0')}${101 + i}`);
const NAMES = [
  '马海',
  '李建国',
  '才让卓玛',
  '韩英',
  '索南多杰',
  '王芳',
  '冶成林',
  '东知才让',
  '赵雪梅',
  '祁连山',
  '星全兰',
  '尕藏',
];
const named = (i: number): string => NAMES[i % NAMES.length] as string;

let next = 0;
const row = (fields: object): Row => ({ key: String(++next), ...fields });
const rows = (count: number, of: (i: number) => object): Row[] => Array.from({ length: count }, (_, i) => row(of(i)));
const person = (i: number, fields: object = {}): Row => row({ citizenNumber: N(i), name: named(i), ...fields });

const couple = (left: object, right: object): Row[] => [
  person(0, { spouseNumber: N(1), maritalStatus: '20', ...left }),
  person(1, { spouseNumber: N(0), maritalStatus: '20', ...right }),
];
const household = (relations: readonly (string | null)[], fields: object = {}): Row[] =>
  relations.map((householdRelation, i) => person(i, { householdNumber: 'H1', householdRelation, ...fields }));
const dead = { deathDate: '2020-05-06' };
/** Of so many numbers the first have lost their last digits. */
const rounded = (of: number, among: number): Row[] =>
  rows(among, (i) => ({ citizenNumber: i < of ? `63010219700101000${i % 10}` : N(i % 200) }));
const masked = (phone: string): string =>
  `${phone.slice(0, 3)}****${phone.slice(-4)} ${createHash('md5').update(phone).digest('hex').slice(0, 6)}`;
const DAY = 86_400_000;
const at = (date: string): number => Date.parse(`${date}T04:00:00Z`);
const alike = { name: '马海', birthDate: '1980-02-03', householdRegion: '630102' };

export const searchFixtures: Readonly<Record<string, SearchFixtures>> = {
  P09: {
    good: [
      { 'social-security': rows(5, (i) => ({ citizenNumber: N(i) })) },
      { 'social-security': rounded(2, 10) },
      { 'social-security': rounded(3, 300) },
    ],
    bad: [
      [{ 'social-security': rounded(3, 10) }, ['social-security/rows']],
      [{ tax: rounded(4, 300), 'social-security': rows(3, (i) => ({ citizenNumber: N(i) })) }, ['tax/rows']],
      [{ tax: rounded(3, 3), health: rounded(9, 100) }, ['health/rows', 'tax/rows']],
    ],
  },
  P10: {
    good: [
      { tax: [person(0), person(0)] },
      { tax: [person(0), person(0, { name: named(1) })] },
      { tax: [person(0, { name: '才让卓玛' }), person(0, { name: '才仁卓玛' }), person(0, { name: '王芳' })] },
    ],
    bad: [
      [{ tax: [person(0), person(0, { name: named(1) }), person(0, { name: named(3) })] }, [P(1), P(2), P(3)]],
      [
        { tax: [person(0), person(1)], health: [person(0, { name: '李建国' }), person(0, { name: '王芳' })] },
        [P(1), P(3), P(4)],
      ],
      [{ tax: ['马海', '李建国', '韩英', '王芳'].map((name) => person(0, { name })) }, [P(1), P(2), P(3), P(4)]],
    ],
  },
  P16: {
    good: [
      { 'civil-affairs': couple({}, {}) },
      { 'civil-affairs': couple({ maritalStatus: '30' }, dead) },
      { 'civil-affairs': [person(0, { spouseNumber: N(1), maritalStatus: '20' })] },
    ],
    bad: [
      [{ 'civil-affairs': [...couple({}, { spouseNumber: N(2) }), person(2)] }, [P(1, 2)]],
      [{ 'civil-affairs': couple({}, dead) }, [P(1, 2)]],
      [{ 'civil-affairs': couple({}, { spouseNumber: null, maritalStatus: '40' }) }, [P(1, 2)]],
    ],
  },
  P20: {
    good: [
      { tax: rows(4, () => ({ name: '张三' })) },
      { tax: rows(20, (i) => ({ name: named(i) })) },
      { tax: rows(9, (i) => ({ name: i < 3 ? '张三' : i < 6 ? '李四' : '王五' })) },
    ],
    bad: [
      [{ tax: rows(5, () => ({ name: '张三' })) }, ['tax/rows 张三']],
      [{ tax: rows(60, (i) => ({ name: i < 5 ? '李四' : named(i) })) }, ['tax/rows 李四']],
      [
        { tax: rows(12, (i) => ({ name: i % 2 === 0 ? '张三' : '王五' })), health: rows(9, () => ({ name: '赵六' })) },
        ['health/rows 赵六', 'tax/rows 张三', 'tax/rows 王五'],
      ],
    ],
  },
  P21: {
    good: [
      { tax: [person(0)], health: [person(0)] },
      { tax: [person(0, { name: '阿不都·热合曼' })], health: [person(0, { name: '阿不都热合曼' })] },
      { tax: [person(0, { name: '李建国', formerName: '马海' })], health: [person(0, { name: '马海' })] },
    ],
    bad: [
      [{ tax: [person(0)], health: [person(0, { name: '李建国' })] }, [P(1), P(2)]],
      [{ tax: [person(0), person(0, { name: '王芳' }), person(1)] }, [P(1), P(2)]],
      [{ tax: [person(0), person(0, { name: '测试' })], health: [person(0, { name: '韩英' })] }, [P(1), P(2)]],
    ],
  },
  P25: {
    good: [
      {
        police: [person(0, dead)],
        'social-security': [person(0, { insuranceStatus: '3', insuredSince: '1999-01-01' })],
      },
      { police: [person(0, dead)], 'social-security': [person(0, { benefitPaidUntil: '2020-05-31' })] },
      { police: [person(0, { deathDate: '2026-05-20' })], 'social-security': [person(0, { insuranceStatus: '1' })] },
    ],
    bad: [
      [
        { police: [person(0, dead)], 'social-security': [person(0, { insuranceStatus: '1' })] },
        [`${P(1)} social-security`],
      ],
      [
        { police: [person(0, dead)], 'social-security': [person(0, { benefitPaidUntil: '2021-01-31' })] },
        [`${P(1)} social-security`],
      ],
      [
        { police: [person(0, dead)], 'civil-affairs': [person(0, { marriageDate: '2020-05-20' })] },
        [`${P(1)} civil-affairs`],
      ],
    ],
  },
  P26: {
    good: [
      {
        police: [
          person(0, { householdNumber: 'H1', householdRelation: '02', birthDate: '1970-01-01', sex: '2' }),
          person(1, { householdNumber: 'H1', householdRelation: '22', birthDate: '1995-01-01' }),
        ],
      },
      {
        police: [
          person(0, { householdNumber: 'H1', householdRelation: '02', birthDate: '1970-01-01' }),
          person(1, { householdNumber: 'H1', householdRelation: '38', birthDate: '1971-01-01' }),
        ],
      },
      {
        police: [
          person(0, { householdNumber: 'H1', householdRelation: '02', birthDate: '1970-01-01' }),
          person(1, { householdNumber: 'H2', householdRelation: '20', birthDate: '1971-01-01' }),
        ],
      },
    ],
    bad: [
      [
        {
          police: [
            person(0, { householdNumber: 'H1', householdRelation: '02', birthDate: '1970-01-01' }),
            person(1, { householdNumber: 'H1', householdRelation: '22', birthDate: '1981-12-31' }),
          ],
        },
        [P(2, 1)],
      ],
      [
        {
          police: [
            person(0, { householdNumber: 'H1', householdRelation: '02', birthDate: '1940-01-01', sex: '2' }),
            person(1, { householdNumber: 'H1', householdRelation: '32', birthDate: '1996-01-01' }),
          ],
        },
        [P(2, 1)],
      ],
      [
        {
          police: [
            person(0, { householdNumber: 'H1', householdRelation: '02', birthDate: '1970-01-01' }),
            person(1, { householdNumber: 'H1', householdRelation: '51', birthDate: '1975-01-01' }),
          ],
        },
        [P(1, 2)],
      ],
    ],
  },
  P27: {
    good: [
      { police: household(['02', '10', '20']) },
      { police: [...household(['02'], dead), ...household([null, '02', '20'].slice(1))] },
      { police: household([null, null]) },
    ],
    bad: [
      [{ police: household(['02', '02', '20']) }, ['police H1']],
      [{ police: household(['10', '20']) }, ['police H1']],
      [
        {
          police: [
            person(0, { householdNumber: 'H7', householdRelation: '02', ...dead }),
            person(1, { householdNumber: 'H7', householdRelation: '20' }),
          ],
        },
        ['police H7'],
      ],
    ],
  },
  P28: {
    good: [
      { tax: rows(10, (i) => ({ citizenNumber: N(i), name: named(i), phone: '13897001234' })) },
      { tax: rows(12, () => ({ citizenNumber: N(0), name: '马海', phone: '13897001234' })) },
      { tax: rows(20, (i) => ({ citizenNumber: N(i), name: named(i), phone: `1389700${1000 + (i % 2)}` })) },
    ],
    bad: [
      [
        { tax: rows(11, (i) => ({ citizenNumber: N(i), name: named(i), phone: '13897001234' })) },
        [masked('13897001234')],
      ],
      [
        {
          tax: rows(6, (i) => ({ citizenNumber: N(i), name: named(i), phone: '13897001234' })),
          health: rows(6, (i) => ({ citizenNumber: N(20 + i), name: named(i), phone: '13897001234' })),
        },
        [masked('13897001234')],
      ],
      [
        { tax: rows(24, (i) => ({ citizenNumber: N(i), name: named(i), phone: `1389700${1000 + (i % 2)}` })) },
        [masked('13897001000'), masked('13897001001')],
      ],
    ],
  },
  P29: {
    good: [
      { tax: rows(9, () => ({ birthDate: '1970-01-01' })) },
      { tax: rows(40, (i) => ({ birthDate: i < 9 ? '1970-01-01' : '1980-05-06' })) },
      { tax: rows(30, () => ({ birthDate: '1970-02-01' })) },
    ],
    bad: [
      [{ tax: rows(10, () => ({ birthDate: '1970-01-01' })) }, ['tax/rows']],
      [{ tax: rows(40, (i) => ({ birthDate: i < 10 ? '1970-01-01' : '1980-05-06' })) }, ['tax/rows']],
      [
        {
          tax: rows(12, () => ({ birthDate: '1970-02-01' })),
          health: rows(12, (i) => ({ birthDate: `19${50 + i}-01-01` })),
        },
        ['health/rows'],
      ],
    ],
  },
  P30: {
    good: [
      { tax: [person(0, alike), person(0, alike)] },
      { tax: [person(0, alike), person(1, { ...alike, householdRegion: '630103' })] },
      { tax: [person(0, alike), person(1, { ...alike, citizenNumberUpgraded: true })] },
    ],
    bad: [
      [{ tax: [person(0, alike), person(1, alike)] }, [P(2, 1)]],
      [{ tax: [person(0, { ...alike, name: '马·海' })], health: [person(1, alike)] }, [P(2, 1)]],
      [{ tax: [person(0, alike), person(1, alike), person(2, alike)] }, [P(2, 1), P(3, 1)]],
    ],
  },
  P31: {
    good: [
      {
        tax: [person(0, { residenceRegion: '630102', at: at('2026-05-01') })],
        health: [person(0, { residenceRegion: '630203', at: at('2026-05-01') })],
      },
      {
        tax: [person(0, { residenceRegion: '630102', at: at('2026-05-01') })],
        health: [person(0, { residenceRegion: '620102', at: at('2026-05-02') })],
      },
      {
        tax: [person(0, { residenceRegion: '630102', at: at('2026-05-01') })],
        health: [person(0, { residenceRegion: '620102', insuranceStatus: '3', at: at('2026-05-01') })],
      },
    ],
    bad: [
      [
        {
          tax: [person(0, { residenceRegion: '630102', at: at('2026-05-01') })],
          health: [person(0, { residenceRegion: '620102', at: at('2026-05-01') + 3_600_000 })],
        },
        [P(1)],
      ],
      [
        {
          tax: [
            person(0, { residenceRegion: '630102', at: at('2026-05-01') }),
            person(0, { residenceRegion: '510100', insuranceStatus: '1', at: at('2026-05-01') }),
          ],
        },
        [P(1)],
      ],
      [
        {
          tax: [1, 2].map((i) => person(i, { residenceRegion: '630102', at: at('2026-05-01') })),
          health: [1, 2].map((i) => person(i, { residenceRegion: '540102', at: at('2026-05-01') })),
        },
        [P(1), P(2)],
      ],
    ],
  },
  P32: {
    // As if each batch had been stored when its newest row was observed, by sources that promise news every week; health promises none.
    arrange: `UPDATE population.source SET cycle_days = CASE system WHEN 'health' THEN NULL ELSE 7 END;
      UPDATE population.stream_total t SET last_committed_at = (SELECT max(r.observed_at) FROM population.source_record r
        JOIN population.source s USING (source_id) WHERE s.topic = t.topic)`,
    good: [
      { tax: [row({ at: at('2026-05-31') })] },
      { tax: [row({ at: at('2026-01-31') }), row({ at: at('2026-06-01') - 8 * DAY })] },
      { health: [row({ at: at('2020-01-01') })] },
    ],
    bad: [
      [{ tax: [row({ at: at('2026-06-01') - 9 * DAY })] }, ['tax/rows']],
      [{ tax: [row({ at: at('2026-05-31') })], police: [row({ at: at('2026-01-31') })] }, ['police/rows']],
      [{ tax: [row({ at: at('2025-05-31') })], police: [row({ at: at('2026-01-31') })] }, ['police/rows', 'tax/rows']],
    ],
  },
};
