import { isUtf8 } from 'node:buffer';
import type { AvroSchema } from './avro.ts';
import { HubError } from './kernel/errors.ts';
import { minimumWidth, parseSchema } from './registry/schema-graph.ts';
import type { SchemaNode } from './registry/schema-node.ts';

export interface GuardLimits {
  /** Array items, map entries and records in one message. Default 100,000. */
  readonly maxItems?: number;
  /** Items that take no byte (`array<null>`), which no message length bounds. Default 1,000. */
  readonly maxEmptyItems?: number;
  /** Records, arrays, maps and unions within each other. Default 64. */
  readonly maxDepth?: number;
  /** Bytes of the message from `start`. Default 16 MiB. */
  readonly maxBytes?: number;
}

export type Guard = (bytes: Uint8Array, start: number) => void;

// Numbers, not names: the walk is the hot path of every consumer.
const OP = {
  none: 0,
  boolean: 1,
  int: 2,
  long: 3,
  skip: 4,
  text: 5,
  bytes: 6,
  enum: 7,
  blocks: 8,
  union: 9,
  record: 10,
} as const;
type Op = (typeof OP)[keyof typeof OP];

const PROTO = Buffer.from('__proto__');

interface Step {
  op: Op;
  /** Bytes of `skip`, symbols of `enum`. */
  size: number;
  /** Of a `blocks` item, key included: no block can claim more items than bytes / width. */
  width: number;
  /** A map: each item is preceded by its key. */
  keyed: boolean;
  steps: Step[];
}

/**
 * Compiles a walk over the bytes of one message which proves, without building anything, that decoding will read
 * exactly these bytes and stay within the limits. Schemas come from our registry; only the bytes are hostile.
 * The guard throws HUB_MESSAGE_MALFORMED with `details.position`.
 */
