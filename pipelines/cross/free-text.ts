import type { BaseName } from '../../schemas/base.ts';
import type { AttributeSpec } from '../pipeline.ts';
import { parseCitizenNumber } from '../standards/citizen-number.ts';
import { foldWidth } from '../standards/text.ts';
import type { CrossBase, CrossFinding, CrossRule } from './contract.ts';
import { goldenPages, idOf, systemsOfWinners } from './read.ts';

/** What anybody may read, and somebody wrote. */
const isPublicText = ({ type, sensitivity }: AttributeSpec): boolean => type === 'text' && sensitivity === 1;

/** For the database, which narrows the search; what it finds is looked at closely here. */
const LIKELY = '[0-9０-９]{17}[0-9Xx０-９Ｘｘ]';
const STANDING_ALONE = /(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])/g;

/** Characters from the first one of a citizen number; null when the text has none. Credit codes and accounts are none. */
function citizenNumberAt(text: string, today: string): number | null {
  for (const { 0: candidate, index } of foldWidth(text).matchAll(STANDING_ALONE))
    if (parseCitizenNumber(candidate.toUpperCase(), { on: today }).ok) return index;
  return null;
}

async function* inBase(
  name: BaseName,
  base: CrossBase,
  today: string,
  signal: AbortSignal,
): AsyncGenerator<CrossFinding> {
  const attributes = Object.entries(base.definition.attributes).filter(([, spec]) => isPublicText(spec));
  if (attributes.length === 0) return;
  const texts = attributes.map(([attribute]) => `g.attributes->>'${attribute}'`);
  const page = {
    columns: `ARRAY[${texts.join(', ')}] AS texts`,
    where: `concat_ws(E'\\n', ${texts.join(', ')}) ~ '${LIKELY}'`,
  };
  for await (const rows of goldenPages<{ entityId: number; texts: readonly (string | null)[] }>(base, page, signal))
    for (const [at, [attribute, { zh }]] of attributes.entries()) {
      const wrong = rows.flatMap(({ entityId, texts: all }) => {
        const place = citizenNumberAt(all[at] ?? '', today);
        return place === null ? [] : [{ entityId, place }];
      });
      const systems = await systemsOfWinners(
        base,
        attribute,
        wrong.map(({ entityId }) => entityId),
      );
      for (const { entityId, place } of wrong)
        yield {
          subject: `${idOf(base, entityId)} ${attribute}`,
          message: `${attribute} (${zh}), which anybody may read, has a citizen number at character ${place + 1}`,
          ...{ base: name, entityId, system: systems.get(entityId) ?? null },
        };
    }
}

export const noNumbersInText: CrossRule = {
  id: 'X06',
  version: 1,
  severity: 'E',
  title: 'no citizen number stands in a text that anybody may read',
  zh: '对外公开的文本信息项中不得出现公民身份号码',
  basis: { zh: '个人信息保护', en: 'protection of personal information' },
  async *find(bases, { today, signal }) {
    for (const [name, base] of Object.entries(bases) as [BaseName, CrossBase][])
      yield* inBase(name, base, today, signal);
  },
};
