import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { encodeGb18030 } from '../../../../runner/demo/world/gb18030.ts';

const decoder = new TextDecoder('gb18030', { fatal: true, ignoreBOM: true });
/** Private-use characters that GB 18030-2022 gave away, and one that only GBK's user area had. */
const HOMELESS = /^[\ue5e5\ue78d-\ue796\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864]$/u;

test('every character of the first plane, and every 61st of the others, comes back, but for 19 of private use', () => {
  const lost: number[] = [];
  for (let point = 0; point < 0x110000; point += point < 0x10000 ? 1 : 61) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const text = String.fromCodePoint(point);
    if (decoder.decode(encodeGb18030(text)) !== text && !HOMELESS.test(text)) lost.push(point);
  }
  expect(lost).toEqual([]);
});

test('texts encode as iconv-lite encodes them', () => {
  const letters = fc.constantFrom(...'青海省三江源国家公园·•・．㼆䶮𬭎𬀩才让卓玛 AZ09,"');
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 60 }), (text) => {
      expect(Buffer.from(encodeGb18030(text.join('')))).toEqual(iconv.encode(text.join(''), 'gb18030'));
    }),
  );
  expect(Buffer.from(encodeGb18030('㐀𠀀·')).toString('hex')).toBe('8139ee3995328236a1a4');
});

test('half a character becomes U+FFFD, not broken bytes', () => {
  expect(decoder.decode(encodeGb18030('a\ud83db\udc00'))).toBe('a\ufffdb\ufffd');
});
