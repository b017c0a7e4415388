import type { StreamSpec } from '../../schemas/stream.ts';
import { chooseBase } from './base.ts';
import { type ReadColumn, readColumn, type StreamSuggestion } from './columns.ts';
import type { ColumnProfile } from './profile.ts';

export type { ColumnSuggestion, StreamSuggestion, SuggestedEntry } from './columns.ts';

/**
 * Reads a stream's columns by what they are called and by what the sample shows, and says where they would go.
 * @param profiles of every column, from `createProfiler`.
 * @param title of the stream, in words of its owner.
 */
export function suggestStream(spec: StreamSpec, profiles: readonly ColumnProfile[], title = ''): StreamSuggestion {
  const read = (kinds: ReadonlySet<string>): ReadColumn[] =>
    profiles.map((profile) => readColumn(profile, spec.key.includes(profile.column.name), kinds));
  // Terms that need company are only known once the others have been read.
  const first = read(new Set());
  const columns = read(new Set(first.filter(({ confidence }) => confidence > 0.7).map(({ kind }) => kind.name)));
  return { stream: spec.name, ...chooseBase(columns, `${spec.name} ${title}`) };
}
