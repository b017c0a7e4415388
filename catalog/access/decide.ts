import {
  type AllowGrant,
  type Caller,
  DENIALS,
  type Denial,
  FORMS,
  type ForbidGrant,
  type Form,
  type Grant,
  type Operation,
  type Resource,
  type Use,
} from './grants.ts';
import { EVERY_ROW, type RowPredicate } from './rows.ts';

/** One form in which an item is given, on the rows where it is. */
export interface Disclosure {
  readonly form: Exclude<Form, 'absent'>;
  readonly rows: RowPredicate;
  /** Id of the grant that it rests on; null: the resource is open to society. */
  readonly grant: string | null;
}

export interface Allowed {
  readonly outcome: 'allow';
  /** By item, the most telling form first: a row gets the first whose rows it is among. What is not here is absent. */
  readonly items: ReadonlyMap<string, readonly Disclosure[]>;
  /** Rows of which any item is given; no other may be read. */
  readonly rows: RowPredicate;
  /**
   * Limits of every grant that this rests on. Whoever counts asks again without a grant that is used up, instead of letting
   * one grant go by the quota of another.
   */
  readonly limits: readonly Limit[];
}

interface Limit {
  readonly grant: string;
  readonly version: number;
  readonly quotaADay: number;
  readonly mostRows: number;
}

interface Denied {
  readonly outcome: 'deny';
  readonly reason: Denial;
}

export type Decision = Allowed | Denied;

const REASONS = Object.keys(DENIALS) as readonly Denial[];
/** What everybody may do with what is open. */
const OPEN_OPERATIONS: readonly Operation[] = ['lookup', 'query', 'export'];

const deny = (reason: Denial): Denied => ({ outcome: 'deny', reason });

/**
 * What a caller may receive of these items of a resource, now. Nothing is looked up: all that counts is in the arguments, and
 * their order does not. What is not allowed is denied; what one grant forbids, no other allows.
 * @param caller null: nobody who is known
 * @param grants all that there are for the caller and the resource, with every version of each; others do not matter
 */
export function decide(
  caller: Caller | null,
  resource: Resource,
  items: readonly string[],
  use: Use,
  now: Date,
  grants: readonly Grant[],
): Decision {
  const at = now.getTime();
  const forbids: ForbidGrant[] = [];
  const allows: AllowGrant[] = [];
  let reason: Denial = 'no-grant';
  for (const grant of newestOf(grants)) {
    if (grant.resource !== resource.id || caller === null || !isFor(grant, caller)) continue;
    if (grant.effect === 'forbid') {
      if (forbidsNow(grant, resource, use, at)) forbids.push(grant);
      continue;
    }
    const obstacle = obstacleOf(grant, resource, use, at);
    if (obstacle === null) allows.push(grant);
    else reason = further(reason, obstacle);
  }
  const isOpen = resource.open && OPEN_OPERATIONS.includes(use.operation);
  if (!isOpen && allows.length === 0) return deny(resource.open ? further(reason, 'other-operation') : reason);

  allows.sort((a, b) => (a.id < b.id ? -1 : 1));
  const given = new Map<string, readonly Disclosure[]>();
  let wasForbidden = false;
  for (const item of items) {
    if (!Object.hasOwn(resource.items, item)) continue;
    const granted = disclosuresOf(item, allows, isOpen);
    const left = granted.length === 0 ? granted : without(granted, item, forbids);
    if (left.length > 0) given.set(item, left);
    else wasForbidden ||= granted.length > 0;
  }
  if (given.size === 0) return deny(wasForbidden ? 'forbidden' : 'no-items');
  const used = [...given.values()].flat();
  return { outcome: 'allow', items: given, rows: anyOf(used), limits: limitsOf(used, allows) };
}

function newestOf(grants: readonly Grant[]): Iterable<Grant> {
  const newest = new Map<string, Grant>();
  for (const grant of grants) {
    const other = newest.get(grant.id);
    if (other === undefined || other.version < grant.version) newest.set(grant.id, grant);
  }
  return newest.values();
}

