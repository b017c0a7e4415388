import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FTPError } from 'basic-ftp';
import pg from 'pg';
import { readOrganisations } from '../../../catalog/access/organisations.ts';
import { requireGoodPassword } from '../../../catalog/access/passwords.ts';
import { admit, NOBODY } from '../../../catalog/access/principal.ts';
import { digestCheck, readSignature } from '../../../catalog/access/signatures.ts';
import { notFound } from '../../../catalog/api/failures.ts';
import { requireConfirmed } from '../../../catalog/api/guard.ts';
import { createSigner, openNote } from '../../../catalog/proof/note.ts';
import { createTurns } from '../../../catalog/turns.ts';
import { csv } from '../../../connectors/csv/connector.ts';
import { fileSystemError, remoteFailure } from '../../../connectors/files/failure.ts';
import { webhookScheme } from '../../../connectors/webhook/config.ts';
import { acceptPush, webhook } from '../../../connectors/webhook/connector.ts';
import { verifyPush } from '../../../connectors/webhook/verify.ts';
import { prepareConversion } from '../../../pipelines/conversions.ts';
import { personNamed } from '../../../pipelines/engine/steward/person.ts';
import { positive } from '../../../runner/cli/systems.ts';
import { readSystemFile } from '../../../runner/control/system-file.ts';
import { refuseUnfit } from '../../../runner/doctor/finding.ts';
import { kafkaError } from '../../../runner/log/kafka-errors.ts';
import { MAX_MESSAGE_BYTES, refuseOversize } from '../../../runner/log/limits.ts';
import { requireKept, topicRenewed } from '../../../runner/log/positions.ts';
import { recordsRejected } from '../../../runner/normalise/quarantined.ts';
import { agreeOnSchema } from '../../../runner/pull/agree.ts';
import { parseQuietHours, refuseQuietHours } from '../../../runner/pull/limits.ts';
import { reservationsOf } from '../../../runner/pull/reservations.ts';
import { keptOtherwise } from '../../../runner/services/keep.ts';
import { fillSecrets } from '../../../runner/settings/secrets.ts';
import { acquireStartLock } from '../../../runner/stack/start-lock.ts';
import { schemaIdOf } from '../../../schemas/codec.ts';
import type { ErrorCode } from '../../../schemas/kernel/errors.ts';
import { createRawReader } from '../../../schemas/raw-reader.ts';
import { createRawWriter } from '../../../schemas/raw-writer.ts';
import { requireCompatible } from '../../../schemas/registry/compatibility.ts';
import { parseSchema } from '../../../schemas/registry/schema-graph.ts';
import { storeFailure } from '../../../schemas/store/failure.ts';
import { inTransaction } from '../../../schemas/store/transaction.ts';
import { readStream, testContext, testFolder } from '../../connectors/files/folder.ts';

/** Something that ends in the code: thrown, rejected, or handed back as a failure or as a rejected row. */
type Raise = () => unknown;

/** Where a test expects the code, because it takes a service or much more than a line to come to it. */
interface Shown {
  readonly shownBy: string;
}

const shownBy = (path: string): Shown => ({ shownBy: `tests/${path}` });

/** What the reading of one CSV file ends in, or what its first rejected row says. */
const csvFile =
  (bytes: string | Uint8Array, stream: object = {}): Raise =>
  async () => {
    await using folder = await testFolder();
    await folder.write('a.csv', bytes);
    return await read({ folder: folder.path }, stream);
  };

async function read(connection: object, stream: object = {}): Promise<unknown> {
  const config = { connection, streams: { s: { files: '*.csv', encoding: 'utf-8', key: ['ID'], ...stream } } };
  await using source = await csv.open(csv.config.parse(config), testContext());
  const { error, rejects } = await readStream(source, 's');
  return error ?? rejects[0];
}

const PLACE = { topic: 'raw.a.b', partition: 0, group: 'population' };
const COLUMN = { name: 'n', type: 'integer', sourceType: 'int', nullable: true } as const;
const ROW = { stream: 's', key: '1', op: 'upsert', observedAt: 1, origin: 'a.csv#1' } as const;
const TOTALS = { stream: 's', read: 2, appended: 1, unchanged: 0, rejected: 0, deleted: 0 };
const SOMEBODY = {
  ...{ personId: 1, login: 'a', name: 'a', roles: [], formToken: 'x', since: new Date(0), confirmedAt: new Date(0) },
};
const avroOf = (type: string) => ({ type: 'record', name: 'r', fields: [{ name: 'a', type }] });

