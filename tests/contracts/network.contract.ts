import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Source } from '../../connectors/connector.ts';
import { isHubError } from '../../schemas/kernel/errors.ts';
import { type Badness, badServer } from '../support/bad-server.ts';

/** A source at the port, whose limits are as short as its settings allow. */
export interface NetworkFixture extends AsyncDisposable {
  /** A service that is good; null: none can be had, and then only what speaks no word of it is tried. */
  readonly service: number | null;
  open(port: number): Promise<Source>;
  readonly stream: string;
  /** Bytes of the service after which it stops. */
  readonly after: readonly number[];
  /** The longest wait that the settings allow, with what it takes to close. */
  readonly limitMs: number;
}

/** A machine that others use too. */
const MARGIN_MS = 6_000;
const PASSING = ['HUB_SOURCE_UNREACHABLE', 'HUB_SOURCE_READ_FAILED'];

/** Registers the tests of every connector that reaches over a network: no wait of it is without an end. */
export function networkContract(name: string, setup: () => Promise<NetworkFixture>, isReal = true): void {
  describe(`network contract: ${name}`, () => {
    let fixture: NetworkFixture;
    beforeAll(async () => {
      fixture = await setup();
    });
    afterAll(async () => {
      await fixture?.[Symbol.asyncDispose]();
    });

    const ended = async (how: Badness, after: number, work: (source: Source) => Promise<unknown>) => {
      await using server = await badServer(how, fixture.service, after);
      const begun = performance.now();
      const error = await (async () => {
        await using source = await fixture.open(server.port);
        await work(source);
      })().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(performance.now() - begun).toBeLessThan(fixture.limitMs + MARGIN_MS);
      return error;
    };
    const check = (source: Source): Promise<unknown> => source.check();
    const read = async (source: Source): Promise<void> => {
      for await (const _ of source.read(fixture.stream, null));
    };
    const works = [
      ['check', check],
      ['read', read],
    ] as const;

    for (const [what, work] of works) {
      test.each(['closed', 'deaf', 'silent'] as const)(
        `${what} of a server that is %s ends, unreachable`,
        async (how) => {
          expect(await ended(how, 0, work)).toMatchObject({ code: 'HUB_SOURCE_UNREACHABLE', recovery: 'retry' });
        },
      );
      if (!isReal) continue;
      test(`${what} of a server that gives a byte now and then ends, and may be tried again`, async () => {
        const error = await ended('trickle', 0, work);
        expect([isHubError(error), isHubError(error) && PASSING.includes(error.code), String(error)]).toEqual([
          true,
          true,
          expect.anything(),
        ]);
      });
      test.each(['stall', 'cut'] as const)(
        `${what} of a server that stops in the middle (%s) ends, and may be tried again`,
        async (how) => {
          for (const after of fixture.after) {
            const error = await ended(how, after, work);
            const told = isHubError(error) ? error.code : error;
            expect([after, how, PASSING.includes(told as string) ? 'may pass' : told]).toEqual([
              after,
              how,
              'may pass',
            ]);
          }
        },
      );
    }
  });
}
