import { describe, expect, test } from '@jest/globals';
import { EXIT, exitCodeOf, explain, table, widthOf } from '../../../runner/cli/print.ts';
import { createProgram } from '../../../runner/cli/program.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';

const WANTED = [
  ...[
    'up',
    'serve',
    'work',
    'check',
    'discover',
    'draft',
    'find',
    'person',
    'organisation',
    'key',
    'preview',
    'run',
    'apply',
  ],
  ...[
    'status',
    'quarantine',
    'why',
    'review',
    'override',
    'rebuild',
    'link',
    'scorecard',
    'rules',
    'migrate',
    'describe',
    'doctor',
    'audit',
    'tidy',
    'demo',
  ],
];

test('every command is there and says what it does; every option and argument says what it is', () => {
  const program = createProgram();
  expect(program.commands.map((command) => command.name()).sort()).toEqual([...WANTED].sort());
  const all = program.commands.flatMap((command) => [command, ...command.commands]);
  for (const command of all) {
    expect([command.name(), command.description()]).toEqual([command.name(), expect.stringMatching(/.{10}/)]);
    for (const option of command.options)
      expect([option.flags, option.description]).toEqual([option.flags, expect.stringMatching(/.{5}/)]);
  }
  const subcommands = (name: string) =>
    program.commands.find((command) => command.name() === name)?.commands.map((command) => command.name());
  expect(subcommands('quarantine')).toEqual(['list', 'replay', 'show', 'mend', 'dismiss', 'reopen']);
  expect(subcommands('link')).toEqual(['estimate', 'list', 'compare', 'promote']);
  expect(subcommands('audit')).toEqual(['verify', 'export', 'key']);
  expect(subcommands('override')).toEqual(['set', 'list', 'withdraw']);
  const review = ['list', 'decisions', 'explain', 'entity', 'confirm', 'forbid', 'foresee', 'second', 'withdraw'];
  expect(subcommands('review')).toEqual(review);
});

test('the help of the program documents the exit codes', () => {
  let help = '';
  const program = createProgram().configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  expect(() => program.parse(['node', 'hub', '--help'])).toThrow(expect.objectContaining({ exitCode: 0 }));
  for (const code of Object.values(EXIT)) expect(help).toMatch(new RegExp(`\\n {2}${code} +\\w`));
});

test('an unknown command is a usage error', () => {
  const program = createProgram().configureOutput({ writeErr: () => {} });
  expect(() => program.parse(['node', 'hub', 'aply'])).toThrow(expect.objectContaining({ exitCode: 1 }));
});

describe('errors', () => {
  test.each([
    ['HUB_CONFIG_INVALID', EXIT.usage],
    ['HUB_ARGUMENT_INVALID', EXIT.usage],
    ['HUB_CATALOG_NOT_FOUND', EXIT.usage],
    ['HUB_SOURCE_UNREACHABLE', EXIT.later],
    ['HUB_SOURCE_REFUSED', EXIT.mend],
    ['HUB_PIPELINE_BREAKER', EXIT.mend],
    ['HUB_INTERNAL', EXIT.internal],
  ] as const)('%s ends with status %d', (code, status) => {
    expect(exitCodeOf(new HubError(code, 'what'))).toBe(status);
  });

  test('say what, what is allowed and what to do, and hide passwords', () => {
    const text = explain(
      new HubError('HUB_SOURCE_OBJECT_MISSING', 'no table t at postgres://u:geheim@db/x', { allowed: ['a', 'b'] }),
    );
    expect(text).toContain('HUB_SOURCE_OBJECT_MISSING: no table t');
    expect(text).toContain('allowed: a, b');
    expect(text).toContain('remedy: ');
    expect(text).not.toContain('geheim');
    expect(exitCodeOf(new TypeError('x'))).toBe(EXIT.internal);
  });
});

test('what nobody has foreseen is said with a code, what to do, and where it comes from', () => {
  const text = explain(new TypeError('no such thing'));
  expect(text).toMatch(
    /^HUB_INTERNAL: unforeseen: no such thing\n {2}remedy: Report it.*\n {2}cause: TypeError: no such thing\n +at /,
  );
  expect(explain('a text')).toMatch(/^HUB_INTERNAL: unforeseen: a text\n {2}remedy: /);
});

test('a command that is ended by a signal says so, without the stack of an error', () => {
  const stop = new AbortController();
  stop.abort();
  let thrown: unknown;
  try {
    stop.signal.throwIfAborted();
  } catch (error) {
    thrown = error;
  }
  expect(explain(thrown)).toMatch(/^Ended by a signal.*start it again to go on\.$/);
  expect(exitCodeOf(thrown)).toBe(EXIT.interrupted);
});

test('tables count Chinese characters as two columns and align numbers to the right', () => {
  expect(widthOf('人口a')).toBe(5);
  expect(
    table(
      ['name', 'rows'],
      [
        ['人口', 1_000],
        ['x', 2],
      ],
    ).split('\n'),
  ).toEqual(['name   rows', '----  -----', '人口  1,000', 'x         2']);
});
