import { both, type Text } from '../texts.ts';

/** What may be done. Every route names one, or says that it is for everybody. */
export const PERMISSIONS = {
  'directory.read': both('查看全部目录条目', 'see every entry of the directory'),
  'quality.read': both('查看数据质量', 'see the quality of data'),
  'entity.read': both('查看实体（脱敏）', 'see entities, masked'),
  'entity.lookup': both('按标识查询实体', 'look entities up by an identifier'),
  'linkage.read': both('查看关联与待核对', 'see what links records and what waits for a person'),
  'feed.read': both('读取未公开的数据服务', 'read feeds that are not open'),
  'operation.read': both('查看运行指标', 'see metrics of operation'),
  'organisation.manage': both('管理机构', 'manage organisations'),
  'people.manage': both('管理人员与角色', 'manage people and their roles'),
  'audit.read': both('查看审计日志', 'read the audit log'),
} as const satisfies Readonly<Record<string, Text>>;
export type Permission = keyof typeof PERMISSIONS;

/**
 * Who may use a route. `everybody`: public by decision. `signed-in`: any person. `own-proof`: the route itself asks its caller
 * for a proof, such as a signature over the body.
 */
export type RouteAccess = Permission | 'everybody' | 'signed-in' | 'own-proof';

interface Role {
  readonly title: Text;
  readonly permissions: readonly Permission[];
  /** One person holds one of these at most: who runs the hub, who says who may do what, and who watches both are three. */
  readonly isAdministrator?: true;
}

const READER = ['directory.read', 'feed.read', 'quality.read'] as const satisfies readonly Permission[];

export const ROLES = {
  steward: {
    title: both('数据管理员', 'data steward'),
    permissions: [...READER, 'entity.read', 'entity.lookup', 'linkage.read'],
  },
  'department-user': { title: both('部门用户', 'department user'), permissions: READER },
  'sharing-head': { title: both('政务数据共享工作负责人', 'head of data sharing'), permissions: READER },
  approver: { title: both('平台审核员', 'platform approver'), permissions: READER },
  statistician: { title: both('统计人员', 'statistician'), permissions: READER },
  auditor: { title: both('审计人员', 'auditor'), permissions: ['directory.read', 'audit.read'] },
  'system-admin': {
    title: both('系统管理员', 'system administrator'),
    permissions: ['directory.read', 'operation.read', 'organisation.manage'],
    isAdministrator: true,
  },
  'security-admin': {
    title: both('安全管理员', 'security administrator'),
    permissions: ['directory.read', 'people.manage'],
    isAdministrator: true,
  },
  'audit-admin': {
    title: both('安全审计员', 'audit administrator'),
    permissions: ['directory.read', 'audit.read'],
    isAdministrator: true,
  },
} as const satisfies Readonly<Record<string, Role>>;
export type RoleName = keyof typeof ROLES;

/** What a system may do that signs its requests: it holds no role. */
export const SYSTEM_PERMISSIONS: ReadonlySet<Permission> = new Set(['directory.read', 'feed.read'] as const);

export const ROLE_NAMES = Object.keys(ROLES) as readonly RoleName[];
export const isRole = (name: string): name is RoleName => Object.hasOwn(ROLES, name);
export const isAdministrator = (name: RoleName): boolean => (ROLES[name] as Role).isAdministrator === true;

export const permissionsOf = (roles: readonly RoleName[]): ReadonlySet<Permission> =>
  new Set(roles.flatMap((role): readonly Permission[] => ROLES[role].permissions));

/** Roles that have a permission, for a table and for who is refused. */
export const rolesWith = (permission: Permission): readonly RoleName[] =>
  ROLE_NAMES.filter((role) => (ROLES[role].permissions as readonly Permission[]).includes(permission));
