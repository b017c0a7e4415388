const [ZERO, NINE, PLUS, MINUS] = [0x30, 0x39, 0x2b, 0x2d] as const;

/** `0000012345` with two decimals is `123.45`; a sign may stand on either side. null for what is no number. */
export function withPoint(text: string, decimals: number): string | null {
  const isSign = (code: number): boolean => code === PLUS || code === MINUS;
  const [first, last] = [text.charCodeAt(0), text.charCodeAt(text.length - 1)];
  let start = isSign(first) ? 1 : 0;
  const end = start === 0 && isSign(last) ? text.length - 1 : text.length;
  if (start === end) return null;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) return null;
  }
  const sign = (start === 1 ? first : end < text.length ? last : PLUS) === MINUS ? '-' : '';
  if (end - start <= decimals) return `${sign}0.${text.slice(start, end).padStart(decimals, '0')}`;
  const point = end - decimals;
  while (start < point - 1 && text.charCodeAt(start) === ZERO) start += 1;
  return decimals === 0
    ? sign + text.slice(start, end)
    : `${sign}${text.slice(start, point)}.${text.slice(point, end)}`;
}

/** The last digit with its sign, as COBOL writes it in ASCII: `{A..I` and `}J..R`, or `p..y` for the negative ones. */
const ZONES: Readonly<Record<string, readonly [sign: string, digit: number]>> = Object.fromEntries([
  ...[...'{ABCDEFGHI'].map((letter, digit) => [letter, ['', digit]] as const),
  ...[...'}JKLMNOPQR'].map((letter, digit) => [letter, ['-', digit]] as const),
  ...[...'pqrstuvwxy'].map((letter, digit) => [letter, ['-', digit]] as const),
]);

/** `0001234E` with two decimals is `123.45`, `0001234N` is `-123.45`; without a sign it is positive. */
export function fromZoned(text: string, decimals: number): string | null {
  const zone = ZONES[text.slice(-1)];
  if (zone === undefined) return /^\d+$/.test(text) ? withPoint(text, decimals) : null;
  const digits = text.slice(0, -1) + String(zone[1]);
  return /^\d+$/.test(digits) ? withPoint(zone[0] + digits, decimals) : null;
}

/** COMP-3: bytes 01 23 4D with one decimal are `-123.4`. null for what is no packed number. */
export function fromPacked(bytes: Buffer, decimals: number): string | null {
  const hex = bytes.toString('hex');
  const sign = hex.slice(-1);
  const digits = hex.slice(0, -1);
  if (!/^\d+$/.test(digits) || !/[a-f]/.test(sign)) return null;
  return withPoint((sign === 'd' || sign === 'b' ? '-' : '') + digits, decimals);
}
