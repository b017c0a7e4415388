import { expect, test } from '@jest/globals';
import { foreignPlace } from '../../pipelines/gazetteer.ts';

test.each([
  ['630202', '青海省海东市乐都区碾伯镇', 'present name, present code'],
  ['632123', '海东市乐都区碾伯镇', 'present name, code before 2013'],
  ['630202', '海东地区乐都县碾伯镇', 'former name, present code'],
  ['630106', '湟中县鲁沙尔镇', 'former name of 湟中区'],
  ['632124', '西宁市鲁沙尔镇', '湟中 belonged to 海东地区 and belongs to 西宁市'],
  ['632124', '海东地区鲁沙尔镇', 'the former prefecture'],
  ['630111', '西宁市城北区朝阳街', 'a part of the divided suburb'],
  ['630103', '西宁市海晏路12号', 'a street named after another county'],
  ['630102', '五四大街12号', 'no place named'],
  ['110101', '西宁市城东区', 'another province is not judged'],
  ['632324', '河南蒙古族自治县优干宁镇', '河南县 is not the province'],
])('%s and %s agree: %s', (code, address) => {
  expect(foreignPlace(code, address)).toBeNull();
});

test.each([
  ['630102', '海东市乐都区碾伯镇', '乐都区'],
  ['632701', '海西州格尔木市', '格尔木市'],
  ['632522', '黄南州隆务镇', '黄南州'],
  ['632521', '玉树州结古镇', '玉树州'],
  ['630121', '海东市碾伯镇', '海东市'],
])('%s does not lie where %s says', (code, address, place) => {
  expect(foreignPlace(code, address)).toBe(place);
});
