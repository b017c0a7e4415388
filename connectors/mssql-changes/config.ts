import { z } from 'zod';
import { sqlConnection, sqlStream } from '../sql/config.ts';

const { client: _, ...server } = sqlConnection.shape;

const changesStream = sqlStream.omit({ cursor: true, overlapSeconds: true });

export const changesConfig = z.strictObject({
  connection: z.strictObject(server).refine(({ url, host }) => (url === undefined) !== (host === undefined), {
    message: 'either url or host',
  }),
  streams: z.record(z.string(), changesStream),
});
export type ChangesConfig = z.infer<typeof changesConfig>;
