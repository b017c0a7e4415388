import { type ErrorCode, isAbort, isHubError, toHubError } from '../../schemas/kernel/errors.ts';

/** Kafka protocol error types, as kafkajs names them in `type`. Everything else is worth another try later. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'HUB_LOG_TOPIC_MISSING',
  INVALID_TOPIC_EXCEPTION: 'HUB_CONFIG_INVALID',
  INVALID_PARTITIONS: 'HUB_CONFIG_INVALID',
  INVALID_REPLICATION_FACTOR: 'HUB_CONFIG_INVALID',
  MESSAGE_TOO_LARGE: 'HUB_LOG_MESSAGE_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'HUB_LOG_MESSAGE_TOO_LARGE',
  TOPIC_AUTHORIZATION_FAILED: 'HUB_LOG_REFUSED',
  GROUP_AUTHORIZATION_FAILED: 'HUB_LOG_REFUSED',
  CLUSTER_AUTHORIZATION_FAILED: 'HUB_LOG_REFUSED',
  SASL_AUTHENTICATION_FAILED: 'HUB_LOG_REFUSED',
};

/** The group has moved on without this member: its commits no longer count. */
const LOST = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID']);

interface KafkaFailure {
  readonly name?: string;
  readonly type?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/** kafkajs wraps what the broker said once or twice; this is the innermost protocol error type. */
function typeOf(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 5) return undefined;
  const { name, type, cause, errors } = error as KafkaFailure;
  if (typeof type === 'string') return type;
  if (name === 'KafkaJSSASLAuthenticationError') return 'SASL_AUTHENTICATION_FAILED';
  return typeOf(cause ?? errors?.[0], depth + 1);
}

export const isLostPartition = (error: unknown): boolean => LOST.has(typeOf(error) ?? '');

/** The group's coordinator moves or loads: it will answer, at the latest some seconds later. */
const BUSY = new Set(['GROUP_LOAD_IN_PROGRESS', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR_FOR_GROUP']);

export const isCoordinatorBusy = (error: unknown): boolean => BUSY.has(typeOf(error) ?? '');

/** Whether the same question may get an answer a moment later; a missing topic may only not have reached the broker. */
export const isPassing = (error: unknown): boolean =>
  isHubError(error)
    ? error.recovery === 'retry'
    : !isAbort(error) && (isTopicMissing(error) || CODES[typeOf(error) ?? ''] === undefined);

export const isTopicMissing = (error: unknown): boolean => typeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION';

export function kafkaError(error: unknown, what: string): unknown {
  if (isHubError(error) || isAbort(error)) return error;
  return toHubError(error, CODES[typeOf(error) ?? ''] ?? 'HUB_LOG_UNAVAILABLE', what);
}
