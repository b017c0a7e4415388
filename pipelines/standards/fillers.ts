/**
 * Days that systems fill in when they know none: zeros of .NET, COBOL, SQL Server, Excel, Unix, Macintosh and Delphi, ends
 * of all tables, all ones, the founding day of the country. Some may be true; neither agreement on one nor a difference
 * from one says anything about a subject.
 */
const FILLER_DAYS: ReadonlySet<string> = new Set([
  ...['0001-01-01', '1000-01-01', '1111-11-11', '1582-10-15', '1601-01-01', '1753-01-01', '1800-01-01', '1899-12-30'],
  ...['1899-12-31', '1900-01-01', '1900-01-02', '1901-01-01', '1904-01-01', '1911-11-11', '1949-10-01', '1970-01-01'],
  ...['2079-06-06', '2099-12-31', '2999-12-31', '3000-01-01', '9999-12-31'],
]);

/** @param day `YYYY-MM-DD` */
export const isFillerDay = (day: string): boolean => FILLER_DAYS.has(day);

/** 1 January: mostly a year that is known alone. */
export const isYearOnly = (day: string): boolean => day.endsWith('-01-01');
