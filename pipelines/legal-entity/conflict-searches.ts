import { daysBefore } from '../calendar.ts';
import { judging } from '../findings.ts';
import type { SearchRule } from '../pipeline.ts';
import { INDUSTRY_EDITIONS, parseIndustry } from '../standards/codes.ts';
import { entityCoreName, entityNameKey, namesCompatible } from '../standards/names.ts';
import { type Dispute, disputed, type Statement } from './disputes.ts';
import { withinOneEdit } from './within-one-edit.ts';

const L = 'L';
const CHANGE_KNOWN_DAYS = 30;
const UNIT_FACTOR = 10_000;
const EDITION = INDUSTRY_EDITIONS.find(({ edition }) => edition === '2017') as (typeof INDUSTRY_EDITIONS)[number];

const from = ({ statements }: Dispute, authority: string): readonly Statement[] =>
  statements.filter((one) => one.authority === authority);

const oneName = (a: string, b: string): boolean =>
  entityCoreName(a) === entityCoreName(b) || withinOneEdit(entityNameKey(a), entityNameKey(b));

const sameUnitTrap = (a: string, b: string): boolean => {
  const [low, high] = [Number(a), Number(b)].sort((x, y) => x - y) as [number, number];
  return low > 0 && Math.abs(high / low / UNIT_FACTOR - 1) < 0.01;
};

const sectionOf = (code: string): string | null => parseIndustry(code, EDITION)?.section ?? null;

/** Rules that compare what several sources say of one entity. */
export const conflictSearches: Readonly<Record<string, SearchRule>> = {
  // The surviving name is that of the register; a name that was borne before explains itself.
  L16: judging<Dispute>(L, disputed('name'), ({ entity_id, survivor, former, statements }) => {
    const known = [survivor, ...(former ?? []).flatMap((names) => names.split(/[、,，;；/]/))];
    return statements.flatMap(({ system, value }) =>
      known.some((name) => oneName(name, value))
        ? []
        : [{ entity_id, about: system, system, message: `is ${value} there, ${survivor} elsewhere` }],
    );
  }),

  L19: judging<Dispute>(L, disputed('legalRepresentativeName'), (dispute, { today }) => {
    const [registered] = [...from(dispute, 'market-regulation')].sort((a, b) => (a.since < b.since ? 1 : -1));
    if (registered === undefined || registered.since > daysBefore(today, CHANGE_KNOWN_DAYS)) return [];
    return from(dispute, 'tax').flatMap(({ system, value, number }) =>
      namesCompatible(value, registered.value) || (number !== null && number === registered.number)
        ? []
        : [
            {
              ...{ entity_id: dispute.entity_id, about: system, system },
              message: `is represented by ${value} there, by ${registered.value} in ${registered.system} since ${registered.since}`,
            },
          ],
    );
  }),

  L23: judging<Dispute>(L, disputed('registeredCapital'), ({ entity_id, statements }) => {
    const [first, second] = statements.flatMap((a) =>
      statements.filter((b) => a.system < b.system && sameUnitTrap(a.value, b.value)).map((b) => [a, b] as const),
    )[0] ?? [undefined, undefined];
    if (first === undefined || second === undefined) return [];
    const message = `${first.value} yuan in ${first.system}, ${second.value} in ${second.system}: a factor of 10,000`;
    return [{ entity_id, message }];
  }),

  L25: judging<Dispute>(L, disputed('industry'), (dispute) => {
    const [registered] = from(dispute, 'market-regulation');
    const [counted] = from(dispute, 'statistics');
    const left = registered === undefined ? null : sectionOf(registered.value);
    const right = counted === undefined ? null : sectionOf(counted.value);
    if (left === null || right === null || left === right) return [];
    return [
      {
        entity_id: dispute.entity_id,
        message: `section ${left} in ${registered?.system}, ${right} in ${counted?.system}`,
      },
    ];
  }),
};
