const WRITER = new Intl.DateTimeFormat('en-u-ca-chinese', {
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  timeZone: 'UTC',
});

/**
 * The day of the lunar calendar, written as if it were one of the other: `YYYY-MM-DD`. By the platform, so that it shares
 * nothing with what is measured. Day 30 of the second month stays as it is: no form takes it otherwise.
 */
export function lunarDay(day: string): string {
  const parts = new Map(
    WRITER.formatToParts(new Date(`${day}T00:00:00Z`)).map(({ type, value }) => [type as string, value]),
  );
  const two = (part: string): string => String(Number.parseInt(parts.get(part) ?? '', 10)).padStart(2, '0');
  return `${parts.get('relatedYear')}-${two('month')}-${two('day')}`;
}