export function compileGuard(schema: AvroSchema, limits: GuardLimits = {}): Guard {
  const { maxItems = 100_000, maxEmptyItems = 1_000, maxDepth = 64, maxBytes = 16 * 1024 * 1024 } = limits;
  const program = compile(parseSchema(schema), new Map());
  let buf: Uint8Array = new Uint8Array(0);
  let pos = 0;
  let end = 0;
  let items = 0;
  let emptyItems = 0;

  const refuse = (what: string): HubError =>
    new HubError('HUB_MESSAGE_MALFORMED', `${what} at byte ${pos}`, { position: pos, bytes: end });

  function byte(): number {
    if (pos >= end) throw refuse('the message ends within a value');
    return buf[pos++] as number;
  }

  /** Zig-zag variable-length number. Beyond 2^53 only its magnitude is right, which is enough to refuse it. */
  function integer(maxLength: number, lastByte: number): number {
    let value = byte();
    if (value < 0x80) return value & 1 ? -(value + 1) / 2 : value / 2;
    const from = pos - 1;
    value &= 0x7f;
    let unit = 128;
    for (;;) {
      const b = byte();
      value += (b & 0x7f) * unit;
      unit *= 128;
      const length = pos - from;
      if (b < 0x80) {
        if (length === maxLength && b > lastByte) throw refuse('a number is too large');
        break;
      }
      if (length >= maxLength) throw refuse('a number is too long');
    }
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }
  const int = (): number => integer(5, 0x0f);
  const long = (): number => integer(10, 0x01);

  function advance(length: number): void {
    if (length < 0 || length > end - pos) throw refuse(`a length of ${length} with ${end - pos} bytes left`);
    pos += length;
  }

  function text(): void {
    const length = long();
    const from = pos;
    advance(length);
    const to = pos;
    const local = buf;
    let at = from;
    while (at < to && (local[at] as number) < 0x80) at++;
    if (at < to && !isUtf8(local.subarray(at, to))) {
      pos = at;
      throw refuse('text that is not UTF-8');
    }
  }

  function key(): void {
    const from = pos;
    text();
    // avsc would set the prototype and lose the entry.
    if (pos - from === 10 && Buffer.from(buf.buffer, buf.byteOffset + from + 1, 9).equals(PROTO))
      throw refuse('a map key __proto__');
  }

  function count(n: number, width: number): void {
    items += n;
    if (items > maxItems) throw refuse(`more than ${maxItems} items`);
    if (width === 0) emptyItems += n;
    if (emptyItems > maxEmptyItems) throw refuse(`more than ${maxEmptyItems} items without bytes`);
  }

  function blocks(step: Step, depth: number): void {
    const item = step.steps[0] as Step;
    for (;;) {
      let n = long();
      if (n === 0) return;
      let blockEnd = -1;
      if (n < 0) {
        n = -n;
        const size = long();
        if (size < 0 || size > end - pos) throw refuse(`a block of ${size} bytes with ${end - pos} left`);
        blockEnd = pos + size;
      }
      if (n * step.width > end - pos) throw refuse(`a block of ${n} items with ${end - pos} bytes left`);
      count(n, step.width);
      for (let i = 0; i < n; i++) {
        if (step.keyed) key();
        walk(item, depth);
      }
      if (blockEnd !== -1 && pos !== blockEnd) throw refuse(`a block that should end at byte ${blockEnd}`);
    }
  }

  function walk(step: Step, depth: number): void {
    switch (step.op) {
      case OP.none:
        return;
      case OP.boolean:
        if (byte() > 1) throw refuse('a boolean that is neither 0 nor 1');
        return;
      case OP.int:
        int();
        return;
      case OP.long:
        long();
        return;
      case OP.skip:
        advance(step.size);
        return;
      case OP.text:
        text();
        return;
      case OP.bytes:
        advance(long());
        return;
      case OP.enum: {
        const index = int();
        if (index < 0 || index >= step.size) throw refuse(`enum index ${index} of ${step.size}`);
        return;
      }
    }
    if (depth > maxDepth) throw refuse(`nested deeper than ${maxDepth}`);
    if (step.op === OP.blocks) {
      blocks(step, depth + 1);
      return;
    }
    if (step.op === OP.union) {
      const index = long();
      const branch = step.steps[index];
      if (branch === undefined) throw refuse(`union index ${index} of ${step.steps.length}`);
      walk(branch, depth + 1);
      return;
    }
    count(1, 1);
    const { steps } = step;
    for (let i = 0; i < steps.length; i++) walk(steps[i] as Step, depth + 1);
  }

  return (bytes, start) => {
    buf = bytes;
    pos = start;
    end = bytes.length;
    items = 0;
    emptyItems = 0;
    if (end - start > maxBytes) throw refuse(`a message of ${end - start} bytes, more than ${maxBytes},`);
    walk(program, 1);
    if (pos !== end) throw refuse(`${end - pos} bytes too many`);
  };
}

function compile(node: SchemaNode, done: Map<SchemaNode, Step>): Step {
  const known = done.get(node);
  if (known !== undefined) return known;
  const step: Step = { op: OP.none, size: 0, width: 0, keyed: false, steps: [] };
  done.set(node, step);
  switch (node.kind) {
    case 'null':
      break;
    case 'boolean':
    case 'int':
    case 'long':
    case 'bytes':
      step.op = OP[node.kind];
      break;
    case 'string':
      step.op = OP.text;
      break;
    case 'float':
    case 'double':
    case 'fixed':
      step.op = OP.skip;
      step.size = node.kind === 'fixed' ? node.size : node.kind === 'float' ? 4 : 8;
      break;
    case 'enum':
      step.op = OP.enum;
      step.size = node.symbols.length;
      break;
    case 'array':
    case 'map': {
      const item = node.kind === 'map' ? node.values : node.items;
      step.op = OP.blocks;
      step.keyed = node.kind === 'map';
      step.width = minimumWidth(item) + (step.keyed ? 1 : 0);
      step.steps = [compile(item, done)];
      break;
    }
    case 'union':
      step.op = OP.union;
      step.steps = node.branches.map((branch) => compile(branch, done));
      break;
    case 'record':
      step.op = OP.record;
      step.steps = node.fields.map((field) => compile(field.type, done));
      break;
  }
  return step;
}
