const INSTANT = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(Z|[+-]\d{2}(?::?\d{2})?)$/;

/**
 * Milliseconds of a time with its zone (ISO 8601). null for a day that is in no calendar (30 February), a time that is on no
 * clock (24:00, 10:61), a zone beyond 14 hours, and for whatever is written otherwise: JavaScript would take 30 February for
 * 2 March.
 */
export function instantOf(text: string): number | null {
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone = ''] = INSTANT.exec(text) ?? [];
  if (year === undefined) return null;
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  if (h > 23 || m > 59 || s > 59) return null;
  const at = new Date(0);
  at.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (at.getUTCMonth() !== Number(month) - 1 || at.getUTCDate() !== Number(day)) return null;
  const offset = offsetOf(zone);
  if (offset === null) return null;
  const ms = Math.trunc(Number(`0.${fraction === '' ? '0' : fraction}`) * 1_000 + 1e-6);
  return at.getTime() + ((h * 60 + m - offset) * 60 + s) * 1_000 + ms;
}

/** Minutes east of Greenwich. */
function offsetOf(zone: string): number | null {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = zone.length > 3 ? Number(zone.slice(-2)) : 0;
  if (hours > 14 || minutes > 59) return null;
  return (hours * 60 + minutes) * (zone.startsWith('-') ? -1 : 1);
}
