import { Argument, type Command, Option } from 'commander';
import { explainEdges, survivorOf } from '../../pipelines/engine/match/edges.ts';
import { explainPair } from '../../pipelines/engine/match/explain.ts';
import { listDecisions, listReview } from '../../pipelines/engine/match/review.ts';
import type { DecisionResult } from '../../pipelines/engine/steward/decide-rows.ts';
import { type DecisionEffect, namesOf, tearing } from '../../pipelines/engine/steward/effect.ts';
import type { Stewardship } from '../../pipelines/engine/steward/stewardship.ts';
import type { BaseDefinition } from '../../pipelines/pipeline.ts';
import { formatEntityId, parseEntityId } from '../../schemas/entity-id.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import { type LinkPair, REVIEW_KINDS, type ReviewItem, type ReviewKind } from '../../schemas/linkage.ts';
import type { Hub, HubBase } from '../compose.ts';
import { baseNamed } from '../normalise/rebuild.ts';
import { print, printJson, table } from './print.ts';
import { type Deed, recorded, unmasked } from './recorded.ts';
import { type CommonOptions, openSession } from './session.ts';
import { clearable, namesOfRows, rowMeant, type Sight, sightOf } from './sight.ts';
import { positive } from './systems.ts';

function showPair(base: BaseDefinition, explained: LinkPair): void {
  const { rows, records, entities, together, keys, vetoes, decision, choice, match } = explained;
  for (const side of [0, 1] as const)
    print(`${records[side]}  ${rows[side]}  ${formatEntityId(base.entityPrefix, entities[side])}`);
  print(
    `${together ? 'One entity.' : 'Two entities.'} Keys in common: ${keys.length === 0 ? 'none' : keys.map((key) => key.replace(/:.*$/s, '')).join(', ')}.`,
  );
  for (const veto of vetoes) print(`Veto ${veto.id}: ${veto.zh}; ${veto.en}.`);
  if (decision !== null) {
    const { id, kind, by, reason, secondedBy, waits } = decision;
    const second = waits ? ' (waits for a second person)' : secondedBy === null ? '' : `, seconded by ${secondedBy}`;
    print(`Decision ${id}: ${kind} by ${by}${second}: ${reason}`);
  }
  if (match === null) return;
  print(
    table(
      ['field', '字段', 'level', '比较', 'm', 'u', 'bits', 'total'],
      match.fields.map(({ en, zh, enLevel, zhLevel, level, m, u, bits, total }) => [
        ...[en, zh, enLevel, zhLevel],
        ...(level < 0 ? [null, null] : [String(m), String(u)]),
        bits.toFixed(2),
        total.toFixed(2),
      ]),
    ),
  );
  if (match.sharedBlocks === 0 && keys.length === 0)
    print(
      'They were never compared: no number, name with a date or county, birth in a county or phone is common to both.',
    );
  print(
    `Sum ${match.weight.toFixed(2)} bits, model ${match.model}: linked from ${match.link}, asked from ${match.review}; ${match.sharedBlocks} blocks in common.`,
  );
  if (match.asked)
    print(
      `Asked: the fields add up to ${match.fields.at(-1)?.total.toFixed(2)} bits, enough to link, but what agrees does not tell apart who is much alike.`,
    );
  if (choice !== null)
    print(`Stored choice: ${choice.state === 'auto' ? 'linked' : 'asked'}, made under ${choice.model}.`);
}

function showItems(base: BaseDefinition, items: readonly ReviewItem[]): void {
  const id = (entityId: number): string => formatEntityId(base.entityPrefix, entityId);
  print(
    table(
      ['kind', 'record', 'row', 'entity', 'may be', 'row', 'bits', 'note'],
      items.flatMap(({ kind, row, recordId, entityId, candidates, records, reasons, decision }) => {
        const note =
          decision !== null
            ? `decision ${decision.id} by ${decision.by}: ${decision.reason}`
            : records === null
              ? reasons.map(({ zh, en }) => `${zh}; ${en}`).join('. ')
              : `${records} records`;
        const own = [kind, String(recordId), row, id(entityId)];
        if (candidates.length === 0) return [[...own, '', '', '', note]];
        return candidates.map((one, i) => [
          ...(i === 0 ? own : ['', '', '', '']),
          ...[String(one.recordId), one.row, one.weight?.toFixed(2) ?? '', i === 0 ? note : ''],
        ]);
      }),
    ),
  );
}

