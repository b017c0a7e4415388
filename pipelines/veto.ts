import type { BaseDefinition } from './pipeline.ts';
import type { Attributes } from './record.ts';

/** The id of the first veto that keeps two records apart although they share a key, or null when they may be one entity. */
export function whyVeto(base: Pick<BaseDefinition, 'vetoes'>, a: Attributes, b: Attributes): string | null {
  for (const veto of base.vetoes) {
    if (veto.applies(a, b)) return veto.id;
  }
  return null;
}
