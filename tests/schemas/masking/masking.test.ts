import { describe, expect, test } from '@jest/globals';
import { legalEntityAttributes } from '../../../pipelines/legal-entity/attributes.ts';
import type { AttributeType } from '../../../schemas/base.ts';
import { createPseudonyms, isPseudonym } from '../../../schemas/masking/pseudonyms.ts';
import { type KeyedRow, shownKey, shownOrigin } from '../../../schemas/masking/rows.ts';
import { maskFinding, maskNumbersIn } from '../../../schemas/masking/texts.ts';
import { maskValue } from '../../../schemas/masking/values.ts';

const as = (type: AttributeType, sensitivity: 1 | 2 | 3) => ({ type, sensitivity, zh: '', en: '' });

describe('masking', () => {
  test.each([
    ['citizenNumber', as('identifier', 3), '630102199003070011', '630102************'],
    ['citizenNumber', as('identifier', 3), '630102900307001', '630102*********'],
    ['socialSecurityNumber', as('identifier', 3), '12345678', '12******'],
    ['citizenNumber', as('identifier', 3), '1', '*'],
    ['contributionBase', as('decimal', 3), '5234.00', '****'],
    ['name', as('text', 2), '卓玛才让', '卓***'],
    ['name', as('text', 2), '𠮷田', '𠮷*'],
    ['birthDate', as('date', 2), '1990-03-07', '1990-**-**'],
    ['phone', as('text', 2), '13912344552', '139****4552'],
    ['phone', as('text', 2), '8230011', '*****11'],
    ['householdAddress', as('text', 2), '青海省西宁市城东区一号', '青海省西宁******'],
    ['taxNumber', as('identifier', 1), '630102199003070011', '630102************'],
    ['taxNumber', as('identifier', 1), '63010219900307001101', '630102**************'],
    ['taxNumber', as('identifier', 1), '63010290030700100000', '630102**************'],
    ['taxNumber', as('identifier', 1), '63010290030700101', '630102***********'],
    ['shareholders', as('text', 2), '张三 60%; 李四 40%', '张*************'],
    ['householdNumber', as('identifier', 2), '6301020012345', '630**********'],
  ])('%s', (name, spec, value, shown) => {
    expect(maskValue(name, spec, value)).toEqual({ value: shown, masked: true });
  });

  test.each([
    ['sex', as('code', 1), '1'],
    ['ethnicity', as('code', 2), '04'],
    ['uscc', as('identifier', 1), '91632221331220665K'],
    ['taxNumber', as('identifier', 1), '632221331220665'],
    ['name', as('text', 1), '青海某某有限公司'],
    ['name', as('text', 2), null],
  ])('%s is shown', (name, spec, value) => {
    expect(maskValue(name, spec, value)).toEqual({ value, masked: false });
  });

  test.each([
    ['630102900307001', '630102*********'],
    ['63010219900307001101', '630102**************'],
    ['63010290030700100000', '630102**************'],
    ['91632221331220665K', '91632221331220665K'],
    ['632221710004066', '632221710004066'],
  ])('the tax number %s', (number, shown) => {
    expect(maskValue('taxNumber', legalEntityAttributes.taxNumber, number).value).toBe(shown);
  });

  test('what is masked never holds the whole value', () => {
    for (let length = 1; length < 30; length++) {
      const value = '123456789012345678901234567890'.slice(0, length);
      expect(maskValue('citizenNumber', as('identifier', 3), value).value).not.toBe(value);
      expect(maskValue('name', as('text', 2), value).value).not.toBe(value);
    }
  });

  test('numbers inside keys, places and messages', () => {
    expect(maskNumbersIn('ga.czrk#630102199003070011 / 2')).toBe('ga.czrk#630102************ / 2');
    expect(maskNumbersIn('tax.nsrxx#632221331220665')).toBe('tax.nsrxx#632221*********');
    expect(maskNumbersIn('tax.nsrxx#632221331220665', new Set(['632221331220665']))).toBe('tax.nsrxx#632221331220665');
    expect(maskNumbersIn('QYDJ_2.DBF#90, 123456789012345678901234')).toBe('QYDJ_2.DBF#90, 123456789012345678901234');
    expect(maskNumbersIn('王五63010219900307001X.xlsx')).toBe('王五630102************.xlsx');
    expect(maskNumbersIn('卡号6228480402564890018，电话13912344552。')).toBe(
      '卡号622848*************，电话139****4552。',
    );
    expect(maskNumbersIn('6228480402564890019, at 1391234455200, v1.13912344552')).toBe(
      '6228480402564890019, at 1391234455200, v1.13912344552',
    );
    expect(maskFinding('birth date 1990-03-07 differs; "马某" read')).toBe('birth date ****-**-** differs; "…" read');
  });
});

