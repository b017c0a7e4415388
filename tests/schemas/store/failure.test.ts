import { expect, test } from '@jest/globals';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { storeFailure } from '../../../schemas/store/failure.ts';

const withCode = (code: string, message: string): Error => Object.assign(new Error(message), { code });

test.each([
  ['a session that an administrator ended', withCode('57P01', '由于管理员命令中断联接'), 'HUB_STORE_UNAVAILABLE'],
  ['a server that starts', withCode('57P03', 'the database system is starting up'), 'HUB_STORE_UNAVAILABLE'],
  ['a refused port', withCode('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:5432'), 'HUB_STORE_UNAVAILABLE'],
  ['an object that another session uses', withCode('55006', '对象正在使用'), 'HUB_STORE_UNAVAILABLE'],
  ['a connection that pg says is gone, in whatever words', new Error('fin'), 'HUB_STORE_UNAVAILABLE'],
  [
    'a statement that took too long',
    withCode('57014', 'canceling statement due to statement timeout'),
    'HUB_STORE_SLOW',
  ],
  ['a value named connect_timeout that is no number', withCode('22P02', 'invalid: "connect timeout"'), 'HUB_INTERNAL'],
  ['a column that is not there', withCode('42703', 'column "timeout" does not exist'), 'HUB_INTERNAL'],
  ['a fault of the program', new TypeError('connect is not a function'), 'HUB_INTERNAL'],
])('%s is judged by its code, not by its words', (_what, error, code) => {
  expect(storeFailure(error, 'reading')).toMatchObject({ code });
});

test('an error of ours passes as it is', () => {
  const own = new HubError('HUB_RUN_FENCED', 'no longer held');
  expect(storeFailure(own, 'reading')).toBe(own);
});
