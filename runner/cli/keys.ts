import type { Command } from 'commander';
import { addKey, type KeyLine, listKeys, revokeKey } from '../../catalog/access/keys.ts';
import { readGiven } from '../settings/given-file.ts';
import { day } from './people.ts';
import { print, printJson, table } from './print.ts';
import { recorded } from './recorded.ts';
import { type CommonOptions, inHub } from './session.ts';

/** Whoever works on the machine of the hub, for those who ask later. */
const BY = 'hub key';

function stateOf({ validUntil, revokedAt }: KeyLine): string {
  if (revokedAt !== null) return `revoked ${revokedAt.toISOString()}`;
  if (validUntil === null) return 'good';
  return `${validUntil.getTime() > Date.now() ? 'good until' : 'over since'} ${validUntil.toISOString()}`;
}

/** Keys with which systems of departments sign what they ask. */
export function addKeyCommands(program: Command, common: () => CommonOptions): void {
  const withHub = inHub(common);
  const key = program.command('key').description('keys with which systems of departments sign their requests');
  key
    .command('add')
    .description('a key of a system; older ones stay good until they are revoked')
    .argument('<system>', 'which system signs with it')
    .requiredOption('--organisation <code>', 'whose system it is')
    .option('--public-key <file>', 'PEM of Ed25519; without it a secret for HMAC-SHA256 is made and printed once')
    .option('--until <day>', 'last day of the key', day)
    .action((system: string, options: { organisation: string; publicKey?: string; until?: Date }) =>
      withHub(async (hub) => {
        const { organisation, publicKey: file, until } = options;
        const publicKey = file === undefined ? null : readGiven(file);
        const { keyId, secret } = await recorded(
          hub,
          {
            ...{ what: 'key', on: { resource: 'key' }, details: { system, organisation, until: until?.toISOString() } },
            made: (added) => `key/${added.keyId}`,
          },
          () => addKey(hub.pool, { system, organisation, publicKey, validUntil: until, by: BY }),
        );
        print(`keyid: ${keyId}`);
        if (secret !== null) print(`secret (Base64, shown this once): ${secret}`);
      }),
    );
  key
    .command('list')
    .description('every key, and whether it is good')
    .option('--json', 'as one line of JSON')
    .action((options: { json?: boolean }) =>
      withHub(async ({ pool }) => {
        const keys = await listKeys(pool);
        if (options.json === true) printJson(keys);
        else
          print(
            table(
              ['keyid', 'system', 'organisation', 'alg', 'state'],
              keys.map((one) => [one.keyId, one.system, one.organisation, one.alg, stateOf(one)]),
            ),
          );
      }),
    );
  key
    .command('revoke')
    .description('a key is good for nothing from the next request on')
    .argument('<keyid>', 'of the list')
    .action((keyId: string) =>
      withHub(async (hub) => {
        await recorded(
          hub,
          { what: 'key', on: { resource: 'key' }, details: { revoked: keyId }, made: () => `key/${keyId}` },
          () => revokeKey(hub.pool, keyId, BY),
        );
        print(`${keyId} is revoked.`);
      }),
    );
}
