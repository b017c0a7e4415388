import type { Pool } from 'pg';
import { query } from '../../schemas/store/query.ts';
import { bytesOf, type Event, entryOf } from './entry.ts';
import { growTree } from './grow.ts';
import { EMPTY_ROOT, rootOf } from './merkle.ts';
import { signCheckpoint, type Verifier } from './note.ts';
import { openSecrets } from './secrets.ts';

export interface AuditLog {
  /** Of its checkpoints. */
  readonly verifier: Verifier;
  /** By which outsiders verify: `name+keyId+base64`. */
  readonly verifierKey: string;
  /**
   * Resolves when the entries are on the disk, under a signed checkpoint. What waits for the answer rests on it. An entry whose
   * append fails may have been written all the same: whoever repeats it may see it twice.
   * @returns the number of the first one; the others follow without a gap.
   * @throws HUB_REQUEST_INVALID before anything is written; HUB_STORE_UNAVAILABLE, HUB_STORE_BUSY, HUB_STORE_SLOW
   */
  append(events: readonly Event[]): Promise<number>;
}

/** More wait for the next group: one that fails should not take everybody with it. */
const MOST_IN_A_GROUP = 4_096;

interface Waiting {
  readonly entries: readonly string[];
  resolve(first: number): void;
  reject(error: unknown): void;
}

/** The log in the schema `exchange` of the hub's own database, for whichever process writes to it. */
export async function openAuditLog(pool: Pool, now: () => Date = () => new Date()): Promise<AuditLog> {
  const { signer, blindIndex } = await openSecrets(pool);
  await query(
    pool,
    'opening the audit log',
    `INSERT INTO exchange.proof_head (size, peaks, checkpoint) VALUES (0, '', $1) ON CONFLICT DO NOTHING`,
    [signCheckpoint({ size: 0, root: EMPTY_ROOT }, signer)],
  );
  const tree = growTree(pool, (grown) => signCheckpoint({ size: grown.size, root: rootOf(grown) }, signer));
  const waiting: Waiting[] = [];
  let isWriting = false;

  /** Who comes while a group is written waits with the others for the next one. */
  async function write(): Promise<void> {
    isWriting = true;
    for (;;) {
      // Who has just been answered may have more to say: all of them are in one group, and not in two by turns.
      await new Promise((resolve) => setImmediate(resolve));
      const group = nextGroup(waiting);
      if (group.length === 0) break;
      try {
        let first = await tree.append(group.flatMap(({ entries }) => entries));
        for (const { entries, resolve } of group) {
          resolve(first);
          first += entries.length;
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    isWriting = false;
  }

  return {
    ...{ verifier: signer, verifierKey: signer.verifierKey },
    append(events) {
      return new Promise((resolve, reject) => {
        const at = now();
        // What is wrong with one caller's entries is no matter of the others.
        waiting.push({ entries: events.map((event) => bytesOf(entryOf(event, at, blindIndex))), resolve, reject });
        if (!isWriting) void write();
      });
    },
  };
}

function nextGroup(waiting: Waiting[]): readonly Waiting[] {
  let [callers, entries] = [0, 0];
  for (const one of waiting) {
    if (callers > 0 && entries + one.entries.length > MOST_IN_A_GROUP) break;
    callers += 1;
    entries += one.entries.length;
  }
  return waiting.splice(0, callers);
}
