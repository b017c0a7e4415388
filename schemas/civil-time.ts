const ZONE = new Intl.DateTimeFormat('en-US', {
  ...{ timeZone: 'Asia/Shanghai', hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
});
const BEIJING_MINUTES = 480;
const MINUTE_MS = 60_000;

/** Years in which clocks in China stood an hour ahead in summer, and times before Beijing time (IANA, Asia/Shanghai). */
const isPlain = (year: number): boolean => year > 1991 || (year > 1949 && year < 1986) || (year > 1901 && year < 1919);

/** How many minutes the clocks of the province were ahead of Greenwich at an instant in milliseconds. */
function civilMinutes(instant: number): number {
  if (Number.isNaN(instant) || isPlain(new Date(instant).getUTCFullYear())) return BEIJING_MINUTES;
  const parts: Record<string, number> = {};
  for (const { type, value } of ZONE.formatToParts(instant)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  return Math.round((local - Math.floor(instant / 1_000) * 1_000) / MINUTE_MS);
}

/** The time that clocks of the province showed at an instant, as a moment of a calendar without zones. */
export const civilTime = (instant: number): Date => new Date(instant + civilMinutes(instant) * MINUTE_MS);

const PRINTED = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})(\.\d+)?$/;

/** `1988-06-30 23:00:00`, printed by a server at +08:00, as the clocks of then showed it: `1988-07-01 00:00:00`. */
export function civilText(printed: string): string {
  const parts = PRINTED.exec(printed);
  if (parts === null || isPlain(Number(parts[1]))) return printed;
  const [, year, month, day, hour, minute, second, fraction = ''] = parts;
  const [y, m, d, h, min, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const local = Date.UTC(y, m - 1, d, h, min, s);
  if (m === 0 || d === 0 || Number.isNaN(local)) return printed;
  const shown = civilTime(local - BEIJING_MINUTES * MINUTE_MS).toISOString();
  return `${shown.slice(0, 10)} ${shown.slice(11, 19)}${fraction}`;
}
