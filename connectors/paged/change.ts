/* Texts that say when, or as the how many-th, a record was changed. */

const MOMENT = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}:\d{2}.*)?$/;

/** A time or a day, from which a span can be taken off. */
export const isMoment = (text: string): boolean => MOMENT.test(text);

/** All that changes on one day has the same. */
export const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text);

export const isCount = (text: string): boolean => /^\d{1,30}$/.test(text);

/** Numbers by their size, everything else as text. */
export const isLater = (a: string, b: string): boolean => (isCount(a) && isCount(b) ? BigInt(a) > BigInt(b) : a > b);
