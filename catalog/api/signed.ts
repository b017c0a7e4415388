import { Transform } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Access } from '../access/access.ts';
import type { SignedCall } from '../access/keys.ts';
import { SYSTEM_PERMISSIONS } from '../access/permissions.ts';
import type { Principal } from '../access/principal.ts';
import { hasSignature, type SignedMessage } from '../access/signatures.ts';

/**
 * Who has signed a request (RFC 9421); null: it bears no signature. A body is compared with the digest that was signed while
 * it is read: no route sees another one.
 * @throws what `Access.signedBy` says: whoever signs wrongly does not become nobody
 */
export function readSigners(
  server: FastifyInstance,
): (request: FastifyRequest, access: Access) => Promise<Principal | null> {
  const bodies = new WeakMap<FastifyRequest, NonNullable<SignedCall['body']>>();
  server.addHook('preParsing', async (request, _reply, payload) => {
    const body = bodies.get(request);
    if (body === undefined) return payload;
    const checked = new Transform({
      transform(part: Buffer, _encoding, done) {
        body.update(part);
        done(null, part);
      },
      flush(done) {
        try {
          body.end();
          done();
        } catch (error) {
          done(error as Error);
        }
      },
    });
    // Nobody else listens where the body is refused before it is read.
    checked.on('error', () => {});
    payload.on('error', (error) => checked.destroy(error));
    return payload.pipe(checked);
  });
  return async (request, access) => {
    const message = messageOf(request, access);
    if (!hasSignature(message)) return null;
    const { system, body } = await access.signedBy(message, hasBody(request));
    if (body !== null) bodies.set(request, body);
    return { person: null, permissions: SYSTEM_PERMISSIONS, system };
  };
}

/** Behind a proxy the caller knows the hub by another address than the one here. */
function messageOf({ method, protocol, host, raw }: FastifyRequest, { publicUrl }: Access): SignedMessage {
  const begin = publicUrl === null ? `${protocol}://${host}` : publicUrl.replace(/\/$/, '');
  return { method, targetUri: `${begin}${raw.url ?? ''}`, rawHeaders: raw.rawHeaders };
}

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
