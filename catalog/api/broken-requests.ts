import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { both } from '../texts.ts';
import { bodyOf, FAILURE_TYPE, type FailureWithStatus, failureOf, refused } from './failures.ts';
import { preferredLanguage } from './language.ts';
import { SECURITY_HEADERS } from './security.ts';

/* Requests that Node does not hand to the server, because they are none: they are answered in the same shape. */

const headersOf = (body: string): Readonly<Record<string, string | number>> => ({
  ...SECURITY_HEADERS,
  'cache-control': 'no-store',
  'content-type': FAILURE_TYPE,
  'content-length': Buffer.byteLength(body),
  connection: 'close',
});

/** What the parser of Node cannot read: request line, headers, framing. */
export function answerUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  // as Node itself looks whether an answer is under way, into which nothing may be written
  const { _httpMessage: answering } = socket as Socket & { readonly _httpMessage?: ServerResponse };
  if (error.code !== 'ECONNRESET' && socket.writable && answering?.headersSent !== true)
    socket.write(rawAnswer(failureOf(Object.assign(error, { statusCode: 400 }))));
  socket.destroy();
}

/** In English: what the client would like to read could not be read either. */
function rawAnswer({ status, failure }: FailureWithStatus): string {
  const body = bodyOf(failure, 'en');
  const headers = Object.entries(headersOf(body)).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers.join('')}\r\n${body}`;
}

/** `Expect` with anything but 100-continue. */
export function answerExpectations(server: FastifyInstance): void {
  server.server.on('checkExpectation', ({ headers }: IncomingMessage, response: ServerResponse) => {
    const { status, failure } = refused(
      417,
      both('标头 Expect 的取值未知', 'the header Expect has a value that is not known here'),
      '100-continue',
    );
    const body = bodyOf(failure, preferredLanguage(headers['accept-language']));
    response.writeHead(status, headersOf(body)).end(body);
  });
}
