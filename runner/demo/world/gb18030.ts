/*
 * Node decodes GB18030 but does not encode it. The table is the decoder turned round: 23,940 sequences of two bytes,
 * the 39,420 of four bytes below U+10000, and a formula above (GB 18030-2022 as ICU has it).
 */

const FOUR_BYTES_BMP = 39_420;
const FIRST_FOUR = [0x81, 0x30, 0x81, 0x30] as const;
const FIRST_SUPPLEMENTARY = [0x90, 0x30, 0x81, 0x30] as const;

function fourBytes(start: readonly [number, number, number, number], linear: number): number {
  const [a, b, c, d] = start;
  const l = ((a * 10 + (b - 0x30)) * 126 + (c - 0x81)) * 10 + (d - 0x30) + linear;
  return (
    (Math.floor(l / 12_600) << 24) |
    ((0x30 + (Math.floor(l / 1260) % 10)) << 16) |
    ((0x81 + (Math.floor(l / 10) % 126)) << 8) |
    (0x30 + (l % 10))
  );
}

/** By UTF-16 unit: 0 = none, below 0x10000 two bytes, otherwise four. */
function invert(): Int32Array {
  const decoder = new TextDecoder('gb18030');
  const table = new Int32Array(0x10000);
  for (let linear = 0; linear < FOUR_BYTES_BMP; linear++) {
    const code = fourBytes(FIRST_FOUR, linear);
    const text = decoder.decode(Uint8Array.of(code >>> 24, (code >> 16) & 0xff, (code >> 8) & 0xff, code & 0xff));
    if (text.length === 1 && text !== '\ufffd') table[text.charCodeAt(0)] = code;
  }
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) continue;
      const text = decoder.decode(Uint8Array.of(lead, trail));
      if (text.length === 1 && text !== '\ufffd') table[text.charCodeAt(0)] = (lead << 8) | trail;
    }
  }
  table[0xfffd] = fourBytes(FIRST_FOUR, 39_417);
  return table;
}

let table: Int32Array | null = null;

/** Writes `text` at `at`; returns the position after it. Lone surrogates and 19 private-use characters become U+FFFD. `into` must have 4 bytes a unit left. */
export function encodeInto(text: string, into: Uint8Array, at: number): number {
  table ??= invert();
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      into[at++] = unit;
      continue;
    }
    let code = table[unit]!;
    if (code === 0) code = table[0xfffd]!;
    if (unit >= 0xd800 && unit <= 0xdfff) {
      const point = text.codePointAt(i)!;
      if (point > 0xffff) {
        code = fourBytes(FIRST_SUPPLEMENTARY, point - 0x10000);
        i += 1;
      }
    }
    if (code > 0 && code < 0x10000) {
      into[at++] = code >> 8;
      into[at++] = code & 0xff;
    } else {
      into[at++] = code >>> 24;
      into[at++] = (code >> 16) & 0xff;
      into[at++] = (code >> 8) & 0xff;
      into[at++] = code & 0xff;
    }
  }
  return at;
}

export function encodeGb18030(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 4);
  return bytes.subarray(0, encodeInto(text, bytes, 0));
}