type NameOf = (row: string) => string;

function showEffect({ joined, torn }: DecisionEffect, nameOf: NameOf): void {
  const parts = (found: readonly (readonly string[])[]): string =>
    found.map((rows) => namesOf(rows, nameOf)).join(' | ');
  for (const one of joined) print(`Become one entity: ${parts(one)}`);
  for (const one of torn) print(`Are torn apart: ${parts(one)}`);
  if (joined.length === 0 && torn.length === 0) print('Nobody is joined or torn apart.');
}

/** What a command of review works with. */
interface Table {
  readonly base: HubBase;
  readonly sight: Sight;
  /** Rows as they are called here. */
  names(rows: readonly string[]): Promise<NameOf>;
  /** A row that a person has named, in words that the base knows. */
  meant(row: string): Promise<string>;
  /** Prints what a decision does. */
  effect(effect: DecisionEffect): Promise<void>;
  /** A decision, which the audit log has. */
  decided<T>(deed: Omit<Deed<T>, 'what'>, work: () => Promise<T>): Promise<T>;
}

function tableOf(hub: Hub, base: HubBase, sight: Sight): Table {
  const names = (rows: readonly string[]): Promise<NameOf> => namesOfRows(base, sight, rows);
  return {
    ...{ base, sight, names },
    meant: (row) => rowMeant(base, hub.pseudonyms, row),
    effect: async (effect) => showEffect(effect, await names([...effect.joined, ...effect.torn].flat(2))),
    decided: (deed, work) => recorded(hub, { ...deed, what: 'review' }, work),
  };
}

/** Errors name rows as the base does: here as they are called here. */
async function renamed(error: unknown, { names }: Table): Promise<unknown> {
  if (!isHubError(error) || error.code !== 'HUB_REVIEW_TEARS') return error;
  const torn = error.details['torn'] as DecisionEffect['torn'];
  const nameOf = await names(torn.flat(2));
  return tearing(torn.map((parts) => parts.map((part) => part.map(nameOf))));
}

const pairSeen = (pair: LinkPair, sight: Sight, nameOf: NameOf): LinkPair => ({
  ...pair,
  rows: [nameOf(pair.rows[0]), nameOf(pair.rows[1])],
  keys: sight.isClear ? pair.keys : pair.keys.map((key) => key.slice(0, key.indexOf(':'))),
  decision: pair.decision === null ? null : { ...pair.decision, reason: sight.text(pair.decision.reason) },
});

const itemSeen = (item: ReviewItem, sight: Sight, nameOf: NameOf): ReviewItem => ({
  ...item,
  row: nameOf(item.row),
  candidates: item.candidates.map((one) => ({ ...one, row: nameOf(one.row) })),
  decision: item.decision === null ? null : { ...item.decision, reason: sight.text(item.decision.reason) },
});

interface Asked {
  readonly json?: boolean;
  readonly clear?: boolean;
}

interface Who {
  readonly by: string;
  readonly reason: string;
  readonly tearApart?: boolean;
}

