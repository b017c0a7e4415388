import { createHash, randomBytes } from 'node:crypto';
import type { SoapConfig, SoapStream } from './config.ts';

const ENVELOPE = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const;
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const TOKEN = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';

const SIGNS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (sign) => SIGNS[sign] as string);

/** The values that stand for `{page}`, `{size}` and `{since}`. */
export interface Placeholders {
  readonly page: string;
  readonly size: string;
  readonly since: string;
}

export interface SoapRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function soapRequest(
  { namespace, version, security }: SoapConfig['connection'],
  stream: Pick<SoapStream, 'operation' | 'action' | 'parameters'>,
  values: Placeholders,
  now: Date,
): SoapRequest {
  const parameters = Object.entries(stream.parameters)
    .map(([name, text]) => {
      const value = text.replace(/\{(page|size|since)\}/g, (_, placeholder: keyof Placeholders) => values[placeholder]);
      return `<m:${name}>${escapeXml(value)}</m:${name}>`;
    })
    .join('');
  const header = security === undefined ? '' : `<s:Header>${usernameToken(security, now)}</s:Header>`;
  const body =
    `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${ENVELOPE[version]}" xmlns:m="${escapeXml(namespace)}">` +
    `${header}<s:Body><m:${stream.operation}>${parameters}</m:${stream.operation}></s:Body></s:Envelope>`;
  const action = escapeXml(stream.action);
  if (version === '1.2')
    return {
      body,
      headers: { 'content-type': `application/soap+xml; charset=utf-8${action === '' ? '' : `; action="${action}"`}` },
    };
  return { body, headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: `"${stream.action}"` } };
}

/** UsernameToken Profile 1.0: digest = base64(SHA-1(nonce + created + password)). */
function usernameToken(
  { user, password, digest }: NonNullable<SoapConfig['connection']['security']>,
  now: Date,
): string {
  const nonce = randomBytes(16);
  const created = now.toISOString();
  const proof = digest
    ? createHash('sha1').update(nonce).update(created).update(password).digest('base64')
    : escapeXml(password);
  return (
    `<w:Security xmlns:w="${WSSE}" xmlns:u="${WSU}" s:mustUnderstand="1"><w:UsernameToken>` +
    `<w:Username>${escapeXml(user)}</w:Username>` +
    `<w:Password Type="${TOKEN}#${digest ? 'PasswordDigest' : 'PasswordText'}">${proof}</w:Password>` +
    `<w:Nonce>${nonce.toString('base64')}</w:Nonce><u:Created>${created}</u:Created></w:UsernameToken></w:Security>`
  );
}
