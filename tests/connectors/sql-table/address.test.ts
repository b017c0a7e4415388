import { expect, test } from '@jest/globals';
import { addressOf, sqlConnection } from '../../../connectors/sql/config.ts';

test.each([
  'postgres://u:50%@h/d',
  'postgres://u:%ff@h/d',
  'postgres://u:p@h:99999/d',
  'mysql://[::1/d',
  'oracle://h:x/d',
])('the address %s is refused with what is wrong, before anybody connects', (url) => {
  const parsed = sqlConnection.safeParse({ client: 'pg', url });
  expect(parsed.error?.issues[0]?.message).toMatch(/no address.*%25/);
});

test('a password may hold what is written with %', () => {
  const parsed = sqlConnection.parse({ client: 'pg', url: 'postgres://u:50%25%40@[::1]:5433/%E5%BA%93' });
  expect(addressOf(parsed)).toEqual({ host: '::1', port: 5433, user: 'u', password: '50%@', database: '库' });
});

test('what is still to be filled in is no address yet', () => {
  expect(sqlConnection.safeParse({ client: 'pg', url: 'postgres://u:${P}@h/d' }).success).toBe(true);
});
