import { expect, test } from '@jest/globals';
import { fillSecrets, redact, redactText } from '../../../runner/settings/secrets.ts';

test('names are replaced wherever they stand, other values stay', () => {
  const connection = {
    url: 'pg://${USER}:${PASS}@h',
    list: ['${USER}', 7, null],
    deep: { on: true, text: '$USER {x}' },
  };
  expect(fillSecrets(connection, { USER: 'u', PASS: 'p${USER}' }, 'system a')).toEqual({
    url: 'pg://u:p${USER}@h',
    list: ['u', 7, null],
    deep: { on: true, text: '$USER {x}' },
  });
});

test('all missing names are listed, without what is there', () => {
  expect(() => fillSecrets({ a: '${A}${B}', c: ['${C}', '${A}'] }, { B: 'canary', C: '' }, 'system x')).toThrow(
    expect.objectContaining({
      code: 'HUB_CONFIG_SECRET_MISSING',
      message: 'system x needs A, C in the environment',
      details: { missing: ['A', 'C'] },
    }),
  );
});

test('what is no name is refused, and prototypes hold no secrets', () => {
  expect(() => fillSecrets('${a b}', {}, 'x')).toThrow(expect.objectContaining({ code: 'HUB_CONFIG_INVALID' }));
  expect(() => fillSecrets('${constructor}', {}, 'x')).toThrow(
    expect.objectContaining({ code: 'HUB_CONFIG_SECRET_MISSING' }),
  );
});

test.each([
  ['postgres://hub:canary@db/x', 'postgres://hub:***@db/x'],
  ['cannot reach redis://:can@ary@r:6379/0 now', 'cannot reach redis://:***@r:6379/0 now'],
  ['Server=h;User Id=sa;Password=canary;Encrypt=true', 'Server=h;User Id=sa;Password=***;Encrypt=true'],
  ['host=h password=canary dbname=x', 'host=h password=*** dbname=x'],
  ['http://127.0.0.1:8080/a@b', 'http://127.0.0.1:8080/a@b'],
  ['nothing here: a@b', 'nothing here: a@b'],
])('%s is printed without its password', (text, printed) => {
  expect(redactText(text)).toBe(printed);
});

test('values under telling names are hidden', () => {
  const value = { user: 'u', password: 'canary', port: 1, nested: [{ apiToken: 'canary', key: ['ID'] }], none: null };
  expect(redact(value)).toEqual({
    user: 'u',
    password: '***',
    port: 1,
    nested: [{ apiToken: '***', key: ['ID'] }],
    none: null,
  });
});

test('a value that holds itself ends, and what is no plain data stays', () => {
  const circle: Record<string, unknown> = { password: 'canary', at: new Date(0) };
  circle['self'] = circle;
  expect(JSON.stringify(redact(circle))).not.toContain('canary');
  expect(redact(circle)['at']).toBeInstanceOf(Date);
});
