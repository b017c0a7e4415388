import type { AttributeDescription } from '../../schemas/base.ts';
import { both, type Text } from '../texts.ts';
import type { RoleName } from './permissions.ts';
import type { Condition } from './rows.ts';

/* What a grant is: who may receive which items of which rows of a resource, in which form, for what and until when. */

/** Forms in which a value may be given, the most telling first. Where several are granted, the first of them is given. */
export const FORMS = ['clear', 'mask', 'hash', 'yes-no', 'absent'] as const;
export type Form = (typeof FORMS)[number];

export const FORM_TEXTS: Readonly<Record<Form, Text>> = {
  clear: both('明文', 'as it is'),
  mask: both('脱敏', 'masked by its source attribute'),
  hash: both('带密钥的散列值', 'a keyed hash: the same for the same value, within one organisation'),
  'yes-no': both('仅核验是否一致', 'only whether it is the value that the caller names'),
  absent: both('不提供', 'not given'),
};

export const OPERATIONS = ['verify', 'lookup', 'query', 'export', 'subscribe'] as const;
export type Operation = (typeof OPERATIONS)[number];

export const GRANT_STATES = ['active', 'suspended', 'revoked'] as const;

/** Who asks: a person or a system, for one organisation. */
export interface Caller {
  readonly organisation: string;
  /** Codes of the organisations above it, as the tree is now. */
  readonly above: readonly string[];
  /** A system has none. */
  readonly roles: readonly RoleName[];
  readonly by: { readonly person: number } | { readonly key: string };
}

export interface Use {
  /** Code of what the data are for. */
  readonly purpose: string;
  readonly operation: Operation;
}

export interface Item extends AttributeDescription {
  /** The attribute of the source that it shows, whatever the item is called: masks follow it. */
  readonly attribute: string;
}

export interface Resource {
  readonly id: string;
  readonly version: number;
  /** Open to society (是否向社会开放): everybody may have it, masked. */
  readonly open: boolean;
  readonly items: Readonly<Record<string, Item>>;
}

interface GrantHead {
  readonly id: string;
  /** A grant is never changed: a newer version takes its place as a whole, also one that is suspended or not yet valid. */
  readonly version: number;
  readonly state: (typeof GRANT_STATES)[number];
  readonly grantee: {
    readonly organisation: string;
    /** Also for the organisations below it. */
    readonly subtree: boolean;
    /** null: any of its people and systems; otherwise who has one of these. */
    readonly roles: readonly RoleName[] | null;
  };
  readonly resource: string;
  readonly validFrom: Date;
  /** All of them hold; none: every row. */
  readonly rows: readonly Condition[];
}

export interface AllowGrant extends GrantHead {
  readonly effect: 'allow';
  readonly resourceVersion: number;
  readonly purposes: readonly string[];
  readonly operations: readonly Operation[];
  /** An item that is not here is absent. */
  readonly items: Readonly<Record<string, Form>>;
  /** The first moment at which it is no longer valid. */
  readonly validUntil: Date;
  readonly quotaADay: number;
  readonly mostRows: number;
}

/** Takes away whatever is allowed otherwise. null: all of them, and no end. */
export interface ForbidGrant extends GrantHead {
  readonly effect: 'forbid';
  readonly resourceVersion: number | null;
  readonly purposes: readonly string[] | null;
  readonly operations: readonly Operation[] | null;
  readonly items: readonly string[] | null;
  readonly validUntil: Date | null;
}

export type Grant = AllowGrant | ForbidGrant;

/** Why nothing may be given. Of several grants the reason is that of the one which came furthest in this list. */
export const DENIALS = {
  'no-grant': both(
    '该资源未向社会开放，且未授予本单位',
    'The resource is not open and not granted to this organisation',
  ),
  'other-version': both('授权针对该资源的另一版本', 'What is granted is another version of the resource'),
  revoked: both('授权已撤销', 'The grant is revoked'),
  suspended: both('授权已暂停', 'The grant is suspended'),
  expired: both('授权已到期', 'The grant has expired'),
  'not-yet-valid': both('授权尚未生效', 'The grant is not yet valid'),
  'other-purpose': both('用途不在授权范围内', 'The purpose is not one that is granted'),
  'other-operation': both('使用方式不在授权范围内', 'The operation is not one that is granted'),
  'no-items': both('所请求的信息项均不在授权范围内', 'None of the items asked for is granted'),
  forbidden: both('已明确禁止提供', 'Giving it is explicitly forbidden'),
} as const satisfies Readonly<Record<string, Text>>;
export type Denial = keyof typeof DENIALS;
