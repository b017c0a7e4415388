import { expect, test } from '@jest/globals';
import { createLogger } from '../../../runner/settings/logger.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';

function lines(options: { level?: 'debug' | 'info'; pretty?: boolean } = {}) {
  const written: string[] = [];
  const to = { write: (line: string) => void written.push(line) };
  return { written, log: createLogger({ level: 'info', ...options, to }) };
}

test('one JSON object a line, with the fields of the parents', () => {
  const { written, log } = lines();
  log.child({ system: 'golden-tax' }).info({ rows: 3 }, 'done');
  log.debug({}, 'not shown');
  expect(written).toHaveLength(1);
  expect(JSON.parse(written[0] ?? '')).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    system: 'golden-tax',
    rows: 3,
    msg: 'done',
  });
});

test('a secret is hidden wherever it stands', () => {
  const { written, log } = lines();
  const url = 'postgres://hub:canary@db/x';
  const cause = new Error(`cannot reach ${url}`);
  log.child({ url }).warn({ url, deep: [{ url }], password: 'canary' }, `lost ${url}`);
  log.error({
    error: new HubError('HUB_STORE_UNAVAILABLE', `no answer from ${url}`, { url, token: 'canary' }, { cause }),
  });
  log.error({ error: cause }, 'plain');
  log.error({ errors: [cause] }, 'with password="canary" and pwd=\'canary\'');
  expect(written).toHaveLength(4);
  for (const line of written) JSON.parse(line);
  expect(written.join('')).not.toContain('canary');
  expect(written.join('')).toContain('postgres://hub:***@db/x');
});

test('an error keeps code, recovery, remedy and causes', () => {
  const { written, log } = lines();
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  log.error({ error: new HubError('HUB_STORE_UNAVAILABLE', 'no answer', { host: 'db' }, { cause }) }, 'x');
  expect(JSON.parse(written[0] ?? '').error).toMatchObject({
    code: 'HUB_STORE_UNAVAILABLE',
    message: 'no answer',
    recovery: 'retry',
    remedy: expect.any(String),
    details: { host: 'db' },
    cause: { code: 'ECONNREFUSED', message: 'refused' },
  });
});

test('numbers of people are masked wherever they stand', () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', to: { write: (line) => lines.push(line) } });
  const number = '63010219900307123X';
  const cause = new Error(`duplicate key (czrk)=(${number})`);
  const error = new HubError('HUB_RECORD_INVALID', `王五${number}.xlsx#3`, { key: number, rows: [number] }, { cause });
  log.child({ file: `${number}.csv` }).error({ error, phone: '13912344552', at: [`a ${number}`] }, `row ${number}`);
  const [line = ''] = lines;
  expect(line).not.toContain(number);
  expect(line).not.toContain('13912344552');
  expect(line.match(/630102\*{12}/g)).toHaveLength(8);
  expect(line).toContain('139****4552');
});

test('lines for people', () => {
  const { written, log } = lines({ pretty: true, level: 'debug' });
  log.child({ service: 'jobs' }).warn({ ms: 3, url: 'redis://:canary@r' }, 'slow');
  expect(written).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d WARN {2}slow service=jobs ms=3 url=redis:\/\/:\*\*\*@r\n$/),
  ]);
});
