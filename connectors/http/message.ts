import type { Answer } from './exchange.ts';

export interface HttpRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Less than the connection allows. */
  readonly maxBytes?: number;
  /** Statuses beside 2xx that are no failure. */
  readonly accept?: readonly number[];
}

export interface HttpReply extends Answer {
  /** After redirects. */
  readonly url: string;
}
