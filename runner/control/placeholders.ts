import { PLACEHOLDER } from '../../pipelines/suggest/places.ts';
import type { SystemFile } from '../../schemas/system.ts';
import type { Problem } from '../settings/problems.ts';
import type { YamlPath } from '../settings/yaml-text.ts';

/** Class, item and category of a directory code that no directory has: what `hub draft` writes before a person knows it. */
export const PLACEHOLDER_CLASS = '300000';

/** What of a draft nobody has filled in yet: it would be published as it stands. */
export function placeholdersIn({ streams }: SystemFile, lineOf?: (path: YamlPath) => number): readonly Problem[] {
  const found: Problem[] = [];
  const say = (path: readonly string[], given: string, problem: string): void => {
    found.push({ path: path.join('.'), ...(lineOf === undefined ? {} : { line: lineOf(path) }), given, problem });
  };
  for (const [name, { resource, mapping, records = {} }] of Object.entries(streams)) {
    if (resource?.code.startsWith(`${PLACEHOLDER_CLASS}/`) === true)
      say(
        ['streams', name, 'resource', 'code'],
        resource.code,
        'this is the placeholder of a draft; write class, item, category and detail / sequence number of the directory, such as 307001/12',
      );
    const parts = Object.entries(records).map(([part, own]) => ({ at: ['records', part], own }));
    for (const { at, own } of [{ at: ['mapping'], own: mapping }, ...parts])
      for (const [attribute, { as, is = as }] of Object.entries(own))
        if (is === PLACEHOLDER || is === `constant(${PLACEHOLDER})`)
          say(
            ['streams', name, ...at, attribute],
            PLACEHOLDER,
            'this is the placeholder of a draft; write what it is, as the comment of the draft says',
          );
  }
  return found;
}
