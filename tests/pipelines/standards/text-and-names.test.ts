import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import {
  canonicalEntityName,
  cleanPersonName,
  entityCoreName,
  entityNameKey,
  nameKey,
  nameSound,
  namesCompatible,
  soundAlike,
} from '../../../pipelines/standards/names.ts';
import { privateUseTable } from '../../../pipelines/standards/private-use.ts';
import { cleanText, decodeText, foldCode, foldWidth } from '../../../pipelines/standards/text.ts';
import { isHubError } from '../../../schemas/kernel/errors.ts';
import { holds } from './seed.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

describe('bytes', () => {
  test.each(['gb2312', 'GBK', 'cp936', 'gb18030', 'GB18030 '])(
    '%s is read as GB18030: € and 䶮 come right',
    (label) => {
      expect(decodeText(bytes('a2e3fe9f'), label)).toBe('€䶮');
    },
  );
  test('four bytes', () => expect(decodeText(bytes('8139ee3995328236'), 'gb18030')).toBe('㐀𠀀'));
  test('without a label strict UTF-8 goes before strict GB18030', () => {
    expect(decodeText(new TextEncoder().encode('才让'))).toBe('才让');
    expect(decodeText(iconv.encode('才让', 'gb18030'))).toBe('才让');
  });
  test('invalid bytes and unknown labels have a name', () => {
    for (const call of [() => decodeText(bytes('ffff')), () => decodeText(bytes('41'), 'big5')]) {
      let caught: unknown;
      try {
        call();
      } catch (error) {
        caught = error;
      }
      expect(isHubError(caught) && caught.code).toBe('HUB_FILE_ENCODING');
    }
  });
  test('the mark of encoding before GB18030 is no text', () => {
    expect(decodeText(bytes('84319533b2c5c8c3'), 'gb18030')).toBe('才让');
    expect(decodeText(bytes('84319533b2c5c8c3'))).toBe('才让');
  });
  test('text of any planes comes back whole', () => {
    holds(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        fc.pre(!/[\ue000-\uf8ff\u9fb4-\u9fbb\ufe10-\ufe19]/u.test(text));
        expect(decodeText(iconv.encode(text, 'gb18030'), 'gb18030')).toBe(text.replace(/^\ufeff/u, ''));
      }),
    );
  });
  test('the private use table is the difference of the decoders', () => {
    const gbk = new TextDecoder('gbk');
    const gb18030 = new TextDecoder('gb18030');
    for (let lead = 0xa1; lead <= 0xfe; lead++) {
      for (let trail = 0x40; trail <= 0xfe; trail++) {
        if (trail === 0x7f) continue;
        const pair = Uint8Array.of(lead, trail);
        const [old, now] = [gbk.decode(pair), gb18030.decode(pair)];
        const code = old.codePointAt(0)!;
        if (old === now || [...now].length !== 1 || code < 0xe000 || code > 0xf8ff || code === 0xe5e5) continue;
        expect([code.toString(16), privateUseTable().get(code)]).toEqual([code.toString(16), now]);
      }
    }
    expect(privateUseTable().size).toBe(106);
  });
});

describe('text', () => {
  test('invisible characters and outer blanks go, all else stays', () => {
    expect(cleanText('\u0000 才让\u200b多杰\u3000\u00a0')).toBe('才让多杰');
    expect(cleanText('\ue863')).toBe('䶮');
    expect(cleanText('\ue816')).toBe('𠂇');
    expect(cleanText('\ue000')).toBe('\ue000');
    expect(cleanText('Ⅳ㎡㈱')).toBe('Ⅳ㎡㈱');
  });
  test('folding', () => {
    expect(foldWidth('ＡＢ（１）　x')).toBe('AB(1) x');
    expect(foldCode("'６３ 01\u00a002x")).toBe('630102X');
  });
  test('cleaning twice changes nothing more', () => {
    holds(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const once = cleanText(text);
        expect(cleanText(once)).toBe(once);
        expect(foldCode(foldCode(text))).toBe(foldCode(text));
      }),
    );
  });
});

