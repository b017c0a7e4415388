import type { Connector } from '../connector.ts';
import type { FileFormat, FileShape } from '../files/format.ts';
import { fileSource } from '../files/source.ts';
import { type GeoConfig, type GeoJsonStream, type GeoStream, geoConfig, type ShapefileStream } from './config.ts';
import { inspectGeoJson, readGeoJson } from './geojson.ts';
import { inspectShapefile, readShapefile } from './shapefile.ts';

const format: FileFormat<GeoStream, FileShape> = {
  type: 'geo-files',
  beside: ['.dbf', '.prj', '.cpg'],
  inspect: (file, stream) =>
    stream.format === 'shapefile' ? inspectShapefile(file, stream) : inspectGeoJson(file, stream),
  rows: (file, request) =>
    request.stream.format === 'shapefile'
      ? readShapefile(file, { ...request, stream: request.stream as ShapefileStream })
      : readGeoJson(file, { ...request, stream: request.stream as GeoJsonStream }),
};

export const geoFiles: Connector<GeoConfig> = {
  type: 'geo-files',
  summary: 'Shapefiles and GeoJSON in a folder, in a declared coordinate system, geometry as EWKB',
  config: geoConfig,
  keysOnce: 'file',
  versions: () => 'file',
  open: async (config, context) => fileSource(format, config, context),
};
