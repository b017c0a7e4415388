import { openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePolygons } from '../../../runner/demo/departments/shapefile-out.ts';
import { cells, keep, type Subject } from './subject.ts';
import { linesOf, writeText } from './text.ts';

type Ring = readonly (readonly [x: number, y: number])[];
const RING: Ring = [
  [95.1, 35.1],
  [95.1, 35.2],
  [95.2, 35.2],
  [95.2, 35.1],
  [95.1, 35.1],
];
const FEATURE = `"geometry":{"type":"Polygon","coordinates":[${JSON.stringify(RING)}]}`;

/** A polygon in well-known bytes, as the row has it. */
function bytesOf(rings: readonly Ring[]): Buffer {
  const bytes = Buffer.alloc(13 + rings.reduce((sum, ring) => sum + 4 + 16 * ring.length, 0));
  bytes.writeUInt8(1, 0);
  bytes.writeUInt32LE(0x2000_0003, 1);
  bytes.writeUInt32LE(4490, 5);
  let at = bytes.writeUInt32LE(rings.length, 9);
  for (const ring of rings) {
    at = bytes.writeUInt32LE(ring.length, at);
    for (const [x, y] of ring) at = bytes.writeDoubleLE(y, bytes.writeDoubleLE(x, at));
  }
  return bytes;
}

interface Feature {
  readonly properties: { readonly BH: string; readonly RQ: string };
  readonly geometry: { readonly coordinates: readonly Ring[] };
}

export const GEO_SUBJECTS: readonly Subject[] = [
  {
    ...{ name: 'geojson', connector: 'geo-files', mostRows: 2_000_000 },
    source: { format: 'geojson', files: '*.geojson', crs: 'EPSG:4490', key: ['BH'], properties: ['BH', 'RQ'] },
    prepare: (folder, rows) =>
      writeText(
        join(folder, 'a.geojson'),
        rows,
        '{"type":"FeatureCollection","features":[',
        (i) => `${i === 0 ? '' : ','}\n{"type":"Feature","properties":{"BH":"${i}","RQ":"2024-01-01"},${FEATURE}}`,
        '\n]}',
      ),
    /** A stream of lines, for which the file is made: one feature a line. */
    async plain(folder) {
      let count = 0;
      for await (const lines of linesOf(join(folder, 'a.geojson'), 'utf-8', '\n'))
        for (const line of lines) {
          if (!line.startsWith('{"type":"Feature",')) continue;
          const feature = JSON.parse(line.endsWith(',') ? line.slice(0, -1) : line) as Feature;
          keep.last = { ...feature.properties, GEOM: bytesOf(feature.geometry.coordinates) };
          count += 1;
        }
      return count;
    },
  },
  {
    ...{ name: 'shapefile', connector: 'geo-files', mostRows: 500_000 },
    source: { format: 'shapefile', files: '*.shp', crs: 'EPSG:4490', key: ['BH'] },
    async prepare(folder, rows) {
      const columns = [
        { name: 'BH', type: 'C(12)', title: '' },
        { name: 'MC', type: 'C(30)', title: '' },
      ];
      const places = Array.from({ length: rows }, (_, i) => ({ ring: RING, cells: cells(i).slice(0, 2) }));
      await writePolygons({ folder }, 'a', columns, places);
      return null;
    },
    async plain(folder) {
      const shapes = await readFile(join(folder, 'a.shp'));
      const table = openSync(join(folder, 'a.dbf'), 'r');
      const head = Buffer.alloc(32);
      readSync(table, head, 0, 32, 0);
      const [start, length] = [head.readUInt16LE(8), head.readUInt16LE(10)];
      const decoder = new TextDecoder('gb18030');
      const rows = Buffer.alloc(length * 2_000);
      let count = 0;
      for (let at = 100; at < shapes.length; count++) {
        const row = (count % 2_000) * length;
        if (row === 0) readSync(table, rows, 0, rows.length, start + count * length);
        const points = shapes.readInt32LE(at + 8 + 40);
        const ring = Array.from({ length: points }, (_, i): [number, number] => {
          const from = at + 8 + 48 + 16 * i;
          return [shapes.readDoubleLE(from), shapes.readDoubleLE(from + 8)];
        });
        const text = (from: number, to: number): string =>
          decoder.decode(rows.subarray(row + from, row + to)).trimEnd();
        keep.last = { BH: text(1, 13), MC: text(13, 43), GEOM: bytesOf([ring]) };
        at += 8 + 2 * shapes.readInt32BE(at + 4);
      }
      return count;
    },
  },
];
