import type { Geometry, Position } from '../../../schemas/geometry.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';

/** Why a geometry is not valid as OGC Simple Features (06-103r4) has it. */
export interface Invalidity {
  /** As JTS and GEOS call it: `Self-intersection`, `Ring Self-intersection`, `Nested shells`, `Hole lies outside shell` … */
  readonly name: string;
  readonly at: Position;
}

/** Of a geometry with enough points; null when it is valid, or of a type of which nothing can be wrong. */
type Judge = (geometry: Geometry) => Invalidity | null;

/** The library takes a fifth of a second to load, which only those who judge a geometry should wait for. */
async function openJudge(): Promise<Judge> {
  const [{ default: Coordinate }, { default: GeometryFactory }, { default: IsValidOp }] = await Promise.all([
    import('jsts/org/locationtech/jts/geom/Coordinate.js'),
    import('jsts/org/locationtech/jts/geom/GeometryFactory.js'),
    import('jsts/org/locationtech/jts/operation/valid/IsValidOp.js'),
  ]);
  const factory = new GeometryFactory();
  const coordinates = (positions: readonly Position[]) => positions.map(([x, y]) => new Coordinate(x, y));
  const ring = (positions: readonly Position[]) => factory.createLinearRing(coordinates(positions));
  const polygon = ([shell = [], ...holes]: readonly (readonly Position[])[]) =>
    factory.createPolygon(ring(shell), holes.map(ring));
  const line = (positions: readonly Position[]) => factory.createLineString(coordinates(positions));

  function built(geometry: Geometry) {
    switch (geometry.type) {
      case 'LineString':
        return line(geometry.coordinates);
      case 'MultiLineString':
        return factory.createMultiLineString(geometry.coordinates.map(line));
      case 'Polygon':
        return polygon(geometry.coordinates);
      case 'MultiPolygon':
        return factory.createMultiPolygon(geometry.coordinates.map(polygon));
      default:
        return null;
    }
  }

  return (geometry) => {
    const whole = built(geometry);
    const error = whole === null ? null : new IsValidOp(whole).getValidationError();
    if (error === null) return null;
    const { x, y } = error.getCoordinate();
    return { name: error.getMessage(), at: [x, y] };
  };
}

let judge: Judge | null = null;
let opening: Promise<void> | null = null;

/** To be awaited before `invalidityOf` is asked for the first time. */
export function loadValidity(): Promise<void> {
  opening ??= openJudge().then((opened) => {
    judge = opened;
  });
  return opening;
}

/** The first part with fewer points than a line or a closed ring needs: of it nothing else can be asked. */
function tooShort(geometry: Geometry): Invalidity | null {
  const [rings, least] =
    geometry.type === 'Polygon'
      ? [geometry.coordinates, 4]
      : geometry.type === 'MultiPolygon'
        ? [geometry.coordinates.flat(), 4]
        : [
            geometry.type === 'LineString'
              ? [geometry.coordinates]
              : geometry.type === 'MultiLineString'
                ? geometry.coordinates
                : [],
            2,
          ];
  const short = rings.find((positions) => positions.length < least);
  return short === undefined ? null : { name: 'Too few points in geometry component', at: short[0] ?? [0, 0] };
}

/**
 * The first thing that is wrong with a geometry whose rings are closed and whose coordinates are finite; null when it is
 * valid. Takes n log n: a ring of 200,000 points is judged in less than a second.
 */
export function invalidityOf(geometry: Geometry): Invalidity | null {
  const short = tooShort(geometry);
  if (short !== null) return short;
  if (judge === null) throw new HubError('HUB_INTERNAL', 'a geometry is judged before `loadValidity`');
  return judge(geometry);
}
