import { below, happens, hash32, pick, weighted } from './hash.ts';

/** U+00B7, the separator that 民委发〔2016〕33号 prescribes. */
export const SEPARATOR = '\u00b7';
/** What department systems have in its place. */
export const SEPARATOR_VARIANTS: readonly string[] = ['\u2022', '\u30fb', '.', '\uff0e', '\u2027', '\u25cf', '-', ' '];

/** GB/T 3304 codes in the order of a county's mix; the last stands for several. */
const CODES = ['01', '03', '04', '30', '35', '02'] as const;
const OTHERS = ['11', '26', '47', '15'] as const;

export const ETHNICITY_NAMES: Readonly<Record<string, string>> = {
  '01': '汉',
  '02': '蒙古',
  '03': '回',
  '04': '藏',
  '11': '满',
  '15': '土家',
  '26': '东乡',
  '30': '土',
  '35': '撒拉',
  '47': '保安',
};

export function drawEthnicity(mix: readonly number[], seed: number, index: number): string {
  let left = below(seed, index, 31, 100);
  for (let at = 0; at < CODES.length; at++) {
    left -= mix[at]!;
    if (left < 0) return CODES[at]!;
  }
  return pick(OTHERS, seed, index, 32);
}

const HAN = weighted(
  (
    '王9 李9 张9 马4 刘6 陈4 赵4 杨4 祁3 韩2 徐2 许2 谢2 星1 晁1 林1 郭2 孙2 周2 吴2 胡2 贾2 保1 ' +
    '史1 井1 严2 童1 巨1 铁1 苏2 范1 何2 罗1 甘1 冯1 郑1 雷1 石1 辛1 逯1 汪1 魏1 宋1 高1 董1 白1 欧阳1'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, -1), Number(entry.slice(-1))] as const),
);
const HUI = ['马', '马', '马', '马', '韩', '冶', '冶', '妥', '祁', '喇', '穆', '丁', '白', '沙', '罗'];
const TU = ['李', '鲁', '祁', '胡', '东', '辛', '乔', '麻', '何', '吕', '刁', '董'];
const SALAR = ['韩', '韩', '韩', '马', '沈', '刘'];

const MALE = [...'伟强军明勇杰涛鹏斌辉刚林海山成福生贵德文武国建平元龙虎云峰晓清永宏宁安庆祥寿财有'];
const FEMALE = [...'芳秀英兰梅玉花霞红艳丽娟燕萍琴莲香桂珍云菊春雪静敏慧婷月娜珊凤存青吉措'];
/** Four bytes in GB18030: 𬭎 㼆 䶮 𬀩 and others that old fonts lack. */
const RARE = ['𬭎', '㼆', '䶮', '𬀩', '𫍽', '䜣', '𬬱', '𪾢', '㛃'];

const ARABIC = {
  '1': [
    '阿不都',
    '尤努斯',
    '尔萨',
    '哈三',
    '伊斯玛',
    '阿里',
    '萨利哈',
    '穆罕麦',
    '优素福',
    '伊布拉',
    '苏莱曼',
    '达吾德',
    '胡塞尼',
    '阿卜杜拉',
  ],
  '2': ['法图麦', '海切', '麦燕', '索菲亚', '热者布', '赛麦', '哈力麦', '阿依舍', '哲乃拜', '热比亚', '古丽', '艾米乃'],
} as const;
const TIBETAN = {
  first: [
    '扎西',
    '才让',
    '多杰',
    '索南',
    '旦增',
    '次仁',
    '尕藏',
    '仁青',
    '更登',
    '桑杰',
    '完么',
    '彭措',
    '洛桑',
    '格桑',
    '白玛',
    '达哇',
    '尼玛',
    '昂文',
    '贡保',
    '罗藏',
  ],
  '1': ['多杰', '才让', '扎西', '加', '东智', '尖措', '太', '旦周', '仁青', '南杰', '次仁', '文德', '江才'],
  '2': ['卓玛', '拉毛', '措', '吉', '央金', '才措', '拉措', '德吉', '措毛', '曲珍', '什姐', '梅朵'],
} as const;
const CLANS = ['喜饶', '阿柔', '拉加', '隆务', '阿秀', '昂索', '夏吾', '康萨', '贡麻', '贾拉'];
const MONGOL = {
  '1': ['巴特尔', '道尔吉', '才仁', '布和', '那木加', '苏和', '额尔登', '东日布', '敖其尔', '乌力吉', '孟克'],
  '2': ['其其格', '乌兰', '娜仁', '萨仁', '斯琴', '托娅', '才仁吉', '阿拉腾', '乌云', '都兰花', '德力格尔'],
} as const;
const MONGOL_CLANS = ['巴音', '乌拉', '茶汗', '宝日', '哈斯', '赛音'];

