/**
 * GB/T 2260 for Qinghai, 1981 to 2024, after the yearly lists of the Ministry of Civil Affairs (yescallop/areacodes, CC0-1.0).
 * One line a code and name: code, name, in force from, and for what has ended: until, what happened, today's successors.
 * A year alone means that the day within it is not known. 630102 to 630104 are in one list from 1980 and in another from
 * 1983; the earlier is taken. `statistical` codes are of the statistics bureau, not of the ministry. 630101 gathers the districts
 * of the city in editions of GB/T 2260 until 2013: old numbers and tables bear it, but it is no place of its own.
 */
export const QINGHAI = `
630000 青海省 1981
630100 西宁市 1981
630101 市辖区 1983 2014 split 630102,630103,630104,630105
630102 城东区 1981
630103 城中区 1981
630104 城西区 1981
630105 城北区 1986
630106 湟中区 2019
630111 西宁市郊区 1983 1986 split 630102,630103,630104,630105
630121 大通县 1981 1985 rename 630121
630121 大通回族土族自治县 1985
630122 湟中县 1999 2019 recode 630106
630123 湟源县 1999
630200 海东市 2013-02-08
630202 乐都区 2013
630203 平安区 2015-02-16
630221 平安县 2013 2015-02-16 recode 630203
630222 民和回族土族自治县 2013
630223 互助土族自治县 2013
630224 化隆回族自治县 2013
630225 循化撒拉族自治县 2013
632100 海东地区 1981 2013-02-08 recode 630200
632121 平安县 1981 2013 recode 630221
632122 民和县 1981 1985 rename 632122
632122 民和回族土族自治县 1985 2013 recode 630222
632123 乐都县 1981 2013 recode 630202
632124 湟中县 1981 1999 reparent 630122
632125 湟源县 1981 1999 reparent 630123
632126 互助土族自治县 1981 2013 recode 630223
632127 化隆回族自治县 1981 2013 recode 630224
632128 循化撒拉族自治县 1981 2013 recode 630225
632200 海北藏族自治州 1981
632221 门源回族自治县 1981
632222 祁连县 1981
632223 海晏县 1981
632224 刚察县 1981
632300 黄南藏族自治州 1981
632301 同仁市 2020
632321 同仁县 1981 2020 recode 632301
632322 尖扎县 1981
632323 泽库县 1981
632324 河南蒙古族自治县 1984
632421 河南蒙古族自治县 1981 1984 reparent 632324
632500 海南藏族自治州 1981
632521 共和县 1981
632522 同德县 1981
632523 贵德县 1981
632524 兴海县 1981
632525 贵南县 1981
632600 果洛藏族自治州 1981
632621 玛沁县 1981
632622 班玛县 1981
632623 甘德县 1981
632624 达日县 1981
632625 久治县 1981
632626 玛多县 1981
632700 玉树藏族自治州 1981
632701 玉树市 2013
632721 玉树县 1981 2013 recode 632701
632722 杂多县 1981
632723 称多县 1981
632724 治多县 1981
632725 囊谦县 1981
632726 曲麻莱县 1981
632800 海西蒙古族藏族哈萨克族自治州 1981 1985 rename 632800
632800 海西蒙古族藏族自治州 1985
632801 格尔木市 1981
632802 德令哈市 1988
632803 茫崖市 2018
632821 乌兰县 1981
632822 都兰县 1981
632823 天峻县 1981
632856 茫崖行政委员会 1981 2018 merge 632803
632857 大柴旦行政委员会 1981
632858 冷湖行政委员会 1981 2018 merge 632803`;

export const STATISTICAL: ReadonlySet<string> = new Set(['632856', '632857', '632858']);

/** Entries that only gather others: neither a county nor a name. */
export const GATHERING: ReadonlySet<string> = new Set(['630101']);

/** Founded out of a region that went on under its own code; records of the old code may belong to either. */
export const CARVED: readonly (readonly [from: string, founded: string, date: string])[] = [
  ['632821', '632802', '1988'],
];

/** By the first two digits. The codes within other provinces are in `regions-outside.ts`. */
export const PROVINCES: Readonly<Record<string, string>> = {
  '11': '北京市',
  '12': '天津市',
  '13': '河北省',
  '14': '山西省',
  '15': '内蒙古自治区',
  '21': '辽宁省',
  '22': '吉林省',
  '23': '黑龙江省',
  '31': '上海市',
  '32': '江苏省',
  '33': '浙江省',
  '34': '安徽省',
  '35': '福建省',
  '36': '江西省',
  '37': '山东省',
  '41': '河南省',
  '42': '湖北省',
  '43': '湖南省',
  '44': '广东省',
  '45': '广西壮族自治区',
  '46': '海南省',
  '50': '重庆市',
  '51': '四川省',
  '52': '贵州省',
  '53': '云南省',
  '54': '西藏自治区',
  '61': '陕西省',
  '62': '甘肃省',
  '63': '青海省',
  '64': '宁夏回族自治区',
  '65': '新疆维吾尔自治区',
  '71': '台湾省',
  '81': '香港特别行政区',
  '82': '澳门特别行政区',
};
