import { z } from 'zod';

const name = z.string().min(1).max(128);

/** Whether all its parts can be read; what is still `${NAME}` may become one. */
function isAddress(url: string): boolean {
  if (url.includes('${')) return true;
  if (!URL.canParse(url)) return false;
  const { username, password, pathname } = new URL(url);
  return [username, password, pathname].every((part) => !/%(?![0-9a-f]{2})/i.test(part) && isText(part));
}

function isText(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/** The server, by URL or by parts; the login should be allowed to SELECT and nothing else. */
export const sqlConnection = z
  .strictObject({
    client: z.enum(['pg', 'mysql2', 'mssql', 'oracledb']).describe('PostgreSQL, MySQL or MariaDB, SQL Server, Oracle'),
    url: z
      .string()
      .regex(
        /^(postgres(ql)?|mysql|mariadb|mssql|sqlserver|oracle):\/\/\S+$/,
        'a URL scheme://user:password@host:port/database',
      )
      .refine(isAddress, 'no address: its host or port is none, or a % in user or password is not written %25')
      .optional()
      .describe('instead of host, port, user, password and database'),
    host: name.optional(),
    port: z.number().int().min(1).max(65_535).optional(),
    user: name.optional(),
    password: z.string().optional(),
    database: name.optional(),
    encrypt: z.boolean().default(false).describe('TLS; old SQL Servers cannot'),
    trustServerCertificate: z
      .boolean()
      .default(false)
      .describe('with encrypt: take any certificate, also one that nobody known has signed'),
    connectTimeoutMs: z.number().int().min(100).max(300_000).default(10_000),
    statementTimeoutMs: z
      .number()
      .int()
      .min(1_000)
      .max(3_600_000)
      .default(120_000)
      .describe('a longer statement is cancelled'),
    pageRows: z.number().int().min(1).max(50_000).default(5_000).describe('rows that one statement reads'),
  })
  .refine((connection) => (connection.url === undefined) !== (connection.host === undefined), 'either url or host');
export type SqlConnection = z.infer<typeof sqlConnection>;

export const sqlStream = z.strictObject({
  schema: name.optional().describe('default: the one that the login sees first'),
  table: name.describe('table or view'),
  key: z.array(name).min(1).describe('columns that identify a row'),
  columns: z.array(name).optional().describe('only these columns, beside key and cursor; default: all'),
  cursor: name.optional().describe('column that grows with every change; without it every run reads everything'),
  overlapSeconds: z
    .number()
    .int()
    .min(0)
    .max(604_800)
    .default(300)
    .describe(
      'how far each run reaches back, for transactions that commit late; for a cursor of type date or timestamp',
    ),
});
export type SqlStream = z.infer<typeof sqlStream>;

export const sqlConfig = z.strictObject({
  connection: sqlConnection,
  streams: z.record(z.string(), sqlStream),
});
export type SqlConfig = z.infer<typeof sqlConfig>;

export interface Address {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
}

/** The parts of the connection, whichever way it was written; what was not said is absent. */
export function addressOf(connection: SqlConnection): Address {
  const { url, host = '', port, user, password, database } = connection;
  if (url === undefined) return present({ host, port, user, password, database });
  const parts = new URL(url);
  const text = (part: string): string | undefined => (part === '' ? undefined : decodeURIComponent(part));
  return present({
    // an IPv6 address stands in brackets
    host: parts.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parts.port === '' ? undefined : Number(parts.port),
    user: text(parts.username),
    password: text(parts.password),
    database: text(parts.pathname.slice(1)),
  });
}

const present = (given: { readonly [Key in keyof Address]-?: Address[Key] | undefined }): Address =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as unknown as Address;
