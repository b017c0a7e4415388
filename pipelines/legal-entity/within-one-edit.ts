/** Whether at most one insertion, deletion or substitution of a UTF-16 unit makes one text the other. Linear time. */
export function withinOneEdit(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short.charCodeAt(at) === long.charCodeAt(at)) at++;
  if (short.length === long.length) return short.slice(at + 1) === long.slice(at + 1);
  return short.slice(at) === long.slice(at + 1);
}
