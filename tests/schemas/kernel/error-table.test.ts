import { expect, test } from '@jest/globals';
import { ERRORS } from '../../../schemas/kernel/error-table.ts';

test('no remedy tells anybody to destroy what the hub holds', () => {
  const destroys =
    /\b(?:delet|remov|drop|eras|wip(?:e|ing)|truncat|purg|clear|reset|empt(?:y|ied)|afresh|rm\b|from scratch)/i;
  expect('free the port or delete the `.hub` folder to start afresh').toMatch(destroys);
  expect(Object.entries(ERRORS).filter(([, { remedy }]) => destroys.test(remedy))).toEqual([]);
});

test('a service of ours that is not ready yet, and a database that is busy or slow, are tried again', () => {
  for (const code of ['HUB_STACK_NOT_READY', 'HUB_STORE_UNAVAILABLE', 'HUB_STORE_BUSY', 'HUB_STORE_SLOW'] as const)
    expect([code, ERRORS[code].recovery]).toEqual([code, 'retry']);
});
