import { HubError } from '../../schemas/kernel/errors.ts';
import type { CatalogBase } from '../options.ts';

export function requireScheme(base: CatalogBase, scheme: string): void {
  if (base.linkSchemes.includes(scheme)) return;
  throw new HubError('HUB_REQUEST_INVALID', `body field "scheme" is not an identifier of ${base.name}`, {
    field: 'scheme',
    allowed: base.linkSchemes,
  });
}
