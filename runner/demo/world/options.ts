import { HubError } from '../../../schemas/kernel/errors.ts';
import { MOST_ENTITIES } from './entity.ts';
import { MOST_PERSONS, type WorldOptions } from './person.ts';

export const DEFAULT_WORLD: WorldOptions = { persons: 20_000, entities: 3_000, seed: 63 };

/** @throws HUB_ARGUMENT_INVALID when a number is out of range. */
export function checkOptions({ persons, entities, seed }: WorldOptions): void {
  const wrong = (what: string, value: number, least: number, most: number): void => {
    if (Number.isInteger(value) && value >= least && value <= most) return;
    throw new HubError('HUB_ARGUMENT_INVALID', `${what} is ${value}; allowed is ${least} to ${most}`, {
      what,
      value,
      least,
      most,
    });
  };
  wrong('persons', persons, 1, MOST_PERSONS);
  wrong('entities', entities, 0, MOST_ENTITIES);
  wrong('seed', seed, 0, 2 ** 32 - 1);
}
