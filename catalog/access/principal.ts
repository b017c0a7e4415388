import { HubError } from '../../schemas/kernel/errors.ts';
import { PERMISSIONS, type Permission, ROLES, type RoleName, type RouteAccess, rolesWith } from './permissions.ts';

export interface HeldRole {
  readonly role: RoleName;
  readonly organisation: { readonly code: string; readonly name: string };
}

/** A person with an open session. */
export interface SignedIn {
  readonly personId: number;
  readonly login: string;
  readonly name: string;
  readonly roles: readonly HeldRole[];
  /** In every form that changes something. */
  readonly formToken: string;
  readonly since: Date;
  /** When the password was last given. */
  readonly confirmedAt: Date;
}

/** A system of an organisation, by the key that it signs with. */
export interface CallingSystem {
  readonly keyId: string;
  readonly system: string;
  readonly organisation: HeldRole['organisation'];
}

/** Who is calling. */
export interface Principal {
  readonly permissions: ReadonlySet<Permission>;
  /** null: nobody who has signed in. */
  readonly person: SignedIn | null;
  readonly system?: CallingSystem;
}

export const NOBODY: Principal = { permissions: new Set(), person: null };
/** Whoever starts a catalog without people, on a machine of their own. */
export const ANYBODY: Principal = { permissions: new Set(Object.keys(PERMISSIONS) as Permission[]), person: null };

export const may = ({ permissions }: Principal, permission: Permission): boolean => permissions.has(permission);

/** @throws HUB_ACCESS_SIGN_IN to nobody, HUB_ACCESS_DENIED to somebody who may not */
export function admit(principal: Principal, access: RouteAccess): void {
  if (access === 'everybody' || access === 'own-proof') return;
  if (access === 'signed-in' ? principal.person !== null : may(principal, access)) return;
  if (principal.person === null && principal.system === undefined)
    throw new HubError('HUB_ACCESS_SIGN_IN', 'This address is for people who have signed in', {
      zh: '此地址须登录后访问',
      allowed: '/sign-in',
    });
  if (access === 'signed-in')
    throw new HubError('HUB_ACCESS_DENIED', 'This address is for people, not for systems', {
      zh: '此地址供人员使用，系统不得访问',
    });
  const permission = access;
  const roles = rolesWith(permission);
  throw new HubError(
    'HUB_ACCESS_DENIED',
    `To ${PERMISSIONS[permission].en} is for: ${roles.map((role) => ROLES[role].title.en).join(', ')}`,
    {
      zh: `“${PERMISSIONS[permission].zh}”限以下角色：${roles.map((role) => ROLES[role].title.zh).join('、')}`,
      permission,
    },
  );
}
