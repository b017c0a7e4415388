import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RawRequest {
  readonly method: string;
  /** Goes out as it is. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A request whose address no client library would send. */
export function askRaw(port: number, { method, path, headers = {}, body }: RawRequest): Promise<RawAnswer> {
  const bytes = Buffer.from(body ?? '');
  const length = body === undefined ? {} : { 'content-length': String(bytes.length) };
  const lines = Object.entries({ host: 'hub.example', connection: 'close', ...length, ...headers });
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return sendRaw(port, Buffer.concat([Buffer.from(head), bytes]), method === 'HEAD');
}

/** Bytes that need not be a request at all; the answer when the server has closed. */
export async function sendRaw(port: number, bytes: Buffer | string, isHead = false): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('data', (part: Buffer) => parts.push(part));
    socket.once('close', () => resolve());
    // A server that refuses a large body need not read it to its end.
    socket.on('error', (error) => (parts.length > 0 ? resolve() : reject(error)));
    socket.write(bytes);
  });
  return parsed(Buffer.concat(parts), isHead);
}

function parsed(answer: Buffer, isHead: boolean): RawAnswer {
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) throw new Error(`no answer of HTTP: ${answer.toString('latin1').slice(0, 200)}`);
  const [line = '', ...lines] = answer.toString('latin1', 0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((one) => [one.slice(0, one.indexOf(':')).toLowerCase(), one.slice(one.indexOf(':') + 1).trim()]),
  );
  const rest = answer.subarray(end + 4);
  const body = headers['transfer-encoding'] === 'chunked' && !isHead ? unchunked(rest) : rest;
  return { status: Number(line.split(' ')[1]), headers, body: body.toString('utf8') };
}

function unchunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.toString('latin1', at, end), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  throw new Error('the answer broke off');
}
