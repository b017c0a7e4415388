const SEED = 0x9747b28c | 0;
const M = 0x5bd1e995 | 0;

/** Kafka's murmur2 (org.apache.kafka.common.utils.Utils), 32 bits signed: other clients find our keys where we put them. */
export function murmur2(data: Uint8Array): number {
  const length = data.length;
  const whole = length & ~3;
  let h = SEED ^ length;
  for (let i = 0; i < whole; i += 4) {
    let k = data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const rest = length & 3;
  if (rest === 3) h ^= data[whole + 2]! << 16;
  if (rest >= 2) h ^= data[whole + 1]! << 8;
  if (rest >= 1) h = Math.imul(h ^ data[whole]!, M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

export type Partitioner = (key: Uint8Array | null, partitions: number) => number;

/** Equal keys to equal partitions; messages without a key in turn. An empty key is a key. */
export function createPartitioner(): Partitioner {
  let turn = 0;
  return (key, partitions) => {
    if (key !== null) return (murmur2(key) & 0x7fffffff) % partitions;
    turn = (turn + 1) & 0x7fffffff;
    return turn % partitions;
  };
}