describe('names of persons', () => {
  const variants = [
    '\u2022',
    '\u2027',
    '\u2219',
    '\u22c5',
    '\u30fb',
    '\uff65',
    '\uff0e',
    '.',
    '\ufe52',
    '\u3002',
    '\u25cf',
    '-',
    ' ',
  ];
  test.each(variants)('separator %j becomes U+00B7', (sign) => {
    expect(cleanPersonName(`阿不都${sign}热合曼`)).toEqual({ name: '阿不都·热合曼', changedSeparator: true });
  });
  test('the right separator is no change', () => {
    expect(cleanPersonName('喜饶·才让')).toEqual({ name: '喜饶·才让', changedSeparator: false });
  });
  test('padding of short names goes', () => {
    expect(cleanPersonName('张　三')).toEqual({ name: '张三', changedSeparator: false });
    expect(cleanPersonName(' 才让\u0000 ')).toEqual({ name: '才让', changedSeparator: false });
  });
  test('Latin names keep their signs', () => {
    expect(cleanPersonName('John  J. Smith-Lee').name).toBe('John J. Smith-Lee');
  });
  test('rare characters stay', () => expect(cleanPersonName('马𬭎').name).toBe('马𬭎'));
  test('keys', () => {
    expect(nameKey('阿不都·热合曼')).toBe('阿不都热合曼');
    expect(nameKey('張國榮')).toBe('张国荣');
    expect(nameKey('Ｊｏｈｎ smith')).toBe('JOHNSMITH');
  });
  test.each([
    ['阿不都·热合曼', '阿布都热合曼'],
    ['才让多杰', '次仁多杰'],
    ['泽仁卓玛', '才仁卓麻'],
    ['旦增', '丹增'],
    ['索南', '索郎'],
    ['马尤努斯', '马优努斯'],
    ['張偉', '张伟'],
    ['王峯', '王峰'],
    ['李小静', '李晓静'],
    ['赵慧芳', '赵惠方'],
    ['王建国', '王建'],
    ['欧阳文', '欧阳纹'],
    ['马𬭎英', '马𬬱英'],
    ['冯富珍', '陈冯富珍'],
    ['张桂花', '杨张氏'],
    ['完么次仁', '完么次人'],
    ['才让纹德', '文德才让'],
    ['张淼', '张?'],
    ['张淼', '张MIAO'],
  ])('%s and %s may be one', (a, b) => {
    expect(namesCompatible(a, b)).toBe(true);
    expect(namesCompatible(b, a)).toBe(true);
  });
  test.each([
    ['才让多杰', '王建国'],
    ['张伟', '李强'],
    ['王建国', '李建军'],
    ['马', ''],
    ['张桂花', '张杨氏'],
    ['张淼', '张YAN'],
    ['文德才让', '纹德拉毛'],
  ])('%s and %s may not', (a, b) => expect(namesCompatible(a, b)).toBe(false));
  test('sound', () => {
    expect(nameSound('曾晓')).toBe('zeng xiao');
    expect(soundAlike('单静', '善静')).toBe(true);
    expect(soundAlike('吕', '路')).toBe(false);
  });
});

describe('names of entities', () => {
  test('brackets and blanks', () => {
    expect(canonicalEntityName('青海(集团) 有限公司 ')).toBe('青海（集团）有限公司');
    expect(canonicalEntityName('ABC  Mining 公司')).toBe('ABC Mining公司');
  });
  test.each([
    ['青海省昆仑商贸有限责任公司', '青海昆仑商贸有限公司'],
    ['青海省西宁市昆仑商贸有限公司', '西宁市昆仑商贸有限公司'],
    ['西宁昆仑(集团)有限公司', '西宁昆仑（集团）有限公司'],
  ])('%s has the key of %s', (a, b) => expect(entityNameKey(a)).toBe(entityNameKey(b)));
  test('core names', () => {
    expect(entityCoreName('青海省西宁市昆仑商贸有限责任公司')).toBe('昆仑商贸');
    expect(entityCoreName('青海盐湖工业股份有限公司')).toBe('盐湖工业');
  });
  test('a short name keeps its province', () => expect(entityNameKey('青海省公安厅')).toBe('青海省公安厅'));
});
