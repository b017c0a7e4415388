/** Structured logger, scoped by `child`. Never given secrets or whole identity numbers. pino satisfies it. */
export interface Logger {
  debug(fields: object, message?: string): void;
  info(fields: object, message?: string): void;
  warn(fields: object, message?: string): void;
  error(fields: object, message?: string): void;
  child(fields: Record<string, unknown>): Logger;
}

/** What every unit of work gets from above: one abort signal, one scoped logger, one clock. */
export interface RunContext {
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly now: () => Date;
}

const ignore = (): void => {};
/** For tests and one-off commands. */
export const silentLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => silentLogger,
};

/** A long-running part. Resolves when drained after `signal`; rejects to be restarted with back-off. */
export interface Service {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