export function addReviewCommands(program: Command, common: () => CommonOptions): void {
  const review = program
    .command('review')
    .description(
      'records that may be one subject: what waits for a person, why, and decisions; a row is "system/stream key", the pseudonym that stands for it, or the number of its record. Nobody signs in yet: the name of --by is taken at its word',
    );
  const withBase = async (
    name: string,
    clear: boolean | undefined,
    work: (table: Table) => Promise<void>,
  ): Promise<void> => {
    await using session = await openSession(common());
    const { hub } = session;
    const base = baseNamed(hub, name);
    const { pseudonyms } = hub;
    const leave = await unmasked(hub, clear, `${name}/review`, `hub review, ${name}`);
    const sight = sightOf(base.definition, { clear: leave, pseudonyms });
    const opened = tableOf(hub, base, sight);
    await work(opened).catch(async (error: unknown) => {
      throw await renamed(error, opened);
    });
  };
  clearable(review.command('list'))
    .description(
      'what waits for a person: pairs, records kept apart under one number, decisions that want a second person, weak bridges, entities with very many records',
    )
    .argument('<base>')
    .option('-n, --limit <count>', 'how many of each kind', positive, 20)
    .addOption(new Option('--kind <kind>', 'only this kind').choices([...REVIEW_KINDS]))
    .option('--json', 'as one line of JSON')
    .action((name: string, options: Asked & { limit: number; kind?: ReviewKind }) =>
      withBase(name, options.clear, async ({ base: { pool, definition }, sight, names }) => {
        const found = await listReview(pool, definition, options);
        const nameOf = await names(found.flatMap(({ row, candidates }) => [row, ...candidates.map((one) => one.row)]));
        const items = found.map((item) => itemSeen(item, sight, nameOf));
        if (options.json === true) printJson(items);
        else showItems(definition, items);
      }),
    );
  clearable(review.command('decisions'))
    .description('what people have decided and not taken back, the latest first')
    .argument('<base>')
    .option('-n, --limit <count>', 'how many', positive, 50)
    .option('--json', 'as one line of JSON')
    .action((name: string, options: Asked & { limit: number }) =>
      withBase(name, options.clear, async ({ base: { pool, definition }, sight, names }) => {
        const found = await listDecisions(pool, definition.schema, options.limit);
        const nameOf = await names(found.flatMap(({ rows }) => rows));
        const decisions = found.map((one) => ({
          ...{ ...one, rows: one.rows.map(nameOf), reason: sight.text(one.reason) },
        }));
        if (options.json === true) printJson(decisions);
        else
          print(
            table(
              ['decision', 'kind', 'row', 'row', 'by', 'second', 'decided', 'reason'],
              decisions.map((one) => [
                ...[String(one.id), one.kind, ...one.rows, one.by, one.waits ? 'waited for' : one.secondedBy],
                ...[one.decidedAt.toISOString().slice(0, 16), one.reason],
              ]),
            ),
          );
      }),
    );
  clearable(review.command('explain'))
    .description('why two rows are, or are not, one entity: keys, vetoes, each field with its weight')
    .argument('<base>')
    .argument('<left>')
    .argument('<right>')
    .option('--json', 'as one line of JSON')
    .action((name: string, left: string, right: string, options: Asked) =>
      withBase(name, options.clear, async ({ base: { pool, definition }, sight, names, meant }) => {
        const pair = await explainPair(pool, definition, await meant(left), await meant(right));
        const explained = pairSeen(pair, sight, await names(pair.rows));
        if (options.json === true) printJson(explained);
        else showPair(definition, explained);
      }),
    );
  clearable(review.command('entity'))
    .description('what holds an entity together, the weakest first')
    .argument('<base>')
    .argument('<id>', 'as the pages show it')
    .option('--json', 'as one line of JSON')
    .action((name: string, id: string, options: Asked) =>
      withBase(name, options.clear, async ({ base: { pool, definition }, names }) => {
        const entityId = parseEntityId(definition.entityPrefix, id);
        if (entityId === null)
          throw new HubError('HUB_ARGUMENT_INVALID', `"${id}" is no id of ${name}`, {
            allowed: `${definition.entityPrefix} with digits, the last of them a check digit`,
          });
        const survivor = await survivorOf(pool, definition, entityId);
        if (survivor !== entityId && options.json !== true)
          print(`${id} was merged into ${formatEntityId(definition.entityPrefix, survivor)}.`);
        const found = await explainEdges(pool, definition, survivor);
        const nameOf = await names(found.flatMap(({ rows }) => rows));
        const edges = found.map((edge) => ({ ...edge, rows: edge.rows.map(nameOf) }));
        if (options.json === true) printJson(edges);
        else
          print(
            table(
              ['row', 'row', 'by', 'bits', 'note'],
              edges.map(({ rows, by, weight, weakest, bridge }) => [
                ...[...rows, by, weight?.toFixed(2) ?? null],
                [...(weakest ? ['weakest'] : []), ...(bridge ? ['bridge'] : [])].join(', '),
              ]),
            ),
          );
      }),
    );
  for (const [command, kind, text] of [
    ['confirm', 'confirmed', 'two rows are one subject'],
    ['forbid', 'forbidden', 'two rows are not one subject, whatever they share'],
  ] as const)
    review
      .command(command)
      .description(text)
      .argument('<base>')
      .argument('<left>')
      .argument('<right>')
      .requiredOption('--by <person>', 'who decides')
      .requiredOption('--reason <text>', 'why, for those who ask later')
      .option('--tear-apart', 'also when rows are torn out of an entity by it; `hub review foresee` shows which')
      .action((name: string, left: string, right: string, { by, reason, tearApart = false }: Who) =>
        withBase(name, false, async ({ base: { stewardship }, meant, effect: showEffect, decided }) => {
          const rows = { left: await meant(left), right: await meant(right) };
          const { decisionId, stands, effect } = await decided(
            {
              ...{ by, details: { ...rows, kind, reason, tearApart } },
              on: { resource: `${name}/review`, subject: { of: 'rows', value: `${rows.left}\n${rows.right}` } },
              made: (result) => `${name}/review/${result.decisionId}`,
            },
            () => stewardship.decide({ ...rows, kind, by, reason, tearApart }),
          );
          await showEffect(effect);
          print(
            stands
              ? `Decision ${decisionId} stands.`
              : `Decision ${decisionId} waits for a second person, because it joins more than two sources: hub review second ${name} ${decisionId} --by ...`,
          );
        }),
      );
  review
    .command('foresee')
    .description('what a decision would do, whom it joins and whom it tears apart; nothing is changed')
    .argument('<base>')
    .addArgument(new Argument('<decision>', 'which').choices(['confirm', 'forbid', 'withdraw']))
    .argument('<left>', 'a row; of withdraw the number of the decision')
    .argument('[right]', 'the other row')
    .action((name: string, which: 'confirm' | 'forbid' | 'withdraw', left: string, right: string | undefined) =>
      withBase(name, false, async ({ base: { stewardship }, meant, effect: showEffect }) => {
        if (which === 'withdraw') return showEffect(await stewardship.foreseeWithdrawal(positive(left)));
        if (right === undefined)
          throw new HubError('HUB_ARGUMENT_INVALID', `what ${which} does is foreseen of two rows, and one was named`, {
            allowed: `hub review foresee ${name} ${which} LEFT RIGHT`,
          });
        const kind = which === 'confirm' ? 'confirmed' : 'forbidden';
        await showEffect(await stewardship.foresee({ left: await meant(left), right: await meant(right), kind }));
      }),
    );
  const numbered = (
    command: 'second' | 'withdraw',
    text: string,
    work: (people: Stewardship, id: number, by: string, tearApart: boolean) => Promise<DecisionResult>,
  ): void => {
    review
      .command(command)
      .description(text)
      .argument('<base>')
      .argument('<decision>', 'its number', positive)
      .requiredOption('--by <person>', 'who says so')
      .option('--tear-apart', 'also when rows are torn out of an entity by it; `hub review foresee` shows which')
      .action((name: string, id: number, { by, tearApart = false }: Who) =>
        withBase(name, false, async ({ base: { stewardship }, effect: showEffect, decided }) => {
          const { effect } = await decided(
            { by, on: { resource: `${name}/review/${id}` }, details: { command, tearApart } },
            () => work(stewardship, id, by, tearApart),
          );
          await showEffect(effect);
          print(`Decision ${id} ${command === 'second' ? 'stands' : 'is withdrawn'}.`);
        }),
      );
  };
  numbered('second', 'a second person agrees with a decision', (people, id, by, tearApart) =>
    people.second(id, by, tearApart),
  );
  numbered('withdraw', 'a decision is taken back', (people, id, by) => people.withdraw(id, by));
}
