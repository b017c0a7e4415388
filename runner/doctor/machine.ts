import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { type Check, megabytes, seconds } from './finding.ts';

export interface DiskReadings {
  readonly folder: string;
  /** Bytes that this user may still write. */
  readonly free: number;
  /** Bytes in all. */
  readonly size: number;
  /** The folder lies in memory. */
  readonly inMemory: boolean;
}

export interface MachineReadings {
  /** As `process.versions.node` says it. */
  readonly node: string;
  /** What day it is. */
  readonly now: Date;
  /** How many files and connections the process may have open; null where the system does not tell. */
  readonly openFiles: number | null;
  /** How far the clock was set since the process started. */
  readonly clockJumpMs: number;
}

const GB = 1_073_741_824;
const TMPFS = 0x01021994;
const LEAST_OPEN_FILES = 8_192;
const MOST_JUMP_MS = 2_000;

/** Last day of care for the long-term releases, as https://github.com/nodejs/Release has it. */
const NODE_ENDS: Readonly<Record<number, string>> = {
  20: '2026-04-30',
  22: '2027-04-30',
  24: '2028-04-30',
  26: '2029-04-30',
};

export function readMachine(): MachineReadings {
  return {
    ...{ node: process.versions.node, now: new Date(), openFiles: openFilesLimit() },
    clockJumpMs: Date.now() - (performance.timeOrigin + performance.now()),
  };
}

/** Node itself raises the soft limit to the hard one when it starts. */
function openFilesLimit(): number | null {
  try {
    const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? null : soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return null;
  }
}

/** Of the disk on which the folder is, or will be; null where the system does not tell. */
export async function readDisk(folder: string): Promise<DiskReadings | null> {
  try {
    const { type, bsize, blocks, bavail } = await statfs(folder);
    return { folder, free: bavail * bsize, size: blocks * bsize, inMemory: type === TMPFS };
  } catch (error) {
    const parent = dirname(folder);
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && parent !== folder ? readDisk(parent) : null;
  }
}

/** Where files of departments lie while they are read. */
export const spoolFolder = (): string => tmpdir();

export const DISK_CHECKS: readonly Check<DiskReadings>[] = [
  {
    ...{ what: 'free space', severity: 'breaks', wanted: '1 GB and 5 % or more' },
    why: 'With a full disk nothing can be stored: every source waits until there is room again.',
    set: 'df -h <folder>; make room or enlarge the volume, then nothing has to be started again',
    found: ({ folder, free, size }) =>
      free >= GB && free >= size * 0.05 ? null : `${megabytes(free)} of ${megabytes(size)} at ${folder}`,
  },
  {
    ...{ what: 'disk', severity: 'costs', wanted: 'a disk for HUB_DATA_FOLDER and for TMPDIR' },
    why: 'The folder lies in memory: a file of a department takes its size of it while it is read.',
    set: 'TMPDIR=/var/tmp in the environment of the hub',
    found: ({ folder, inMemory }) => (inMemory ? `${folder} in memory` : null),
  },
];

export const MACHINE_CHECKS: readonly Check<MachineReadings>[] = [
  {
    ...{ what: 'clock', severity: 'breaks', wanted: 'slewed, not set, while the hub runs' },
    why: 'Times that the hub has given would be later than what comes after them.',
    set: 'timedatectl set-ntp true',
    found: ({ clockJumpMs }) =>
      Math.abs(clockJumpMs) <= MOST_JUMP_MS
        ? null
        : `set ${clockJumpMs > 0 ? 'forward' : 'back'} by ${seconds(Math.abs(clockJumpMs))} since the start`,
  },
  {
    ...{ what: 'open files', severity: 'breaks', wanted: `${LEAST_OPEN_FILES.toLocaleString('en-US')} or more` },
    why: 'Each connection of a reader and each file of a source is one: at the limit new ones are turned away.',
    set: 'ulimit -n 65536, or LimitNOFILE=65536 in the unit of systemd',
    found: ({ openFiles }) => (openFiles === null || openFiles >= LEAST_OPEN_FILES ? null : String(openFiles)),
  },
  {
    ...{ what: 'Node', severity: 'costs', wanted: 'a long-term release that is cared for, such as 24' },
    why: 'Security holes in it are no longer closed.',
    set: 'install Node 24 (https://nodejs.org/download); the hub is tried on it',
    found: ({ node, now }) => {
      const major = Number.parseInt(node, 10);
      const end = NODE_ENDS[major];
      if (end === undefined) return major > 26 ? null : `${node}, no long-term release`;
      return now.toISOString().slice(0, 10) <= end ? null : `${node}, cared for until ${end}`;
    },
  },
];
