import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { CONNECTORS } from '../connectors/index.ts';
import { createProgram } from '../runner/cli/program.ts';
import { sampleSystemFiles } from '../runner/demo/stage.ts';
import { projectPath, projectRoot } from '../schemas/kernel/paths.ts';
import { expectGenerated } from './support/generated.ts';

const README = readFileSync(projectPath('README.md'), 'utf8');

test('the table of connectors is what the program says', () => {
  const rows = Object.values(CONNECTORS).map(({ type, summary }) => `| \`${type}\` | ${summary} |`);
  expectGenerated('README.md', 'connectors', ['| connector | reads |', '|---|---|', ...rows]);
});

test('the table of systems is what the system files say', async () => {
  const files = (await sampleSystemFiles()).toSorted((a, b) => (a.system < b.system ? -1 : 1));
  const rows = files.map(({ system, title, connector, streams }) => {
    const feeds = [...new Set(Object.values(streams).flatMap(({ base }) => base ?? []))].join(', ');
    const cells = [`[${system}](connectors/systems/${system}.yaml)`, title.zh, `\`${connector}\``];
    return `| ${[...cells, Object.keys(streams).join(', '), feeds].join(' | ')} |`.replace('|  |', '| |');
  });
  expectGenerated('README.md', 'systems', [
    '| system | | connector | streams | base |',
    '|---|---|---|---|---|',
    ...rows,
  ]);
});

test('every command that the README shows exists', () => {
  const known = new Set(createProgram().commands.map((command) => command.name()));
  const shown = [...README.matchAll(/(?:`hub|run hub --) ([a-z]+)/g)].map((found) => found[1] ?? '');
  expect(shown.length).toBeGreaterThan(6);
  expect(shown.filter((name) => !known.has(name))).toEqual([]);
});

test('it is one page', () => {
  expect(README.split('\n').length).toBeLessThan(150);
});

const folders = (folder: string): string[] =>
  readdirSync(join(projectRoot, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name === 'README.md' && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name));

test('links between documents lead somewhere', () => {
  const files = ['connectors', 'pipelines', 'catalog', 'schemas', 'runner', 'tests'].flatMap(folders);
  const broken = [projectPath('README.md'), ...files].flatMap((file) => {
    const links = [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(
      (found) => found[1] ?? '',
    );
    return links.filter((link) => !existsSync(join(dirname(file), link))).map((link) => `${file}: ${link}`);
  });
  expect(broken).toEqual([]);
});

test('each folder of the first two levels that holds code says in a README what lives there', () => {
  const holdsCode = (folder: string): boolean =>
    readdirSync(projectPath(folder), { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('.ts'));
  const firstLevel = ['connectors', 'pipelines', 'catalog', 'schemas', 'runner', 'tests'];
  const secondLevel = firstLevel.flatMap((folder) =>
    readdirSync(projectPath(folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${folder}/${name}`),
  );
  const withoutReadme = [...firstLevel, ...secondLevel.filter(holdsCode)].filter(
    (folder) => !existsSync(projectPath(folder, 'README.md')),
  );
  expect(withoutReadme).toEqual([]);
});