function isFor({ grantee }: Grant, { organisation, above, roles }: Caller): boolean {
  const { organisation: wanted, subtree, roles: wantedRoles } = grantee;
  if (wanted !== organisation && !(subtree && above.includes(wanted))) return false;
  return wantedRoles === null || wantedRoles.some((role) => roles.includes(role));
}

/** A moment that is no moment ends no forbidding, as it begins no allowing. */
function forbidsNow(grant: ForbidGrant, resource: Resource, { purpose, operation }: Use, at: number): boolean {
  if (grant.state !== 'active') return false;
  if (grant.resourceVersion !== null && grant.resourceVersion !== resource.version) return false;
  if (at < grant.validFrom.getTime()) return false;
  if (grant.validUntil !== null && at >= grant.validUntil.getTime()) return false;
  if (grant.purposes !== null && !grant.purposes.includes(purpose)) return false;
  return grant.operations === null || grant.operations.includes(operation);
}

function obstacleOf(grant: AllowGrant, resource: Resource, { purpose, operation }: Use, at: number): Denial | null {
  if (grant.resourceVersion !== resource.version) return 'other-version';
  if (grant.state !== 'active') return grant.state;
  if (!(at < grant.validUntil.getTime())) return 'expired';
  if (!(at >= grant.validFrom.getTime())) return 'not-yet-valid';
  if (!grant.purposes.includes(purpose)) return 'other-purpose';
  return grant.operations.includes(operation) ? null : 'other-operation';
}

const further = (a: Denial, b: Denial): Denial => (REASONS.indexOf(a) < REASONS.indexOf(b) ? b : a);

/**
 * By form and then by grant; what is open comes before a grant that gives no more, because nobody's quota pays for it. After
 * a form that every row gets nothing follows: no row would come to it, whatever is forbidden of the item.
 */
function disclosuresOf(item: string, allows: readonly AllowGrant[], isOpen: boolean): readonly Disclosure[] {
  const found: Disclosure[] = [];
  for (const form of FORMS) {
    if (form === 'absent') continue;
    if (isOpen && form === 'mask') return [...found, { form, rows: EVERY_ROW, grant: null }];
    for (const grant of allows) {
      if (grant.items[item] !== form || !Object.hasOwn(grant.items, item)) continue;
      const rows = rowsOf(grant);
      found.push({ form, rows, grant: grant.id });
      if (rows === EVERY_ROW) return found;
    }
  }
  return found;
}

const rowsOf = ({ rows }: Grant): RowPredicate =>
  rows.length === 0 ? EVERY_ROW : rows.length === 1 ? (rows[0] as RowPredicate) : { kind: 'every', of: rows };

function without(granted: readonly Disclosure[], item: string, forbids: readonly ForbidGrant[]): readonly Disclosure[] {
  const exceptions: RowPredicate[] = [];
  for (const grant of forbids) {
    if (grant.items !== null && !grant.items.includes(item)) continue;
    if (grant.rows.length === 0) return [];
    exceptions.push({ kind: 'not', of: rowsOf(grant) });
  }
  if (exceptions.length === 0) return granted;
  return granted.map((one) => ({ ...one, rows: { kind: 'every', of: [one.rows, ...exceptions] } }));
}

function anyOf(disclosures: readonly Disclosure[]): RowPredicate {
  const rows = new Set(disclosures.map((one) => one.rows));
  if (rows.has(EVERY_ROW)) return EVERY_ROW;
  return rows.size === 1 ? (disclosures[0] as Disclosure).rows : { kind: 'some', of: [...rows] };
}

function limitsOf(disclosures: readonly Disclosure[], allows: readonly AllowGrant[]): readonly Limit[] {
  const used = new Set(disclosures.map(({ grant }) => grant));
  return allows
    .filter(({ id }) => used.has(id))
    .map(({ id, version, quotaADay, mostRows }) => ({ grant: id, version, quotaADay, mostRows }));
}
