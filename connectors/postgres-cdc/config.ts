import { z } from 'zod';

const name = z.string().min(1).max(63);

const cdcStream = z.strictObject({
  schema: name.optional().describe('default: the one that the login sees first'),
  table: name,
  key: z.array(name).min(1).describe('columns that identify a row; those of the replica identity'),
  columns: z.array(name).optional().describe('only these columns, beside the key; default: all'),
  slot: z
    .string()
    .regex(/^[a-z0-9_]{1,63}$/, 'small letters, digits, underscores')
    .optional()
    .describe('name of the replication slot; default: hub_<system>_<stream>'),
});
export type CdcStream = z.infer<typeof cdcStream>;

export const cdcConfig = z.strictObject({
  connection: z.strictObject({
    url: z
      .string()
      .regex(/^(postgres(ql)?:\/\/\S+|\$\{\w+\}\S*)$/, 'a URL postgres://user:password@host:port/database')
      .describe('the login needs SELECT on the tables and the attribute REPLICATION'),
    publication: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/)
      .default('hub')
      .describe('made by the owner: CREATE PUBLICATION hub FOR TABLE ...'),
    encrypt: z.boolean().default(false).describe('TLS'),
    trustServerCertificate: z.boolean().default(false),
    connectTimeoutMs: z.number().int().min(100).max(300_000).default(10_000),
    statementTimeoutMs: z.number().int().min(1_000).max(3_600_000).default(120_000),
    pageRows: z
      .number()
      .int()
      .min(1)
      .max(50_000)
      .default(5_000)
      .describe('rows that one statement of the snapshot reads'),
    pollMs: z
      .number()
      .int()
      .min(10)
      .max(60_000)
      .default(100)
      .describe('between two looks at the log when it is followed'),
  }),
  streams: z.record(z.string(), cdcStream),
});
export type CdcConfig = z.infer<typeof cdcConfig>;
