import { expect, test } from '@jest/globals';
import { addressKey } from '../../../pipelines/standards/addresses.ts';

test.each([
  ['青海省西宁市城东区八一路12号', '青海西宁市城东区八一路12号'],
  ['青海省西宁市城东区八一路12号', '八一路１２号'],
  ['青海省西宁市城东区八一路12号', '西宁市城东区八一路十二号'],
  ['青海省西宁市大通县桥头镇李家村三社', '青海省西宁市大通县桥头镇李家村3社'],
  ['大通回族土族自治县桥头镇李家村3组', '大通回族土族自治县桥头镇李家村村民委员会三社'],
  ['青海省海北藏族自治州门源回族自治县浩门镇 5#', '门源回族自治县浩门镇5号'],
  ['青海省玉树藏族自治州玉树市结古镇、民主路(3号)', '玉树市结古镇民主路3号'],
  ['西宁市城西区五四大街38號3號樓2單元', '青海省西宁市城西区五四大街38号3号楼2单元'],
])('%s and %s are one address', (left, right) => expect(addressKey(left)).toBe(addressKey(right)));

test.each([
  ['青海省西宁市城东区八一路12号', '青海省西宁市城东区八一路21号'],
  ['桥头镇李家村三社', '桥头镇李家村四社'],
  ['桥头镇李家村三社', '桥头镇张家村三社'],
  ['八一路12号', '八一东路12号'],
  ['八一路12号3号楼', '八一路12号4号楼'],
])('%s and %s are two', (left, right) => expect(addressKey(left)).not.toBe(addressKey(right)));

test('what says nothing below the county stays as it is', () => {
  expect(addressKey('青海省西宁市')).toBe('青海省西宁市');
  expect(addressKey('')).toBe('');
});
