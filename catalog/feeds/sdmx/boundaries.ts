import type { AreaDescription, AreaYears, Boundaries } from '../../../schemas/series.ts';

const NAMES: Readonly<Record<Boundaries, string>> = {
  published: '当时区划 boundaries of the period',
  constant: '现行区划 boundaries of today',
};
const YEAR = 'left(t.period, 4)::int';

/**
 * Common tables of sums over counties: `told` are the figures that stand, `summed` those of areas of which nothing stands.
 * A sum needs every county that was there in the period: without one it is missing and says so. What was published of an area
 * is never replaced; in the boundaries of today it stands only for years in which they were the same.
 * @param told common table of published figures with the columns of `columns`.
 * @param bind puts a value into the statement and gives its place.
 */
export function sumsOverCounties(
  { members, changed, summed }: AreaDescription,
  boundaries: Boundaries,
  columns: readonly string[],
  bind: (value: unknown) => string,
): string {
  const member = members[boundaries];
  const years = (rows: readonly AreaYears[]): string =>
    `${bind(rows.map(({ area }) => area))}::text[], ${bind(rows.map(({ firstYear }) => firstYear))}::int[], ${bind(rows.map(({ untilYear }) => untilYear))}::int[]`;
  const within = (row: string): string =>
    `${YEAR} >= ${row}.first_year AND (${row}.until_year IS NULL OR ${YEAR} < ${row}.until_year)`;
  const others = columns.filter((column) => column !== 'area');
  const alike = columns.map((column) => `t.${column} = u.${column}`).join(' AND ');
  return `member AS (
      SELECT area, first_year, until_year, county, required FROM unnest(${years(member)}, ${bind(member.map(({ county }) => county))}::text[],
        ${bind(member.map(({ required }) => required))}::boolean[]) AS m (area, first_year, until_year, county, required)),
    changed AS (SELECT area, first_year, until_year FROM unnest(${years(boundaries === 'constant' ? changed : [])}) AS c (area, first_year, until_year)),
    standing AS (
      SELECT ${columns.map((column) => `t.${column}`).join(', ')}, t.period, t.value, t.status, t.released, t.coverage, t.note, t.mark FROM told AS t
      WHERE NOT EXISTS (SELECT 1 FROM changed AS c WHERE c.area = t.area AND ${within('c')})),
    added AS (
      SELECT ${others.map((column) => `t.${column}`).join(', ')}, m.area, t.period, sum(t.value) AS total, max(t.released) AS released,
        count(t.value) AS counties, count(t.value) FILTER (WHERE m.required) AS required,
        min(t.coverage) AS coverage, count(DISTINCT t.coverage) AS coverages
      FROM told AS t JOIN member AS m ON m.county = t.area AND ${within('m')}
      WHERE t.transformation = 'N' AND t.accumulation <> 'V' AND t.indicator = ANY (${bind(summed)}::text[])
      GROUP BY ${others.map((column) => `t.${column}`).join(', ')}, m.area, t.period),
    needed AS (
      SELECT m.area, y.year, count(*) FILTER (WHERE m.required) AS required
      FROM (SELECT DISTINCT left(period, 4)::int AS year FROM added) AS y
      JOIN member AS m ON y.year >= m.first_year AND (m.until_year IS NULL OR y.year < m.until_year) GROUP BY 1, 2),
    found AS (
      SELECT ${columns.join(', ')}, period, value, status, released, coverage, note, mark FROM standing
      UNION ALL
      SELECT ${columns.map((column) => `u.${column}`).join(', ')}, u.period,
        CASE WHEN u.required = n.required THEN trim_scale(round(u.total, 4)) END, CASE WHEN u.required = n.required THEN 'E' ELSE 'O' END, u.released,
        CASE WHEN u.coverages = 1 THEN u.coverage END,
        CASE WHEN u.required = n.required THEN '由' || u.counties || '个县级数汇总 sum of ' || u.counties || ' counties'
          ELSE '县级数不全 ' || u.required || '/' || n.required || ' counties only' END || ', ${NAMES[boundaries]}', NULL
      FROM added AS u JOIN needed AS n ON n.area = u.area AND n.year = left(u.period, 4)::int
      WHERE NOT EXISTS (SELECT 1 FROM standing AS t WHERE ${alike} AND t.period = u.period))`;
}