function given(sex: '1' | '2', seed: number, index: number): string {
  const list = sex === '1' ? MALE : FEMALE;
  const one = happens(seed, index, 43, 1500) ? pick(RARE, seed, index, 44) : pick(list, seed, index, 40);
  return happens(seed, index, 41, 780_000) ? one + pick(list, seed, index, 42) : one;
}

function chinese(surname: string, sex: '1' | '2', seed: number, index: number): string {
  return surname + given(sex, seed, index);
}

function muslim(surname: string, separated: number, sex: '1' | '2', seed: number, index: number): string {
  if (!happens(seed, index, 45, separated)) return chinese(surname, sex, seed, index);
  return surname + SEPARATOR + pick(ARABIC[sex], seed, index, 46);
}

function clanName(clans: readonly string[], name: string, perMillion: number, seed: number, index: number): string {
  return happens(seed, index, 47, perMillion) ? pick(clans, seed, index, 48) + SEPARATOR + name : name;
}

/** A name as the identity card has it. @param ethnicity GB/T 3304. @param sex GB/T 2261.1, 1 or 2. */
export function personName(ethnicity: string, sex: '1' | '2', seed: number, index: number): string {
  switch (ethnicity) {
    case '03':
    case '26':
    case '47':
      return muslim(pick(HUI, seed, index, 39), 120_000, sex, seed, index);
    case '35':
      return muslim(pick(SALAR, seed, index, 39), 350_000, sex, seed, index);
    case '30':
      return chinese(pick(TU, seed, index, 39), sex, seed, index);
    case '04': {
      const name = pick(TIBETAN.first, seed, index, 39) + pick(TIBETAN[sex], seed, index, 40);
      return clanName(CLANS, name, 180_000, seed, index);
    }
    case '02':
      return clanName(MONGOL_CLANS, pick(MONGOL[sex], seed, index, 40), 250_000, seed, index);
    default:
      return chinese(HAN(hash32(seed, index, 39)), sex, seed, index);
  }
}

const SYLLABLES: readonly (readonly [string, string])[] = [
  ['才让', '才仁'],
  ['次仁', '泽仁'],
  ['卓玛', '卓麻'],
  ['旦增', '丹增'],
  ['索南', '索郎'],
  ['阿不都', '阿布都'],
  ['法图麦', '法土麦'],
  ['尤努斯', '优努斯'],
];

/** The same name as another clerk heard it, or null when it has no such syllable. */
export function respelled(name: string): string | null {
  const pair = SYLLABLES.find(([usual]) => name.includes(usual));
  return pair === undefined ? null : name.replace(pair[0], pair[1]);
}

const MISTAKES: readonly (readonly [string, string])[] = (
  '伟纬 强墙 军君 明名 勇永 杰洁 涛滔 鹏朋 斌彬 辉晖 刚钢 林琳 海诲 成诚 福富 生升 贵桂 德得 文纹 国囯 建健 平萍 龙垅 ' +
  '云芸 峰锋 晓小 清青 宏红 宁柠 庆床 祥样 芳方 秀绣 英瑛 兰蓝 梅莓 玉王 花华 霞暇 艳燕 丽莉 娟涓 琴芩 莲连 香番 珍珎 ' +
  '静净 敏悯 慧惠 婷亭 措错 毛毫 扎札 多朵 仁人 马玛 韩韓 李季 王玉 张章 刘浏 才财 拉啦 加伽 智知 吉古'
)
  .split(' ')
  .map((pair) => [pair[0]!, pair[1]!] as const);

/** One wrong character, sounding or looking alike; doubles a character when none is known. Never the same name. */
export function mistyped(name: string, seed: number, index: number): string {
  const letters = [...name];
  const start = below(seed, index, 49, letters.length);
  for (let step = 0; step < letters.length; step++) {
    const at = (start + step) % letters.length;
    const pair = MISTAKES.find(([right]) => right === letters[at]);
    if (pair !== undefined) return [...letters.slice(0, at), pair[1], ...letters.slice(at + 1)].join('');
  }
  return name + letters.at(-1)!;
}

export const PLACEHOLDER_NAMES: readonly string[] = ['无名氏', '不详', '未取名', '待查', '测试'];
