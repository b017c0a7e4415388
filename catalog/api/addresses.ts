import type { FastifyInstance } from 'fastify';

export interface Addresses {
  /** What may be asked of a path; empty when nothing is served there. */
  methodsAt(path: string): readonly string[];
}

/** The addresses of the routes that are added to the server from here on. */
export function collectAddresses(server: FastifyInstance): Addresses {
  const methods = new Map<string, Set<string>>();
  server.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    methods.set(url, known);
  });
  let patterns: readonly (readonly [pattern: RegExp, methods: ReadonlySet<string>])[] = [];
  server.addHook('onReady', async () => {
    patterns = [...methods].map(([url, known]) => [patternOf(url), known]);
  });
  return {
    methodsAt: (path) =>
      [...new Set(patterns.flatMap(([pattern, known]) => (pattern.test(path) ? [...known] : [])))].sort(),
  };
}

const patternOf = (url: string): RegExp =>
  new RegExp(
    `^${url
      .split('/')
      .map((part) =>
        part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'),
      )
      .join('/')}$`,
  );
