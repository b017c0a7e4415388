import { type ChildProcess, spawn } from 'node:child_process';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const HUB = new URL('../../runner/cli/program.js', import.meta.url).href;
const BENCH = new URL('../bench/command.js', import.meta.url).href;

type Program = (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
  /** Told when it has begun: who wants to end it keeps it. */
  begun?: (child: ChildProcess) => void,
) => Promise<Ended>;

/** The command line as a program of its own, the way a steward starts it. */
export const hub: Program = (args, env, cwd, begun) => start(HUB, args, env, cwd, begun);
/** `npm run bench` as a program of its own. */
export const bench: Program = (args, env, cwd) => start(BENCH, args, env, cwd);

function start(
  module: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
  begun: (child: ChildProcess) => void = () => {},
): Promise<Ended> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const script = `const { main } = await import('${module}'); await main(process.argv);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, 'hub', ...args], {
    ...{ cwd, env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  begun(child);
  const read = (stream: NodeJS.ReadableStream): (() => string) => {
    let text = '';
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    return () => text;
  };
  const [stdout, stderr] = [read(child.stdout), read(child.stderr)];
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, stdout: stdout(), stderr: stderr() }));
  });
}
