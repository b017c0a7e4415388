import { HubError } from '../../schemas/kernel/errors.ts';
import { maskNumbersIn } from '../../schemas/masking/texts.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const PLACEHOLDER = /\$\{([^}]*)\}/g;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const REDACTED = '***';

/**
 * A copy of plain data in which `${NAME}` inside strings is replaced by the environment. An empty variable counts as
 * missing. What a variable holds is not looked through again.
 * @param where what the error names, such as `system golden-tax`.
 * @throws HUB_CONFIG_SECRET_MISSING listing all missing names (`details.missing`), HUB_CONFIG_INVALID for a bad name.
 */
export function fillSecrets<T>(value: T, env: Environment, where: string): T {
  const missing = new Set<string>();
  const filled = mapStrings(value, (text) =>
    text.replaceAll(PLACEHOLDER, (_, name: string) => {
      if (!VARIABLE.test(name))
        throw new HubError('HUB_CONFIG_INVALID', `${where}: "\${${name}}" does not name an environment variable`, {
          allowed: 'letters, digits and underscores, not beginning with a digit',
        });
      const found = Object.hasOwn(env, name) ? (env[name] ?? '') : '';
      if (found === '') missing.add(name);
      return found;
    }),
  );
  if (missing.size === 0) return filled as T;
  const names = [...missing];
  throw new HubError('HUB_CONFIG_SECRET_MISSING', `${where} needs ${names.join(', ')} in the environment`, {
    missing: names,
  });
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]));
}

const SECRET_KEY = /pass(word|wd|phrase)?$|secret|token|api_?key|credential|private_?key/i;

/**
 * A copy to print: passwords in URLs and values under telling names (`password`, `token`) are `***`.
 * @param text what becomes of every text in it
 */
export const redact = <T>(value: T, text = redactText): T => redactUnder('', value, text, 0) as T;

/** Whether what stands at this path is a secret by its name. */
export const isSecretPath = (path: readonly (string | number)[]): boolean =>
  path.some((step) => typeof step === 'string' && SECRET_KEY.test(step));

/**
 * Secrets that stand in clear in a part of a system file: values under telling names and passwords in URLs, but
 * for those that are `${NAME}`.
 * @returns their paths, below the part.
 */
export function clearSecretsIn(connection: unknown): readonly (readonly (string | number)[])[] {
  const found: (string | number)[][] = [];
  const look = (value: unknown, path: readonly (string | number)[]): void => {
    if (typeof value === 'string') {
      if (value !== '' && isInClear(value, path)) found.push([...path]);
    } else if (Array.isArray(value)) for (const [index, item] of value.entries()) look(item, [...path, index]);
    else if (typeof value === 'object' && value !== null)
      for (const [key, item] of Object.entries(value)) look(item, [...path, key]);
  };
  look(connection, []);
  return found;
}

function isInClear(text: string, path: readonly (string | number)[]): boolean {
  // Without its placeholders `u:${P}@h` has no password.
  const plain = text.replaceAll(PLACEHOLDER, '');
  const asked = plain.replace(/:@/g, '@');
  if (redactText(asked) !== asked) return true;
  // The key of an HTTP login is called `value`; the address of a token is none, nor is the scheme before one.
  const isNamed = isSecretPath(path) || (path.includes('auth') && path.at(-1) === 'value');
  return isNamed && !/^(?:https?:\/\/.*|\/.*|bearer|basic|token|apikey)?$/i.test(plain.trim());
}

const MAX_DEPTH = 10;

/** Only plain data is looked through: requests and sockets are for whoever prints them. */
function redactUnder(key: string, value: unknown, text: (text: string) => string, depth: number): unknown {
  if (value !== null && value !== undefined && typeof value !== 'object' && SECRET_KEY.test(key)) return REDACTED;
  if (typeof value === 'string') return text(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.map((item) => redactUnder(key, item, text, depth + 1));
  if (value instanceof Error) return text(value.message);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, redactUnder(name, item, text, depth + 1)]),
  );
}

// The password of a URL may itself hold @, so the last one before the host counts.
const URL_PASSWORD = /\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@"']*):[^\s/"']*@/gi;
const DSN_PASSWORD = /\b((?:password|pwd)\s*=\s*)("[^"]*"|'[^']*'|[^\s;&,"']+)/gi;

/** A parameter of an address whose name says that its value is a secret. */
const QUERY_SECRET = /([?&][^=&\s'"]*(?:token|key|secret|pass|pwd|sign|auth|code)[^=&\s'"]*=)[^&\s'"]+/gi;

/** Any text with the passwords of URLs and connection strings as `***`. */
export const redactText = (text: string): string =>
  text.includes('://') || /(password|pwd)\s*=/i.test(text)
    ? text
        .replaceAll(URL_PASSWORD, `$1:${REDACTED}@`)
        .replaceAll(DSN_PASSWORD, `$1${REDACTED}`)
        .replaceAll(QUERY_SECRET, `$1${REDACTED}`)
    : text;

/** Any text that the program says of itself: without secrets, and without the numbers of people. */
export const discreet = (text: string): string => maskNumbersIn(redactText(text));
