import { isDeregistered, isRevoked } from '../legal-entity/status-rules.ts';
import { resolveRegion } from '../standards/regions.ts';
import type { CrossBase, CrossBases, CrossFinding, CrossRule } from './contract.ts';
import { rowsOf } from './read.ts';

/** A count of a base beside a figure that statisticians publish. */
interface Measure {
  /** Of the macroeconomic base, at the end of a year. */
  readonly indicator: string;
  readonly zh: string;
  /** How far the count may be from the figure, as a share of the figure. */
  readonly band: number;
  /** Why the two may differ without anybody being wrong. */
  readonly note: string;
  /** Members of the base by the region code that their records give. */
  count(bases: CrossBases): Promise<ReadonlyMap<string, number>>;
}

const sum = (rows: readonly { readonly region: string; readonly members: number }[]): ReadonlyMap<string, number> => {
  const totals = new Map<string, number>();
  for (const { region, members } of rows) totals.set(region, (totals.get(region) ?? 0) + members);
  return totals;
};

const livingBy = async ({ population }: CrossBases, region: string): Promise<ReadonlyMap<string, number>> =>
  sum(
    await rowsOf(
      population,
      'counting residents',
      `SELECT ${region} AS region, count(*)::float8 AS members FROM ${population.definition.schema}.golden AS g
        WHERE g.attributes->>'deathDate' IS NULL AND ${region} IS NOT NULL GROUP BY 1`,
    ),
  );

const HOUSEHOLD = `g.attributes->>'householdRegion'`;

const RESIDENTS: readonly Measure[] = [
  {
    indicator: 'population.registered',
    zh: '户籍人口',
    band: 0.05,
    note: 'registered (户籍) on both sides, the figure at the end of its year',
    count: (bases) => livingBy(bases, HOUSEHOLD),
  },
  {
    indicator: 'population.resident',
    zh: '常住人口',
    band: 0.15,
    note: 'the figure counts who has lived there for half a year (常住), the base the residence that records give, else the household (户籍)',
    count: (bases) => livingBy(bases, `coalesce(g.attributes->>'residenceRegion', ${HOUSEHOLD})`),
  },
];

/** Registered as a company or another enterprise (GB 32100: 91), not as a sole trader, a public body or an association. */
const ENTERPRISE = '91';

const ENTERPRISES: readonly Measure[] = [
  {
    indicator: 'enterprises.count',
    zh: '企业单位数',
    band: 0.1,
    note: 'the figure leaves out sole traders; so does the count',
    async count({ 'legal-entity': base }) {
      const rows = await rowsOf<{ region: string; status: string | null; members: number }>(
        base,
        'counting enterprises',
        `SELECT g.attributes->>'region' AS region, g.attributes->>'status' AS status, count(*)::float8 AS members
          FROM ${base.definition.schema}.golden AS g
          WHERE coalesce(g.attributes->>'entityClass', left(g.attributes->>'uscc', 2)) = '${ENTERPRISE}'
            AND g.attributes->>'region' IS NOT NULL GROUP BY 1, 2`,
      );
      return sum(rows.filter(({ status }) => !isDeregistered(status) && !isRevoked(status)));
    },
  },
];

/** A code of today with the prefecture and the province above it. */
const above = (code: string): readonly string[] => [
  ...new Set([code, `${code.slice(0, 4)}00`, `${code.slice(0, 2)}0000`]),
];

/** Everywhere that a member with this code surely belongs today: of a code that was divided, only what its parts share. */
function placesOf(code: string): readonly string[] {
  const [first, ...others] = (resolveRegion(code)?.current ?? []).map(above);
  return (first ?? []).filter((place) => others.every((other) => other.includes(place)));
}

function byPlace(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const [code, members] of counts)
    for (const place of placesOf(code)) totals.set(place, (totals.get(place) ?? 0) + members);
  return totals;
}

interface Figure {
  readonly area: string;
  readonly period: string;
  readonly value: number;
  readonly system: string;
}

/** The latest yearly figure of each area, of whatever level is published. */
const figuresOf = (base: CrossBase, indicator: string): Promise<readonly Figure[]> =>
  rowsOf<Figure>(
    base,
    `reading ${indicator}`,
    `SELECT DISTINCT ON (s.area) s.area, o.period, o.value::float8 AS value, c.system
      FROM ${base.definition.schema}.feed_latest AS o
      JOIN ${base.definition.schema}.feed_series AS s USING (series_id)
      JOIN ${base.definition.schema}.source_record AS r USING (record_id)
      JOIN ${base.definition.schema}.source AS c USING (source_id)
      WHERE s.indicator = $1 AND s.frequency = 'A' AND s.transformation = 'N' AND s.item = '_T' AND o.value > 0
      ORDER BY s.area, o.period DESC, o.released_on DESC`,
    [indicator],
  );

async function* compare(bases: CrossBases, measures: readonly Measure[]): AsyncGenerator<CrossFinding> {
  for (const { indicator, zh, band, note, count } of measures) {
    const figures = await figuresOf(bases.macroeconomic, indicator);
    if (figures.length === 0) continue;
    const counts = byPlace(await count(bases));
    // A base that holds nobody yet has nothing to compare.
    if (counts.size === 0) continue;
    for (const { area, period, value, system } of figures) {
      const [place] = placesOf(area);
      if (place === undefined) continue;
      const counted = counts.get(place) ?? 0;
      const apart = (counted - value) / value;
      if (Math.abs(apart) <= band) continue;
      const percent = `${apart > 0 ? '+' : ''}${(apart * 100).toFixed(1)} %`;
      yield {
        subject: `${indicator} ${place}`,
        message: `${resolveRegion(place)?.name ?? place}: ${counted} in the base, ${zh} of ${period} is ${value} (${percent}, allowed ${band * 100} %); ${note}`,
        ...{ base: 'macroeconomic', entityId: null, system },
      };
    }
  }
}

export const residentsAgree: CrossRule = {
  id: 'X03',
  version: 1,
  severity: 'W',
  title: 'residents of the population base agree with the statistical yearbook, area by area, within a band',
  zh: '人口库分地区人数与统计年鉴之差应在允许范围内',
  basis: { zh: '统计年鉴；户籍与常住口径不同', en: 'statistical yearbook; definitions differ: 户籍 and 常住' },
  find: (bases) => compare(bases, RESIDENTS),
};

export const enterprisesAgree: CrossRule = {
  id: 'X04',
  version: 1,
  severity: 'W',
  title:
    'live enterprises of the legal-entity base agree with the register of the statistics bureau, area by area, within a band',
  zh: '法人库分地区存续企业数与统计部门单位名录之差应在允许范围内',
  basis: { zh: '统计基本单位名录', en: 'statistics register of units' },
  find: (bases) => compare(bases, ENTERPRISES),
};
