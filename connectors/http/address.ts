import { HubError } from '../../schemas/kernel/errors.ts';

/** The address of a stream: the path of its own under that of the service, with one slash between them. */
export function addressUnder(url: string, path: string): string {
  const service = url.replace(/\/$/, '');
  return path === '' || path.startsWith('/') ? service + path : `${service}/${path}`;
}

/** @throws HUB_SOURCE_READ_FAILED where a service leads to what is no address */
export function addressGiven(target: string, from: URL, by: string): URL {
  if (URL.canParse(target, from.href)) return new URL(target, from);
  throw new HubError('HUB_SOURCE_READ_FAILED', `${from.host}${from.pathname} leads on by ${by} to what is no address`, {
    host: from.host,
  });
}
