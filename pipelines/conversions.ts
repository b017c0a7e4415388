import { HubError } from '../schemas/kernel/errors.ts';
import type { ConversionSpec, Convert } from './conversions/contract.ts';
import { geometryConversions } from './conversions/geometry.ts';
import { identifierConversions } from './conversions/identifiers.ts';
import { nameAndCodeConversions } from './conversions/names-and-codes.ts';
import { plainConversions } from './conversions/plain.ts';
import { seriesConversions } from './conversions/series.ts';
import { timeAndPlaceConversions } from './conversions/times-and-places.ts';
import { nearest } from './nearest.ts';

export type { ConversionSpec, Convert, Converted } from './conversions/contract.ts';

/** The closed set that a mapping may name. */
export const CONVERSIONS: Readonly<Record<string, ConversionSpec>> = Object.fromEntries(
  [
    ...identifierConversions,
    ...nameAndCodeConversions,
    ...timeAndPlaceConversions,
    ...seriesConversions,
    ...geometryConversions,
    ...plainConversions,
  ].map((spec) => [spec.name, spec] as const),
);

const CALL = /^([^()（）]+?)\s*(?:[(（]([^()（）]*)[)）])?$/u;

const specIn = (text: string): ConversionSpec | undefined => {
  const name = CALL.exec(text.trim())?.[1]?.trim() ?? text;
  return Object.hasOwn(CONVERSIONS, name) ? CONVERSIONS[name] : undefined;
};

/** Whether nothing has to be awaited before it converts. */
export const isLoaded = (text: string): boolean => specIn(text)?.load === undefined;

/** Loads what conversions need, given as a mapping has them in `as`. */
export async function loadConversions(texts: Iterable<string>): Promise<void> {
  for (const text of texts) await specIn(text)?.load?.();
}

/**
 * Compiles `uscc`, `amount(万元)`, `sex(1=男,2=女)`.
 * @throws HubError HUB_MAPPING_INVALID when the name is unknown or the argument not allowed; `details.allowed` lists what is.
 */
export function prepareConversion(text: string): Convert {
  const parts = CALL.exec(text.trim());
  const name = parts?.[1]?.trim() ?? text;
  const spec = Object.hasOwn(CONVERSIONS, name) ? CONVERSIONS[name] : undefined;
  if (spec === undefined) {
    const allowed = Object.values(CONVERSIONS).map((known) =>
      known.arguments === '' ? known.name : `${known.name}(…)`,
    );
    const names = Object.keys(CONVERSIONS);
    const meant = nearest(name, names);
    const hint = meant === null ? '' : `; did you mean "${meant}"?`;
    throw new HubError('HUB_MAPPING_INVALID', `unknown conversion "${name}"${hint} Allowed: ${allowed.join(', ')}`, {
      unknown: name,
      allowed: names,
    });
  }
  const argument = parts?.[2]?.trim();
  return spec.prepare(argument === undefined || argument === '' ? null : argument);
}
