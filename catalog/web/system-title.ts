import type { Text } from '../texts.ts';
import type { View } from './view.ts';

/** Titles of systems by name. */
export type SystemTitles = ReadonlyMap<string, Text>;

export const systemTitle = (view: View, systems: SystemTitles, name: string | null): string => {
  if (name === null) return '—';
  const title = systems.get(name);
  return title === undefined ? name : view.pick(title);
};
