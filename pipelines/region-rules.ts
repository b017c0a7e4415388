import { foreignPlace } from './gazetteer.ts';
import { regionKnown } from './standards/regions.ts';

/** Codes that were divided among several: without an address nobody can say which of them is meant today. */
const DIVIDED = new Set(['630111']);

/** Rule P22. */
export function regionProblem(code: string, hasAddress: boolean): string | null {
  if (!regionKnown(code)) return `region ${code} was never allocated`;
  return DIVIDED.has(code) && !hasAddress ? `region ${code} was divided, and no address says which part` : null;
}

/** Rules P23 and L26. An address that names no place of the gazetteer contradicts nothing. */
export function addressContradicts(code: string, address: string): string | null {
  const place = foreignPlace(code, address);
  return place === null ? null : `the address names ${place}, the region is ${code}`;
}
