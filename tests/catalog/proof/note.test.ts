import { describe, expect, test } from '@jest/globals';
import {
  createSigner,
  openCheckpoint,
  openNote,
  parseVerifier,
  signCheckpoint,
  signNote,
} from '../../../catalog/proof/note.ts';

/** The example of the note package of Go, from which C2SP signed-note comes. */
const NEUMANN = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const TEXT =
  'If you think cryptography is the answer to your problem,\nthen you don’t know what your problem is.\n'.replace(
    '’',
    "'",
  );
const NOTE = `${TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

const signer = (seed: number, name = 'hub.example/audit') => createSigner(Buffer.alloc(32, seed), () => name);
const code = (raise: () => unknown): unknown => {
  try {
    return raise();
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('signed notes', () => {
  test('a note that another program signed', () => {
    expect(openNote(NOTE, parseVerifier(NEUMANN))).toBe(TEXT);
    const changed = NOTE.replace('answer', 'anSwer');
    expect(code(() => openNote(changed, parseVerifier(NEUMANN)))).toBe('HUB_PROOF_INVALID');
  });

  test('a key is read back from its line, with its id', () => {
    const one = signer(1);
    expect(one.verifierKey).toMatch(/^hub\.example\/audit\+[0-9a-f]{8}\+A[A-Za-z0-9+/]{43}$/);
    expect(openNote(signNote('a\n', [one]), parseVerifier(`${one.verifierKey}\n`))).toBe('a\n');
    const mistyped = ['', 'a+b', one.verifierKey.replace('audit', 'audits'), one.verifierKey.replace(/\+A/, '+B')];
    for (const line of mistyped) expect(code(() => parseVerifier(line))).toBe('HUB_CONFIG_INVALID');
  });

  test('lines of keys that are not known are not looked at, wherever they stand; one of them alone proves nothing', () => {
    const [one, other] = [signer(1), signer(2, 'witness.example')];
    const sm2 = `— hub.example/audit ${Buffer.concat([Buffer.from('01020304', 'hex'), Buffer.alloc(71, 9)]).toString('base64')}\n`;
    const both = signNote('a\n\nb\n', [one, other]);
    expect(openNote(`${both}${sm2}`, one)).toBe('a\n\nb\n');
    expect(openNote(both.replace('\n\n—', `\n\n${sm2}—`), other)).toBe('a\n\nb\n');
    expect(code(() => openNote(`a\n\n${sm2}`, one))).toBe('HUB_PROOF_INVALID');
    expect(code(() => openNote(signNote('a\n', [other]), one))).toBe('HUB_PROOF_INVALID');
    // Of the same name, and not the same key.
    expect(code(() => openNote(signNote('a\n', [signer(3)]), one))).toBe('HUB_PROOF_INVALID');
  });

  test('what is no note is refused', () => {
    const one = signer(1);
    const good = signNote('a\n', [one]);
    for (const bad of [
      '',
      'a',
      'a\n',
      'a\n\n',
      good.slice(0, -1),
      good.replace('—', '-'),
      `${good}x\n`,
      good.replace('a', 'a\t'),
    ])
      expect(code(() => openNote(bad, one))).toBe('HUB_PROOF_INVALID');
  });
});

describe('checkpoints', () => {
  const one = signer(1);
  const root = Buffer.alloc(32, 7);

  test('origin, size, root', () => {
    const note = signCheckpoint({ size: 70_000, root }, one);
    expect(note.split('\n').slice(0, 4)).toEqual(['hub.example/audit', '70000', root.toString('base64'), '']);
    expect(openCheckpoint(note, one)).toEqual({ origin: 'hub.example/audit', size: 70_000, root });
    const extended = signNote(`hub.example/audit\n0\n${root.toString('base64')}\nmore\n`, [one]);
    expect(openCheckpoint(extended, one).size).toBe(0);
  });

  test.each([
    '',
    'x\n1\nROOT\n',
    'hub.example/audit\n01\nROOT\n',
    'hub.example/audit\n-1\nROOT\n',
    'hub.example/audit\n1\nAAAA\n',
  ])('signed and yet none: %j', (text) => {
    const note = signNote(text.replace('ROOT', root.toString('base64')), [one]);
    expect(code(() => openCheckpoint(note, one))).toBe('HUB_PROOF_INVALID');
  });
});
