import { crc32, inflateRawSync } from 'node:zlib';

/** A ZIP archive whose parts are stored, or packed already. */
export function zipOf(
  parts: Readonly<Record<string, string | { readonly packed: Buffer; readonly bytes: number }>>,
  wrongSum?: string,
): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let at = 0;
  for (const [name, part] of Object.entries(parts)) {
    const data = typeof part === 'string' ? Buffer.from(part) : part.packed;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(typeof part === 'string' ? 0 : 8, 4);
    const sum = typeof part === 'string' ? crc32(data) : crc32(inflateRawSync(data));
    common.writeUInt32LE(name === wrongSum ? sum ^ 1 : sum, 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(typeof part === 'string' ? data.length : part.bytes, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), common, rest, Buffer.from(name)]));
    locals.push(local);
    at += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(locals.length, 4);
  end.writeUInt16LE(locals.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...locals, central, Buffer.from('PK\x05\x06'), end]);
}

/** Parts of a workbook with one sheet. */
export const workbookOf = (sheet: Parameters<typeof zipOf>[0][string]): Parameters<typeof zipOf>[0] => ({
  'xl/workbook.xml': '<workbook><sheets><sheet name="a" id="r1"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels': '<r><Relationship Id="r1" Target="worksheets/sheet1.xml"/></r>',
  'xl/worksheets/sheet1.xml': sheet,
});
