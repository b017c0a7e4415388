import { HubError } from '../../schemas/kernel/errors.ts';

/** Minutes of the local day, `from` inclusive, `to` exclusive; `to` less than `from` goes over midnight. */
export interface QuietWindow {
  readonly from: number;
  readonly to: number;
}

const DAY = 24 * 60;
const MINUTE_MS = 60_000;
// Asia/Shanghai has no summer time since 1991.
const OFFSET_MS = 8 * 60 * MINUTE_MS;

/**
 * @param texts `HH:MM-HH:MM`, Asia/Shanghai; 24:00 may end one.
 * @throws HUB_CONFIG_INVALID for no such hour, an empty window, or windows that leave no minute of the day.
 */
export function parseQuietHours(texts: readonly string[]): readonly QuietWindow[] {
  const windows = texts.map((text): QuietWindow => {
    const [from = Number.NaN, to = Number.NaN] = text.split('-').map(minuteOf);
    if (Number.isNaN(from) || Number.isNaN(to) || from === DAY || from === to)
      throw new HubError('HUB_CONFIG_INVALID', `"${text}" is not a time of day`, {
        given: text,
        allowed: 'HH:MM-HH:MM from 00:00 to 24:00, over midnight too; both different',
      });
    return { from, to: to % DAY };
  });
  if (minutesLeft(windows) > 0) return windows;
  throw new HubError('HUB_CONFIG_INVALID', `quiet hours ${texts.join(', ')} leave no time for reading`, {
    given: texts,
  });
}

function minuteOf(text: string): number {
  const [, hours, minutes] = /^(\d{2}):([0-5]\d)$/.exec(text) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return minute <= DAY ? minute : Number.NaN;
}

const contains = ({ from, to }: QuietWindow, minute: number): boolean =>
  from < to ? minute >= from && minute < to : minute >= from || minute < to;

function minutesLeft(windows: readonly QuietWindow[]): number {
  let left = 0;
  for (let minute = 0; minute < DAY; minute++) if (!windows.some((window) => contains(window, minute))) left++;
  return left;
}

/** Milliseconds until reading is allowed again, through windows that touch each other; 0 when it is allowed now. */
export function quietMs(windows: readonly QuietWindow[], now: Date): number {
  const start = now.getTime() + OFFSET_MS;
  let at = start;
  for (;;) {
    const minute = Math.floor(at / MINUTE_MS) % DAY;
    const window = windows.find((one) => contains(one, minute));
    if (window === undefined) return at - start;
    const minutes = (window.to - minute + DAY) % DAY || DAY;
    at = (Math.floor(at / MINUTE_MS) + minutes) * MINUTE_MS;
  }
}

/** @throws HUB_SOURCE_BUSY with `details.retryAfterMs` inside the quiet hours. */
export function refuseQuietHours(system: string, windows: readonly QuietWindow[], now: Date): void {
  const retryAfterMs = quietMs(windows, now);
  if (retryAfterMs === 0) return;
  throw new HubError('HUB_SOURCE_BUSY', `${system} is in its quiet hours`, {
    system,
    retryAfterMs,
    until: new Date(now.getTime() + retryAfterMs).toISOString(),
  });
}

/** Milliseconds to wait before reading on, so that no more than `rowsPerSecond` are read on average. */
export type Pace = (rows: number) => number;

/** A token bucket that holds one second and may be overdrawn: a portion is taken whole and paid for afterwards. */
export function createPace(rowsPerSecond: number | undefined, now: () => number): Pace {
  if (rowsPerSecond === undefined) return () => 0;
  let tokens = rowsPerSecond;
  let last = now();
  return (rows) => {
    const time = now();
    tokens = Math.min(rowsPerSecond, tokens + (Math.max(0, time - last) * rowsPerSecond) / 1000) - rows;
    last = time;
    return tokens >= 0 ? 0 : Math.ceil((-tokens * 1000) / rowsPerSecond);
  };
}
