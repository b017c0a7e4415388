import { COUNTIES } from '../world/counties.ts';
import { entityAt } from '../world/entity.ts';
import { below } from '../world/hash.ts';
import { personAt, type WorldOptions } from '../world/person.ts';
import type { Sheet } from './workbook.ts';

const PREFECTURES = [...new Set(COUNTIES.map(({ prefecture }) => prefecture))];
const PROVINCE = '青海省';

type Counts = Map<string, number>;
const add = (counts: Counts, place: string): void => {
  counts.set(place, (counts.get(place) ?? 0) + 1);
};

function living(world: WorldOptions): Counts {
  const counts: Counts = new Map();
  for (let index = 0; index < world.persons; index++) {
    const { death, county } = personAt(world, index);
    if (death !== null) continue;
    add(counts, county.prefecture);
    add(counts, PROVINCE);
  }
  return counts;
}

function enterprises(world: WorldOptions): Counts {
  const counts: Counts = new Map();
  for (let index = 0; index < world.entities; index++) {
    const { entityClass, status, regionCode, county } = entityAt(world, index);
    if (entityClass !== '91' || status !== 'existing') continue;
    if (!regionCode.endsWith('0000')) add(counts, county.prefecture);
    add(counts, PROVINCE);
  }
  return counts;
}

/** Table 2-1 of the yearbook: people and enterprises at the end of the year, as statisticians count them. */
export function yearendSheet(world: WorldOptions, year: number): Sheet {
  const people = living(world);
  const firms = enterprises(world);
  const rows = [PROVINCE, ...PREFECTURES].map((place, at) => {
    const registered = people.get(place) ?? 0;
    // Another day and another way of counting: a hundredth more or less.
    const counted = Math.round(registered * (0.99 + below(world.seed, at, year, 21) / 1_000));
    // Those who work at the lakes and wells of Haixi are registered elsewhere.
    const resident = Math.round(counted * (place.startsWith('海西') ? 1.3 : 1.02));
    return [place, counted, resident, firms.get(place) ?? 0];
  });
  return {
    name: '2-1',
    rows: [
      [`2-1 分地区年末人口和企业单位数(${year}年)`],
      ['单位:人、个'],
      ['地区', '户籍人口', '常住人口', '企业单位数'],
      ...rows,
      ['注:常住人口为在本地居住半年以上的人口。'],
    ],
    merges: ['A1:D1'],
  };
}
