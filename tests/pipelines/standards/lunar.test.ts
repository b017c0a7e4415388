import { expect, test } from '@jest/globals';
import { lunarDay } from '../../../pipelines/standards/lunar.ts';
import { FESTIVAL_YEARS, springFestival } from '../../../pipelines/standards/spring-festival.ts';

// As three independent programs have them, of which two always agree: lunardate, lunar_python, zhdate.
test.each([
  ['1900-01-31', '1900-01-01'],
  ['1917-03-23', '1917-02-01'], // a leap month
  ['1954-11-25', '1954-11-01'],
  ['1966-05-20', '1966-04-01'],
  ['1966-07-16', '1966-05-28'],
  ['1979-01-27', '1978-12-29'],
  ['1985-02-20', '1985-01-01'],
  ['1987-08-24', '1987-07-01'],
  ['2020-05-23', '2020-04-01'], // a leap month
  ['2024-02-09', '2023-12-30'],
  ['2050-12-31', '2050-11-18'],
  ['1900-01-30', null],
  ['2051-12-31', null],
])('%s is %s', (day, lunar) => expect(lunarDay(day)).toBe(lunar));

test('the year begins where the table of the festival says, and no day is missing', () => {
  for (let year = FESTIVAL_YEARS.first; year <= FESTIVAL_YEARS.last; year++)
    expect(lunarDay(springFestival(year) as string)).toBe(`${year}-01-01`);
  let before = '';
  const jumps: string[] = [];
  for (let at = Date.UTC(1900, 0, 31); at < Date.UTC(2051, 0, 1); at += 86_400_000) {
    const lunar = lunarDay(new Date(at).toISOString().slice(0, 10)) as string;
    if (!lunar.endsWith('-01') && Number(lunar.slice(8)) !== Number(before.slice(8)) + 1) jumps.push(lunar);
    before = lunar;
  }
  expect(jumps).toEqual([]);
});
