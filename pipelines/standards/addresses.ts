import { parseNumeral } from './numerals.ts';
import { cleanText, foldWidth } from './text.ts';

const SIGNS: Readonly<Record<string, string>> = {
  '#': '号',
  '＃': '号',
  號: '号',
  樓: '楼',
  單: '单',
  組: '组',
  鄉: '乡',
  鎮: '镇',
  縣: '县',
};
const IGNORED = /[\s,.，。、;；:：·"'“”‘’()（）[\]【】_—–-]/gu;
const NUMERAL = /[〇零一二三四五六七八九十百]+(?=(?:号|楼|栋|幢|单元|室|层|社|组|队|户|村民小组|区|路|街|巷|里))/gu;
const BELOW = /(?:村民委员会|村委会|村民小组|居民委员会|居委会|居民小组)/gu;
const SHORTER: Readonly<Record<string, string>> = {
  ...{
    村民委员会: '村',
    村委会: '村',
    居民委员会: '社区',
    居委会: '社区',
    村民小组: '社',
    居民小组: '组',
    小区: '小区',
  },
};
/** Levels down to the county, which the region says already; each may be left out or written short. */
const ABOVE =
  /^(?:中国)?(?:青海省?)?(?:[\u4e00-\u9fff]{1,8}?(?:自治州|地区|州))?(?:[\u4e00-\u9fff]{1,5}?市)?(?:[\u4e00-\u9fff]{1,8}?(?:自治县|县|(?<![小社园院])区))?/u;
/** What is left must still say something, otherwise the whole text does. */
const SHORTEST = 3;

/**
 * What two spellings of one address have in common: widths and signs folded, Chinese numerals of houses, groups and streets
 * as digits, 组 and 社 of a village by one word, the levels down to the county left away.
 */
export function addressKey(raw: string): string {
  let text = '';
  for (const sign of foldWidth(cleanText(raw)).toUpperCase()) text += SIGNS[sign] ?? sign;
  text = text
    .replace(IGNORED, '')
    .replace(BELOW, (word) => SHORTER[word] ?? word)
    .replace(/村村/gu, '村')
    .replace(NUMERAL, (numeral) => String(parseNumeral(numeral) ?? numeral))
    .replace(/(?<=村\d+)(?:组|队|生产队)/gu, '社');
  const rest = text.replace(ABOVE, '');
  return rest.length >= SHORTEST ? rest : text;
}
