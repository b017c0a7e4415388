import { foldCode, isConstant } from './text.ts';

export interface RegistrationNumber {
  readonly ok: true;
  readonly number: string;
  /** 13 digits from before 2007-07-01, without a check digit: only entities closed by then still bear one. */
  readonly legacy13: boolean;
}

export interface NoRegistrationNumber {
  readonly ok: false;
  readonly reason: 'length' | 'characters' | 'check' | 'blocked';
  readonly normalised: string;
}

/** ISO 7064 MOD 11,10 over the first 14 digits. */
export function registrationCheck(body: string): string {
  let p = 10;
  for (let i = 0; i < 14; i++) {
    const s = (p + body.charCodeAt(i) - 48) % 10;
    p = ((s === 0 ? 10 : s) * 2) % 11;
  }
  return String((11 - p) % 10);
}

/** Business registration number, GS15-2006: registrar (6), sequence (8), check (1). */
export function parseRegistrationNumber(raw: string): RegistrationNumber | NoRegistrationNumber {
  const number = foldCode(raw);
  if (number.length !== 15 && number.length !== 13) return { ok: false, reason: 'length', normalised: number };
  for (let i = 0; i < number.length; i++) {
    const code = number.charCodeAt(i);
    if (code < 48 || code > 57) return { ok: false, reason: 'characters', normalised: number };
  }
  if (isConstant(number)) return { ok: false, reason: 'blocked', normalised: number };
  const legacy13 = number.length === 13;
  if (!legacy13 && registrationCheck(number) !== number[14]) return { ok: false, reason: 'check', normalised: number };
  return { ok: true, number, legacy13 };
}
