import { type ChildProcess, spawn } from 'node:child_process';
import { until } from '../support/until.ts';

const HUB = new URL('../../runner/cli/program.js', import.meta.url).href;
const KEPT_CHARACTERS = 20_000;

/** `hub up`, `hub serve` or `hub work` as a program of its own. */
export interface HubProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** null for one that serves no catalog, and before it does. */
  address(): string | null;
  /** How it ended, with the last it said; null while it lives. */
  ended(): string | null;
}

export async function startHub(
  command: 'up' | 'serve' | 'work',
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<HubProcess> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const script = `const { main } = await import('${HUB}'); await main(process.argv);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, 'hub', command], {
    ...{ cwd, env: { ...inherited, HUB_HTTP_PORT: '0', ...env }, stdio: ['ignore', 'ignore', 'pipe'] },
  });
  let said = '';
  let address: string | null = null;
  let ended: string | null = null;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-KEPT_CHARACTERS);
    address ??= /"address":"(http[^"]+)"/.exec(said)?.[1] ?? null;
  });
  const gone = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      ended = `hub ${command} ended with ${signal ?? code}: ${said.slice(-3_000)}`;
      resolve();
    });
  });
  const started = (): boolean => ended !== null || (command === 'work' ? said !== '' : address !== null);
  await until(started, `hub ${command} has started`);
  return {
    child,
    address: () => address,
    ended: () => ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
