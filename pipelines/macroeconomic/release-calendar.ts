/*
 * indicator or its first part, `*` for all others | days from the end of a month | of a quarter | of a year. What the hub expects
 * of a first release, to be agreed with each department; not a regulation.
 */
const TABLE = `
prices       | 16 | 16 | 60
budget       | 20 | 20 | 60
tax          | 15 | 15 | 45
deposits     | 20 | 20 | 30
loans        | 20 | 20 | 30
trade        | 25 | 25 | 40
crops        | 60 | 60 | 60
livestock    | 30 | 30 | 60
gdp          | 30 | 30 | 60
population   | 60 | 60 | 120
*            | 25 | 30 | 90
`;

const DAYS = new Map(
  TABLE.trim()
    .split('\n')
    .map((line) => {
      const [name = '', ...days] = line.split('|').map((cell) => cell.trim());
      return [name, days.map(Number)] as const;
    }),
);
const PLACE = { M: 0, Q: 1, A: 2 } as const;

/** Days after the end of the period by which the first release is due. */
export function releaseDays(indicator: string, frequency: keyof typeof PLACE): number {
  const days = DAYS.get(indicator) ?? DAYS.get(indicator.split('.')[0] ?? '') ?? DAYS.get('*') ?? [];
  return days[PLACE[frequency]] ?? 0;
}
