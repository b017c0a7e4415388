import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';
import type { Logger } from '../../schemas/kernel/context.ts';
import { isHubError } from '../../schemas/kernel/errors.ts';
import { discreet, redact } from './secrets.ts';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Lines for people instead of JSON. */
  readonly pretty?: boolean;
  /** Default: standard error, because standard output belongs to the program's answers. */
  readonly to?: { write(line: string): unknown };
}

const LABELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'WARN', 50: 'ERROR' };

/**
 * One JSON object a line: `time` (ISO, UTC), `level`, `msg` and the fields. Passwords of URLs and connection strings
 * and values under telling names are `***`, whatever field or message they are in, and numbers of people are masked; errors keep code, details and causes.
 */
export function createLogger({ level, pretty = false, to }: LogOptions): Logger {
  const out = to ?? destination({ fd: 2, sync: true });
  const stream: DestinationStream = pretty
    ? { write: (line) => void out.write(prettyLine(line)) }
    : (out as DestinationStream);
  const logger = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label, number) => (pretty ? { level: number } : { level: label }),
        log: clean,
      },
      hooks: {
        logMethod(given, method) {
          method.apply(this, given.map((part) => (typeof part === 'string' ? discreet(part) : part)) as typeof given);
        },
      },
    },
    stream,
  );
  const { child } = logger;
  // pino formats the fields of every line but not those of a child; children inherit this method.
  logger.child = function scoped(this: typeof logger, fields, options) {
    return child.call(this, clean(fields), options);
  } as typeof logger.child;
  return logger;
}

function clean(fields: object): Record<string, unknown> {
  const cleaned: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields))
    cleaned[key] = value instanceof Error ? errorFields(value) : redact({ [key]: value }, discreet)[key];
  return cleaned;
}

const MAX_CAUSES = 5;

function errorFields(error: Error, depth = 0): Record<string, unknown> {
  const { cause } = error;
  const message = discreet(error.message);
  const stack = discreet(error.stack ?? '');
  const code = (error as { code?: unknown }).code;
  return {
    ...(code === undefined ? {} : { code }),
    message,
    ...(isHubError(error)
      ? { recovery: error.recovery, remedy: error.remedy, details: redact(error.details, discreet) }
      : { stack }),
    ...(cause instanceof Error && depth < MAX_CAUSES ? { cause: errorFields(cause, depth + 1) } : {}),
  };
}

function prettyLine(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${String(time).slice(11, 19)} ${(LABELS[level as number] ?? '').padEnd(5)} ${[msg, ...rest].filter(Boolean).join(' ')}\n`;
}
