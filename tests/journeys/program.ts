import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const CLI = pathToFileURL(join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'runner', 'cli.js')).href;

/** The command line as a program of its own, the way a steward starts it. */
export function hub(args: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Promise<Ended> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const script = `const { main } = await import('${CLI}'); await main(process.argv);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, 'hub', ...args], {
    ...{ cwd, env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  });
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
