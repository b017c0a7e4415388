import { z } from 'zod';
import { byteEncodingName } from './encoding.ts';

const text = z
  .string()
  .min(1)
  .regex(/^[^\r\n\0]*$/, 'no line ends');
const host = {
  host: text.describe('name or address of the server'),
  user: text,
  timeoutSeconds: z.number().min(1).max(600).default(30).describe('without an answer of the server'),
};

/** Where `folder` is when it is not on this machine. */
export const remotePlace = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('sftp'),
      ...host,
      port: z.coerce.number().int().min(1).max(65_535).default(22),
      password: text.optional(),
      privateKey: z.string().min(1).optional().describe('PEM or OpenSSH, instead of a password'),
      passphrase: text.optional(),
      hostKey: z
        .string()
        .regex(/^(SHA256:[A-Za-z0-9+/]{43}|\$\{\w+\})$/, 'SHA256: and 43 characters, as ssh-keygen -l shows it')
        .describe('fingerprint of the server; another server is refused'),
    })
    .refine((place) => place.password !== undefined || place.privateKey !== undefined, 'password or privateKey'),
  z.strictObject({
    kind: z.literal('ftp'),
    ...host,
    port: z.coerce.number().int().min(1).max(65_535).default(21),
    password: text,
    tls: z
      .enum(['none', 'explicit', 'implicit'])
      .default('none')
      .describe('none: name, password and files go in the clear'),
    nameEncoding: byteEncodingName
      .optional()
      .describe('of the names of files and folders, such as gbk, when the server does not write them in UTF-8'),
    ca: z.string().optional().describe('PEM of the authority that signed the certificate of the server'),
  }),
]);
export type RemotePlace = z.infer<typeof remotePlace>;
