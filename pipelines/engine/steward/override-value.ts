import type { AttributeType } from '../../../schemas/base.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { compileMapping } from '../../mapping.ts';
import { nearest } from '../../nearest.ts';
import type { AttributeSpec, BaseDefinition } from '../../pipeline.ts';
import type { AttributeValue } from '../../record.ts';

/** How what a steward writes becomes a value: the conversion that a source's column would take. */
const BY_TYPE: Readonly<Record<Exclude<AttributeType, 'geometry'>, string>> = {
  ...{ text: 'text', code: 'text', identifier: 'text', date: 'chinese-date-end', region: 'region' },
  ...{ decimal: 'decimal', integer: 'integer', boolean: 'boolean' },
};
const BY_NAME: Readonly<Record<string, string>> = {
  ...{ citizenNumber: 'citizen-number', legalRepresentativeNumber: 'citizen-number' },
  ...{ uscc: 'uscc', organisationCode: 'organisation-code', registrationNumber: 'registration-number' },
  ...{ taxNumber: 'tax-number', sex: 'sex', ethnicity: 'ethnicity', maritalStatus: 'marital-status' },
  ...{ insuranceStatus: 'insurance-status', status: 'entity-status', entityClass: 'entity-class' },
  ...{ taxStatus: 'tax-status', phone: 'phone' },
};
const WANTED: Readonly<Record<AttributeType, string>> = {
  ...{ text: 'text', code: 'a code of its list', identifier: 'a whole, valid identifier', date: 'YYYY-MM-DD' },
  ...{ region: 'a region code of six digits', decimal: 'a number', integer: 'a whole number' },
  ...{ boolean: 'true or false', geometry: 'nothing: a geometry is corrected at its source' },
};

/**
 * The value as the base would store it, by the way that a value of a source goes: conversion, then the rules that this
 * attribute alone can break.
 * @throws HUB_REQUEST_INVALID naming attribute, what is wrong and what is allowed
 */
export function overrideValue(base: BaseDefinition, attribute: string, text: string, today: string): AttributeValue {
  if (base.overridable === false)
    throw new HubError('HUB_REQUEST_INVALID', `values of ${base.name} cannot be overridden`, {
      allowed: 'a correction by the source: its feed publishes what each source said, not survivors',
    });
  const spec = Object.hasOwn(base.attributes, attribute) ? (base.attributes[attribute] as AttributeSpec) : undefined;
  if (spec === undefined) {
    const names = Object.keys(base.attributes);
    const meant = nearest(attribute, names);
    throw new HubError(
      'HUB_REQUEST_INVALID',
      `${base.name} has no attribute "${attribute}"${meant === null ? '' : `; did you mean "${meant}"?`}`,
      { allowed: names },
    );
  }
  const refuse = (what: string): HubError =>
    new HubError('HUB_REQUEST_INVALID', `${attribute} (${spec.zh}): ${what}`, {
      attribute,
      allowed: WANTED[spec.type],
    });
  if (spec.type === 'geometry') throw refuse('cannot be overridden');
  const as = BY_NAME[attribute] ?? BY_TYPE[spec.type];
  const place = { system: 'steward', stream: 'override' };
  const normalize = compileMapping(base, { [attribute]: { from: ['value'], as } }, ['value'], place, () => today);
  const row = { stream: 'override', key: '', op: 'upsert' as const, value: { value: text }, observedAt: 0, origin: '' };
  const { attributes, issues } = normalize(row);
  const wrong = issues.find((one) => one.attribute === attribute && (one.severity === 'E' || one.severity === 'F'));
  if (wrong !== undefined) throw refuse(`${wrong.message} (${wrong.rule})`);
  const value = attributes[attribute] ?? null;
  if (value === null) throw refuse('no value is left of what was given');
  return value;
}
