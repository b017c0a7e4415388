import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Told {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface HttpServer extends AsyncDisposable {
  readonly address: string;
}

/** A small service on a free port of 127.0.0.1. */
export async function serveHttp(answer: (asked: Asked) => Told | Promise<Told>): Promise<HttpServer> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const url = new URL(request.url ?? '/', address());
    const { method = 'GET', headers } = request;
    const {
      status = 200,
      type = 'application/json; charset=utf-8',
      headers: more = {},
      body,
    } = await answer({
      ...{ method, url, headers, body: Buffer.concat(chunks).toString('utf8') },
    });
    response.writeHead(status, { 'content-type': type, ...more }).end(body);
  });
  const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: address(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const xmlText = (text: string): string => text.replace(/[&<>"]/g, (sign) => SIGNS[sign] as string);
