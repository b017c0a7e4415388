import type { Command } from 'commander';
import { requireBase } from '../../catalog/entities/read.ts';
import { type AttributeReason, explainEntity, type OtherValue } from '../../catalog/entities/why.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { catalogBases } from '../services/descriptions.ts';
import { print, printJson, table } from './print.ts';
import { type CommonOptions, openSession } from './session.ts';

const shown = (value: unknown): string | null => (value === null ? null : String(value));

const other = ({ value, system, agrees, trusted, recordId }: OtherValue): string =>
  `${agrees ? '=' : '≠'} ${String(value)} (${system} #${recordId}${trusted ? '' : ', in error'})`;

function rowOf({ attribute, zh, value, winner, rule, override, others }: AttributeReason) {
  const from =
    override !== null
      ? `${override.by}, until ${override.until}: ${override.reason}`
      : winner === null
        ? null
        : `${winner.system}/${winner.stream} #${winner.recordId}`;
  return [
    attribute,
    zh,
    shown(value),
    from,
    rule === null ? null : `${rule.zh}; ${rule.en}`,
    others.map(other).join(', '),
  ];
}

/** What the page of an entity says, masked like it. */
export function addWhyCommand(program: Command, common: () => CommonOptions): void {
  program
    .command('why')
    .description('why an entity has its values: where each comes from, by which rule it won, what others say; masked')
    .argument('<base>')
    .argument('<id>', 'as the pages show it; an old one answers with its survivor')
    .argument('[attribute]', 'only this one')
    .option('--json', 'as one line of JSON')
    .action(async (name: string, id: string, attribute: string | undefined, options: { json?: boolean }) => {
      await using session = await openSession(common());
      const base = requireBase(catalogBases(session.hub), name);
      const why = await explainEntity(base, id);
      const reasons = why.reasons.filter((one) => attribute === undefined || one.attribute === attribute);
      if (reasons.length === 0 && attribute !== undefined)
        throw new HubError('HUB_CATALOG_NOT_FOUND', `nobody says anything about "${attribute}" of ${id}`, {
          allowed: why.reasons.map((one) => one.attribute),
        });
      if (options.json === true) {
        printJson({ ...why, reasons });
        return;
      }
      if (why.mergedInto !== null) print(`${id} was merged into ${why.mergedInto}.`);
      if (why.splitInto.length > 0) print(`Split off from it: ${why.splitInto.join(', ')}.`);
      print(table(['attribute', '属性', 'value', 'from', 'rule', 'others'], reasons.map(rowOf)));
      const wanted = new Set(
        reasons.flatMap(({ winner, others }) => [winner?.recordId, ...others.map((one) => one.recordId)]),
      );
      print(
        `\n${table(
          ['record', 'system', 'key', 'linked by', 'log', 'origin'],
          why.records
            .filter(({ recordId }) => wanted.has(recordId))
            .map((one) => [
              ...[
                `#${one.recordId}`,
                `${one.system}/${one.stream}`,
                one.sourceKey,
                `${one.linkRule.zh}; ${one.linkRule.en}`,
              ],
              ...[`${one.topic} [${one.partition}] @ ${one.offset}`, one.origin],
            ]),
        )}`,
      );
    });
}
