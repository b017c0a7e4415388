import { foldCode, isConstant } from './text.ts';

export interface OrganisationCode {
  readonly ok: true;
  /** 9 characters, no hyphen. */
  readonly code: string;
  /** PDY00001 to PDY99999: for use inside one system, never exchanged and never a key. */
  readonly internal: boolean;
}

export interface NoOrganisationCode {
  readonly ok: false;
  readonly reason: 'length' | 'characters' | 'check' | 'blocked';
  readonly normalised: string;
}

const WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2] as const;
const HYPHENS = /[-\u2010-\u2015\u2212\u00ad_]/g;

/** Code of the check character of GB 11714-1997 for eight of 0-9, A-Z from `start`; -1 when another character is there. */
function checkAt(text: string, start: number): number {
  let sum = 0;
  for (let i = 0; i < 8; i++) {
    const code = text.charCodeAt(start + i);
    const value = code >= 48 && code <= 57 ? code - 48 : code >= 65 && code <= 90 ? code - 55 : -1;
    if (value < 0) return -1;
    sum += value * WEIGHTS[i]!;
  }
  const check = 11 - (sum % 11);
  return check === 10 ? 88 : check === 11 ? 48 : 48 + check;
}

/** Whether the nine characters from `start` are a code with a right check character; nothing is normalised. */
export const isOrganisationCodeAt = (text: string, start: number): boolean =>
  text.length >= start + 9 && checkAt(text, start) === text.charCodeAt(start + 8);

/** GB 11714-1997. The check cannot tell letters eleven apart (A and L): prefer the credit code where both exist. */
export function parseOrganisationCode(raw: string): OrganisationCode | NoOrganisationCode {
  let code = foldCode(raw);
  if (code.length !== 9 || checkAt(code, 0) < 0) code = code.replace(HYPHENS, '');
  if (code.length !== 9) return { ok: false, reason: 'length', normalised: code };
  const check = checkAt(code, 0);
  const last = code.charCodeAt(8);
  if (check < 0 || (last !== 88 && (last < 48 || last > 57)))
    return { ok: false, reason: 'characters', normalised: code };
  if (isConstant(code)) return { ok: false, reason: 'blocked', normalised: code };
  if (check !== last) return { ok: false, reason: 'check', normalised: code };
  return { ok: true, code, internal: code.startsWith('PDY') };
}
