import { z } from 'zod';
import { dbfStream } from '../dbf-table/stream.ts';
import { fileStreamFields, folderConnection } from '../files/config.ts';
import { CRS_NAMES } from './crs.ts';

const common = {
  ...fileStreamFields,
  crs: z.enum(CRS_NAMES).describe('coordinate system of the file; never guessed'),
  geometry: z
    .string()
    .regex(/^(?!__proto__$)\S{1,60}$/u)
    .default('GEOM')
    .describe('name of the column with the geometry'),
  maxPoints: z.number().int().min(1).max(2_000_000).default(200_000).describe('of one geometry; more is rejected'),
};

const geoStream = z.discriminatedUnion('format', [
  z.strictObject({
    ...common,
    format: z.literal('shapefile'),
    encoding: dbfStream.shape.encoding,
    codePageByte: dbfStream.shape.codePageByte,
  }),
  z.strictObject({
    ...common,
    format: z.literal('geojson'),
    properties: z
      .array(z.string().regex(/^(?!__proto__$).{1,60}$/u))
      .min(1)
      .describe('members of properties that become columns; `id` is the id of the feature'),
    maxFeatureBytes: z
      .number()
      .int()
      .min(256)
      .max(64 * 1024 * 1024)
      .default(8 * 1024 * 1024)
      .describe('a larger feature is rejected'),
  }),
]);
export type GeoStream = z.infer<typeof geoStream>;
export type ShapefileStream = Extract<GeoStream, { format: 'shapefile' }>;
export type GeoJsonStream = Extract<GeoStream, { format: 'geojson' }>;

export const geoConfig = z.strictObject({ connection: folderConnection, streams: z.record(z.string(), geoStream) });
export type GeoConfig = z.infer<typeof geoConfig>;
