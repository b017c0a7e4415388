import { fromWkb } from '../../schemas/geometry.ts';
import type { Projection } from '../pipeline.ts';
import type { StoredRecord } from '../record.ts';
import { type Box, boxOf } from '../standards/geometry/shape.ts';

interface Placed {
  readonly recordId: number;
  readonly featureClass: string;
  readonly box: Box;
}

function placedOf({ recordId, deleted, attributes }: StoredRecord): Placed | null {
  const { geometry, featureClass } = attributes;
  if (deleted || typeof geometry !== 'string' || typeof featureClass !== 'string') return null;
  const found = fromWkb(Buffer.from(geometry, 'base64'));
  return found === null ? null : { recordId, featureClass, box: boxOf(found.geometry) };
}

/** Where each record's geometry lies, for questions by rectangle; the geometry itself stays with the record. */
export const features: Projection = {
  async apply(client, schema, records) {
    await client.query(`DELETE FROM ${schema}.feature_box WHERE record_id = ANY($1::bigint[])`, [
      records.map(({ recordId }) => recordId),
    ]);
    const placed = records.map(placedOf).filter((one) => one !== null);
    if (placed.length === 0) return;
    await client.query(
      `INSERT INTO ${schema}.feature_box (record_id, feature_class, box)
       SELECT record_id, feature_class, box(point(west, south), point(east, north))
       FROM unnest($1::bigint[], $2::text[], $3::float8[], $4::float8[], $5::float8[], $6::float8[])
         AS n (record_id, feature_class, west, south, east, north)`,
      [
        placed.map(({ recordId }) => recordId),
        placed.map(({ featureClass }) => featureClass),
        ...[0, 1, 2, 3].map((side) => placed.map(({ box }) => box[side])),
      ],
    );
  },
};
