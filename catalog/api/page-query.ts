import { z } from 'zod';
import { SHARING } from '../../schemas/system.ts';
import type { ResourceQuery } from '../directory/directory.ts';
import { resourceQuerySchema } from './schema.ts';

export { idSchema } from './resources.ts';

/** As in the API, but an empty field of the form is no filter. */
export const pageQuerySchema = resourceQuerySchema.extend({
  sharing: z.enum(['', ...SHARING]).optional(),
  lang: z.enum(['zh', 'en']).optional(),
});
export type PageQuery = z.output<typeof pageQuerySchema>;

export const resourceFilters = ({ q, base, owner, sharing, limit, offset }: PageQuery): ResourceQuery => ({
  q,
  base: base === '' ? undefined : base,
  owner: owner === '' ? undefined : owner,
  sharing: sharing === '' ? undefined : sharing,
  limit,
  offset,
});
