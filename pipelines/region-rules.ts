import { foreignPlace } from './gazetteer.ts';
import { resolveRegion } from './standards/regions.ts';

/** Rule P22. What was divided, or only gathers districts, needs an address that says which of them is meant today. */
export function regionProblem(code: string, hasAddress: boolean): string | null {
  const region = resolveRegion(code);
  if (region === null) return `region ${code} was never allocated`;
  return region.current.length > 1 && !hasAddress ? `region ${code} was divided, and no address says which part` : null;
}

/** Rules P23 and L26. An address that names no place of the gazetteer contradicts nothing. */
export function addressContradicts(code: string, address: string): string | null {
  const place = foreignPlace(code, address);
  return place === null ? null : `the address names ${place}, the region is ${code}`;
}
