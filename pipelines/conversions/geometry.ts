import type { Severity } from '../../schemas/base.ts';
import { fromWkb, type Geometry, type Position, partsOf, toWkb } from '../../schemas/geometry.ts';
import type { RawValue } from '../../schemas/stream.ts';
import type { Attributes, Issue } from '../record.ts';
import { crsName, mapPositions, transformFrom, zoneFault } from '../standards/geometry/crs.ts';
import { areaOf, boxOf, decimalsOf, repaired } from '../standards/geometry/shape.ts';
import { invalidityOf, loadValidity } from '../standards/geometry/validity.ts';
import { cleanText, isBlank } from '../standards/text.ts';
import type { ConversionInput, ConversionSpec, Converted } from './contract.ts';
import { asWritten, badArgument, flawed, NOTHING } from './reading.ts';

/** The province with half a degree around it. */
const PROVINCE = [89, 31.1, 103.6, 39.7] as const;
const CRS_ARGUMENTS: Readonly<Record<string, number>> = {
  'EPSG:4490': 4490,
  'EPSG:4326': 4326,
  gcj02: 900_002,
  bd09: 900_009,
};
const MOST_POINTS = 200_000;

/** WKB in base64 in CGCS2000, with type, source system and area beside it. */
function placed(geometry: Geometry, srid: number, input: ConversionInput): Converted {
  const transform = transformFrom(srid);
  if (transform === null)
    return flawed(
      null,
      input,
      'S01',
      'F',
      `${crsName(srid)} cannot be turned into CGCS2000: its parameters are not public`,
    );
  let points = 0;
  for (const part of partsOf(geometry)) points += part.length;
  if (points === 0 || points > MOST_POINTS)
    return flawed(null, input, 'S07', 'E', points === 0 ? 'an empty geometry' : `more than ${MOST_POINTS} points`);
  const [left, , right] = boxOf(geometry);
  const fault = Number.isFinite(left + right) ? zoneFault(srid, left, right) : null;
  if (fault !== null) return flawed(null, input, 'S05', 'E', fault);
  const { geometry: whole, changed } = repaired(mapPositions(geometry, transform));
  const [west, south, east, north] = boxOf(whole);
  if (![west, south, east, north].every(Number.isFinite))
    return flawed(null, input, 'S07', 'E', 'a coordinate that is no number');
  const issues: Issue[] = [];
  const report = (rule: string, severity: Severity, message: string): void => {
    issues.push({ rule, severity, attribute: input.attribute, message });
  };
  // Faults before notes: of one rule and attribute, the first is kept.
  const invalid = invalidityOf(whole);
  if (invalid !== null)
    report('S06', 'E', `${invalid.name} near ${invalid.at[0].toFixed(5)} ${invalid.at[1].toFixed(5)}`);
  for (const message of changed) report('S06', 'I', message);
  if (west < 40 && south > 80) report('S03', 'E', 'latitude stands before longitude');
  else if (west < PROVINCE[0] || south < PROVINCE[1] || east > PROVINCE[2] || north > PROVINCE[3])
    report('S02', 'E', 'lies outside the province');
  const area = invalid === null ? areaOf(whole) : null;
  const extra: Attributes = {
    ...{ geometryType: whole.type, sourceCrs: crsName(srid), coordinateDecimals: decimalsOf(geometry) },
    ...(area === null ? {} : { computedArea: area.toFixed(1) }),
  };
  return { value: toWkb(whole).toString('base64'), issues, extra };
}

/** Bytes of a geometry column; one that names its own system is believed. */
function geometry(argument: string | null): (values: readonly RawValue[], input: ConversionInput) => Converted {
  const srid = sridOf('geometry', argument);
  return (values, input) => {
    const raw = values.find((value) => value !== null && value !== undefined && value !== '') ?? null;
    if (raw === null) return NOTHING;
    const bytes = typeof raw === 'string' ? bytesOf(raw) : raw instanceof Uint8Array ? raw : null;
    const found = bytes === null ? null : fromWkb(bytes);
    if (found === null) return flawed(null, input, 'S07', 'E', 'no geometry in WKB');
    return placed(found.geometry, found.srid ?? srid, input);
  };
}

/** Hexadecimal, as PostGIS prints it, or base64. */
const bytesOf = (text: string): Uint8Array | null =>
  /^(?:[0-9a-f]{2})+$/i.test(text)
    ? Buffer.from(text, 'hex')
    : /^[\w+/]+=*$/.test(text)
      ? Buffer.from(text, 'base64')
      : null;

function point(argument: string | null): (values: readonly RawValue[], input: ConversionInput) => Converted {
  const srid = sridOf('point', argument);
  return (values, input) => {
    const texts = values.map((value) => (value === null ? '' : cleanText(asWritten(value) ?? '')));
    if (texts.every((text) => text === '' || isBlank(text))) return NOTHING;
    const [x, y] = texts.map((text) => (/^[+-]?\d{1,3}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN));
    if (texts.length !== 2 || x === undefined || y === undefined || Number.isNaN(x) || Number.isNaN(y))
      return flawed(
        null,
        input,
        'S07',
        'E',
        `"${texts.join(' ').slice(0, 40)}" is no longitude and latitude in degrees`,
      );
    return placed({ type: 'Point', coordinates: [x, y] satisfies Position }, srid, input);
  };
}

function sridOf(name: string, argument: string | null): number {
  const srid = CRS_ARGUMENTS[argument ?? 'EPSG:4490'];
  if (srid === undefined) throw badArgument(name, argument, Object.keys(CRS_ARGUMENTS));
  return srid;
}

const ARGUMENTS = Object.keys(CRS_ARGUMENTS).join(', ');

export const geometryConversions: readonly ConversionSpec[] = [
  {
    ...{ name: 'geometry', arguments: ARGUMENTS, prepare: geometry, load: loadValidity },
    summary:
      '空间图形: WKB or EWKB into CGCS2000; closes and turns rings, refuses what is not valid; tells type and area',
  },
  {
    ...{ name: 'point', arguments: ARGUMENTS, prepare: point, load: loadValidity },
    summary: '点位: two columns, longitude and latitude in degrees, into CGCS2000',
  },
];
