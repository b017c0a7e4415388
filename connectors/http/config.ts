import { z } from 'zod';
import { isNetwork } from './addresses.ts';

const MiB = 1024 * 1024;
const header = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}$/, 'a header name');
const secret = z
  .string()
  .min(1)
  .regex(/^[^\r\n\0]*$/, 'no line ends');
/** `${NAME}` is still there when a file is checked without its environment. */
const httpUrl = z
  .string()
  .regex(
    /^(https?:\/\/[^\s/@]+(\/\S*)?|\$\{\w+\}\S*)$/,
    'http:// or https://, host, path; user and password do not belong here',
  )
  .refine((url) => url.includes('${') || URL.canParse(url), 'no address: its host or its port is none');

const httpAuth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z
    .strictObject({
      kind: z.literal('key'),
      header: header.optional().describe('header that carries the key'),
      query: z.string().min(1).optional().describe('or: parameter of the address that carries it'),
      value: secret,
    })
    .refine((auth) => (auth.header === undefined) !== (auth.query === undefined), 'either header or query'),
  z.strictObject({ kind: z.literal('basic'), user: secret, password: secret }),
  z
    .strictObject({
      kind: z.literal('oauth'),
      tokenUrl: httpUrl,
      clientId: secret,
      clientSecret: secret,
      scope: secret.optional(),
    })
    .describe('OAuth 2.0 client credentials'),
]);
export type HttpAuth = z.infer<typeof httpAuth>;

/** To be spread into the connection of every connector that reads over HTTP. */
export const httpConnection = {
  url: httpUrl.describe('address of the service; paths of streams are added to it'),
  allowHosts: z
    .array(z.string().regex(/^[\w.:[\]-]+$/, 'host or host:port'))
    .default([])
    .describe('hosts that may be asked beside that of url: for redirects, tokens, documents'),
  allowNetworks: z
    .array(z.string().refine(isNetwork, 'a network such as 100.64.0.0/10 or 64:ff9b::/96'))
    .default([])
    .describe(
      'networks beside the public and the private ones where those hosts may be: of a carrier, a tunnel, NAT64',
    ),
  auth: httpAuth.default({ kind: 'none' }).describe('none, key, basic or oauth'),
  timeoutSeconds: z.number().min(0.1).max(600).default(30).describe('without a byte from the service'),
  totalSeconds: z.number().min(0.1).max(3600).default(300).describe('for one reply, redirects included'),
  maxReplyBytes: z
    .number()
    .int()
    .min(1024)
    .max(512 * MiB)
    .default(32 * MiB)
    .describe('of one reply after decompression'),
  ca: z.string().optional().describe('PEM of the authority that signed the certificate of the service'),
};
const shape = z.strictObject(httpConnection);
export type HttpConnection = z.infer<typeof shape>;
