import type { RunContext } from '../../schemas/kernel/context.ts';
import type { FolderConnection } from './config.ts';
import { localPlace } from './local.ts';
import type { FilePlace } from './place.ts';
import { openRemotePlace } from './remote.ts';

export const openPlace = (connection: FolderConnection, context: RunContext): FilePlace =>
  connection.remote === undefined ? localPlace(connection) : openRemotePlace(connection, connection.remote, context);