describe('rows', () => {
  const pseudonyms = createPseudonyms(Buffer.alloc(32, 7));
  const people = {
    attributes: { citizenNumber: as('identifier', 3), name: as('text', 2), sex: as('code', 1) },
    ...({ people: true, pseudonyms } as const),
  };
  const enterprises = {
    attributes: { uscc: as('identifier', 1), taxNumber: as('identifier', 1), ownerName: as('text', 2) },
    pseudonyms,
  };
  const series = { attributes: { area: as('region', 1) }, pseudonyms };
  const row = (sourceKey: string, attributes: KeyedRow['attributes'] = {}): KeyedRow => ({
    ...{ system: 'golden-insurance', stream: 'insured', sourceKey, attributes },
  });

  test('a pseudonym is the same for the same row, another for another one, and under another key', () => {
    const one = pseudonyms.of('golden-insurance/insured 700000137');
    expect(isPseudonym(one)).toBe(true);
    expect(createPseudonyms(Buffer.alloc(32, 7)).of('golden-insurance/insured 700000137')).toBe(one);
    expect(pseudonyms.of('golden-insurance/insured 700000138')).not.toBe(one);
    expect(pseudonyms.of('golden-shield/insured 700000137')).not.toBe(one);
    expect(createPseudonyms(Buffer.alloc(32, 8)).of('golden-insurance/insured 700000137')).not.toBe(one);
  });

  test('a key is shown when it says what the row shows anyway, and else by a pseudonym', () => {
    expect(shownKey(people, row('700000137', { name: '才让' }))).toBe(
      pseudonyms.of('golden-insurance/insured 700000137'),
    );
    expect(shownKey(enterprises, row('91632221331220665K', { uscc: '91632221331220665K' }))).toBe('91632221331220665K');
    const taxNumber = '63010219900307001101';
    expect(shownKey(enterprises, row(taxNumber, { taxNumber }))).toMatch(/^~/);
    expect(shownKey(enterprises, row('8812', { uscc: '91632221331220665K' }))).toMatch(/^~/);
    expect(shownKey(series, row('630000\u001f2020'))).toBe('630000 / 2020');
    expect(shownKey({ ...people, pseudonyms: undefined }, row('700000137'))).toBe('****');
  });

  test.each([
    ['ga.czrk#700000137', '700000137', `ga.czrk#${pseudonyms.of('golden-insurance/insured 700000137')}`],
    ['ga.czrk#7', '7#spouse', `ga.czrk#${pseudonyms.of('golden-insurance/insured 7#spouse')}`],
    ['insured_20240501.csv#12', '700000137', 'insured_20240501.csv#12'],
    ['王五.xlsx#12', '700000137', '****.xlsx#12'],
    ['王五63010219900307001X.xlsx#12', '700000137', '****.xlsx#12'],
    ['list13912344552.csv#12', '700000137', '****.csv#12'],
    ['才让.csv', '700000137', '****.csv'],
    ['ga.czrk#700000137 mended', '700000137', 'ga.czrk#****'],
  ])('the place %s of a person, whose key is %s', (origin, key, shown) => {
    expect(shownOrigin(people, row(key, { name: '才让' }), origin)).toBe(shown);
  });

  test('a place of an enterprise is shown unless it holds a number of a person or what is hidden of the row', () => {
    const owned = row('8812', { ownerName: '王五' });
    expect(shownOrigin(enterprises, owned, '企业登记.dbf#3')).toBe('企业登记.dbf#3');
    expect(shownOrigin(enterprises, owned, '王五的企业.dbf#3')).toBe('****.dbf#3');
    expect(shownOrigin(enterprises, owned, '企业63010219900307001X.dbf#3')).toBe('****.dbf#3');
    expect(shownOrigin(series, row('1'), '统计年鉴.xlsx#3')).toBe('统计年鉴.xlsx#3');
  });
});