const SYSTEM_FILE = `system: some
title: { zh: 数, en: some }
owner: { name: 局, uscc: 11630000015000126U }
authority: some
connector: csv
connection: { folder: /x }
streams:
  rows:
    title: 行
    source: { files: '*.csv', encoding: utf-8, key: [ID] }
    base: population
    mapping: { name: { from: XM, as: text } }
`;
const PUSHED = webhook.config.parse({
  connection: { auth: { scheme: 'hmac', secrets: ['a secret of sixteen and more'] }, maxBodyBytes: 1_024 },
  streams: { s: { key: ['id'], fields: { id: 'id' } } },
});

const signedPush = (body: Buffer) => ({
  headers: { 'x-signature': createHmac('sha256', 'a secret of sixteen and more').update(body).digest('hex') },
  ...{ body, now: new Date() },
});

/** How each error comes about. A code without an example does not compile. */
export const EXAMPLES: Readonly<Record<ErrorCode, Raise | Shown>> = {
  HUB_CONFIG_INVALID: () => readSystemFile('title: x', 's.yaml'),
  HUB_ARGUMENT_INVALID: () => positive('none'),
  HUB_CONFIG_SECRET_MISSING: () => fillSecrets(`\${NOT_SET}`, {}, 'system some'),

  HUB_SOURCE_UNREACHABLE: () =>
    read({ folder: '/', remote: { kind: 'ftp', host: '127.0.0.1', port: 1, user: 'a', password: 'b' } }),
  HUB_SOURCE_REFUSED: () => remoteFailure(new FTPError({ code: 530, message: 'no' }), 'login'),
  HUB_SOURCE_NO_RIGHTS: () => fileSystemError(Object.assign(new Error('no'), { code: 'EACCES' }), '/x'),
  HUB_SOURCE_OBJECT_MISSING: () => read({ folder: join(tmpdir(), 'sanjiang-that-never-was') }),
  HUB_SOURCE_SCHEMA_CHANGED: () =>
    agreeOnSchema(
      readSystemFile(SYSTEM_FILE, 's.yaml'),
      { name: 'rows', columns: [COLUMN], key: [], rowEstimate: null },
      null,
      { byId: notAsked, latest: notAsked, register: notAsked },
    ),
  HUB_SOURCE_BUSY: () => refuseQuietHours('some', parseQuietHours(['08:00-18:00']), new Date('2026-03-02T04:00:00Z')),
  HUB_SOURCE_READ_FAILED: () => remoteFailure(new FTPError({ code: 426, message: 'no' }), 'transfer'),
  HUB_SOURCE_LOG_LOST: shownBy('connectors/postgres-cdc/postgres-cdc.pg.test.ts'),
  HUB_SOURCE_ROWS_REJECTED: () => reservationsOf({ streams: [{ ...TOTALS, rejected: 1, waiting: 1 }] })[0],
  HUB_SOURCE_ROWS_GONE: () => reservationsOf({ streams: [{ ...TOTALS, gone: 1 }] })[0],
  HUB_SOURCE_KEY_REPEATED: () =>
    reservationsOf({ streams: [{ ...TOTALS, repeated: { count: 1, examples: ['1'] } }] })[0],
  HUB_SOURCE_LOG_PARTIAL: shownBy('connectors/postgres-cdc/postgres-cdc.pg.test.ts'),
  HUB_SOURCE_KEYS_VANISHED: shownBy('runner/pull/delete-sweep.pg.test.ts'),

  HUB_ACCESS_SIGN_IN: () => admit(NOBODY, 'quality.read'),
  HUB_ACCESS_DENIED: () => admit({ permissions: new Set(), person: SOMEBODY }, 'quality.read'),
  HUB_ACCESS_REFUSED: shownBy('catalog/access/sessions.pg.test.ts'),
  HUB_ACCESS_LOCKED: shownBy('catalog/access/sessions.pg.test.ts'),
  HUB_ACCESS_FORGED: shownBy('catalog/access/sessions.pg.test.ts'),
  HUB_ACCESS_CONFIRM: () =>
    requireConfirmed({ principal: { permissions: new Set(), person: SOMEBODY } } as Parameters<
      typeof requireConfirmed
    >[0]),
  HUB_ACCESS_LINK: shownBy('catalog/access/people.pg.test.ts'),
  HUB_ACCESS_PASSWORD: () => requireGoodPassword('short', 'somebody'),
  HUB_ACCESS_PERSON: shownBy('catalog/access/people.pg.test.ts'),
  HUB_ACCESS_ROLE: shownBy('catalog/access/people.pg.test.ts'),
  HUB_ACCESS_SIGNATURE: () => readSignature({ method: 'GET', targetUri: 'http://h/', rawHeaders: [] }),
  HUB_ACCESS_SIGNATURE_TIME: shownBy('catalog/access/signed.pg.test.ts'),
  HUB_ACCESS_SIGNATURE_REPEATED: shownBy('catalog/access/signed.pg.test.ts'),
  HUB_ACCESS_SIGNATURE_KEY: shownBy('catalog/access/signed.pg.test.ts'),
  HUB_ACCESS_SIGNATURE_BODY: () => digestCheck([['sha256', Buffer.alloc(32)]]).end(),
  HUB_ACCESS_KEY: shownBy('catalog/access/signed.pg.test.ts'),
  HUB_ORGANISATION_INVALID: () => readOrganisations('code\n'),

  HUB_RECORDS_REJECTED: () => recordsRejected('some', new Map([['rows', 1]])),

  HUB_FILE_ENCODING: csvFile(Buffer.concat([Buffer.from('ID,N\n1,'), Buffer.from([0xff]), Buffer.from('\n2,b\n')])),
  HUB_FILE_HEADER: csvFile('XH\n1\n'),
  HUB_FILE_FORMAT: csvFile('ID\0,N\n1,2\n'),
  HUB_FILE_CONTRADICTION: csvFile('\ufeffID\n1\n', { encoding: 'gb18030' }),
  HUB_FILE_TABLE: shownBy('connectors/sheets/sheets.test.ts'),
  HUB_FILE_TRUNCATED: csvFile(''),
  HUB_FILE_TOO_LARGE: csvFile('ID\n1\n2\n3\n', { maxFileBytes: 5 }),
  HUB_FILE_RECORD: csvFile('ID,N\n1\n2,b\n'),
  HUB_FILE_UNREADABLE: () => reservationsOf({ streams: [{ ...TOTALS, read: 1, setAside: ['a.csv'] }] })[0],

  HUB_SCHEMA_INVALID: () => parseSchema({ type: 'nothing' }),
  HUB_SCHEMA_INCOMPATIBLE: () => requireCompatible('s', avroOf('string'), avroOf('long')),
  HUB_SCHEMA_UNKNOWN: () => createRawReader({ byId: notAsked }).decode(Buffer.from([0, 0, 0, 0, 1, 0])),
  HUB_MESSAGE_MALFORMED: () => schemaIdOf(Buffer.from([1, 2, 3, 4, 5])),
  HUB_REVIEW_REFUSED: shownBy('pipelines/engine/match/review.pg.test.ts'),
  HUB_REVIEW_TEARS: shownBy('pipelines/engine/steward/decided.pg.test.ts'),
  HUB_QUARANTINE_REFUSED: shownBy('pipelines/engine/steward/settle.pg.test.ts'),
  HUB_LINK_MODEL: shownBy('pipelines/engine/match/link-model.pg.test.ts'),

  HUB_LOG_TOPIC_MISSING: () => kafkaError({ type: 'UNKNOWN_TOPIC_OR_PARTITION' }, 'reading'),
  HUB_LOG_TOPIC_RENEWED: () => topicRenewed('raw.a.b'),
  HUB_LOG_TRIMMED: () => requireKept(PLACE, 5, { first: 8, next: 9 }),
  HUB_LOG_DAMAGED: shownBy('runner/log/embedded.pg.test.ts'),
  HUB_LOG_BEHIND_BASE: () => requireKept(PLACE, 10, { first: 0, next: 9 }),
  HUB_LOG_KEPT_OTHERWISE: () => keptOtherwise({ topic: 'raw.a.b', found: '7 days', wanted: 'for ever' }),
  HUB_LOG_REFUSED: () => kafkaError({ cause: { name: 'KafkaJSSASLAuthenticationError' } }, 'connecting'),
  HUB_LOG_UNAVAILABLE: () => kafkaError(new Error('closed'), 'connecting'),
  HUB_LOG_MESSAGE_TOO_LARGE: () => refuseOversize('raw.a.b', 0, MAX_MESSAGE_BYTES + 1),

  HUB_RECORD_INVALID: () => createRawWriter(1, [COLUMN])({ ...ROW, value: { n: 'many' } }),
  HUB_RECORD_CRASHED: shownBy('pipelines/engine/ingest/run-batch.pg.test.ts'),
  HUB_MAPPING_INVALID: () => prepareConversion('no-such-conversion'),
  HUB_PIPELINE_BREAKER: shownBy('pipelines/engine/ingest/run-batch.pg.test.ts'),
  HUB_PIPELINE_STOPPED: shownBy('journeys/log-life.ts'),

  HUB_RUN_FENCED: shownBy('runner/control/runs.pg.test.ts'),
  HUB_RUN_INTERRUPTED: shownBy('runner/quality/ask-rules.pg.test.ts'),
  HUB_RUN_PENDING: shownBy('runner/control/runs.pg.test.ts'),
  HUB_STORE_UNAVAILABLE: async () => {
    // nothing listens on port 1
    const pool = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none' });
    try {
      await inTransaction(pool, 'looking', async () => {});
    } finally {
      await pool.end();
    }
  },
  HUB_STORE_BUSY: shownBy('schemas/store/pool.pg.test.ts'),
  HUB_STORE_SLOW: () => storeFailure(Object.assign(new Error('cancelled'), { code: '57014' }), 'looking'),
  HUB_STORE_UNFIT: () =>
    refuseUnfit(
      [
        {
          severity: 'breaks',
          stops: true,
          what: 'fsync',
          wanted: 'on',
          why: 'Losses.',
          set: 'fsync = on',
          found: () => 'off',
        },
      ],
      {},
      'the database',
    ),
  HUB_STORE_MIGRATION: shownBy('runner/control/migrate.pg.test.ts'),
  HUB_STORE_NEWER: shownBy('runner/control/migrate.pg.test.ts'),
  HUB_STACK_FAILED: shownBy('runner/stack/embedded-postgres.pg.test.ts'),
  HUB_STACK_NOT_READY: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sanjiang-lock-'));
    try {
      await using _ = await acquireStartLock(join(folder, 'lock'), 0);
      await acquireStartLock(join(folder, 'lock'), 0);
    } finally {
      await rm(folder, { recursive: true });
    }
  },

  HUB_CATALOG_NOT_FOUND: () => notFound(),
  HUB_CATALOG_CLOSED: shownBy('catalog/strangers.pg.test.ts'),
  HUB_CATALOG_BUSY: async () => {
    const turns = createTurns({ atOnce: 1, waiting: 0, waitMs: 1 });
    const { signal } = new AbortController();
    await turns.take(signal);
    return turns.take(signal);
  },
  HUB_PROOF_INVALID: () =>
    openNote(
      'no note',
      createSigner(Buffer.alloc(32), () => 'log'),
    ),
  HUB_PUSH_REFUSED: () =>
    verifyPush(webhookScheme.parse({ scheme: 'hmac', secrets: ['a secret of sixteen and more'] }), {
      ...{ headers: { 'x-signature': 'no' }, body: Buffer.from('{}'), now: new Date() },
    }),
  HUB_PUSH_MALFORMED: () => acceptPush(PUSHED, 's', signedPush(Buffer.from('{"sj":'))),
  HUB_PUSH_TOO_LARGE: () => acceptPush(PUSHED, 's', { headers: {}, body: Buffer.alloc(2_000), now: new Date() }),
  HUB_PUSH_MEDIA: () =>
    acceptPush(PUSHED, 's', { headers: { 'content-encoding': 'gzip' }, body: Buffer.alloc(20), now: new Date() }),
  HUB_PUSH_CONFLICT: shownBy('runner/pull/receive.pg.test.ts'),
  HUB_REQUEST_INVALID: () => personNamed(' '),
  HUB_INTERNAL: () => storeFailure(Object.assign(new Error('no table'), { code: '42P01' }), 'looking'),
};

function notAsked(): never {
  throw new TypeError('the example does not come so far');
}
