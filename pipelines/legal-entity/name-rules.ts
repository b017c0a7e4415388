import type { Attributes } from '../record.ts';

const CLASS = /^[1-9ANY][1-59]$/;

/** Department and class, such as `91` (company) or `53` (foundation): from the record, else from its credit code. */
export function classOf(attributes: Attributes): string | null {
  const declared = attributes.entityClass;
  if (typeof declared === 'string' && CLASS.test(declared)) return declared;
  const uscc = attributes.uscc;
  return typeof uscc === 'string' && uscc.length === 18 ? uscc.slice(0, 2) : null;
}

/** What the end of a name says about the class, most specific first. */
const FORMS: readonly { readonly ending: RegExp; readonly classes: readonly string[] }[] = [
  { ending: /专业合作社(联合社)?$/u, classes: ['93'] },
  { ending: /公司$/u, classes: ['91'] },
  { ending: /[（(](有限|普通|特殊普通)合伙[）)]$/u, classes: ['91', '31'] },
  { ending: /基金会$/u, classes: ['53'] },
];
const REQUIRED: Readonly<Record<string, RegExp>> = { '53': /基金会/u, '93': /(合作社|联合社)/u };

/** Rule L14. The class is not compared when the record does not tell it. */
export function nameProblem(name: string, entityClass: string | null): string | null {
  const length = [...name].length;
  if (length < 4) return `name has ${length} characters, at least 4 are usual`;
  if (!/^[\p{Script=Han}A-Za-z]/u.test(name)) return 'name does not begin with a region or trade name';
  if (entityClass === null) return null;
  for (const { ending, classes } of FORMS) {
    if (ending.test(name))
      return classes.includes(entityClass) ? null : `name ends as class ${classes.join('/')}, class is ${entityClass}`;
  }
  const required = REQUIRED[entityClass];
  return required !== undefined && !required.test(name) ? `name does not have the form of class ${entityClass}` : null;
}
