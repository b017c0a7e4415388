/** A code of a list with its validity; texts are what legacy systems write for it. */
interface CodeEntry {
  readonly code: string;
  readonly title: string;
  readonly texts: readonly string[];
  /** First day of validity, null when the code is as old as the list. */
  readonly from: string | null;
  readonly to: string | null;
}

export interface CodeList {
  /** The standard, or `hub` for a list that is ours because no standard was at hand. */
  readonly standard: string;
  readonly title: string;
  readonly entries: readonly CodeEntry[];
  /** The code for a code or a text, exactly. null when the list has neither. */
  readonly find: (text: string) => string | null;
  /** What a code is called. */
  readonly name: (code: string) => string | null;
}

/** Lines `code title text text …`. */
function codeList(
  standard: string,
  title: string,
  lines: string,
  alike?: (text: string) => readonly string[],
): CodeList {
  const entries = lines
    .trim()
    .split('\n')
    .map((line): CodeEntry => {
      const [code, name, ...texts] = line.trim().split(/\s+/) as [string, string, ...string[]];
      return { code, title: name, texts, from: null, to: null };
    });
  const index = new Map<string, string>();
  for (const { code, title: name, texts } of entries) {
    for (const text of [code, name, ...texts]) {
      for (const known of [text, ...(alike?.(text) ?? [])]) if (!index.has(known)) index.set(known, code);
    }
  }
  const names = new Map(entries.map((entry) => [entry.code, entry.title]));
  return {
    ...{ standard, title, entries },
    find: (text) => index.get(text) ?? null,
    name: (code) => names.get(code) ?? null,
  };
}

export const SEX = codeList(
  'GB/T 2261.1-2003',
  '性别',
  `0 未知的性别 未知 不详
   1 男 男性 M m MALE Male
   2 女 女性 F f FEMALE Female
   9 未说明的性别 未说明`,
);

/** The first digit may stand alone. */
export const MARITAL_STATUS = codeList(
  'GB/T 2261.2-2003',
  '婚姻状况',
  `10 未婚 1 未 N 否
   20 已婚 2 已 Y 是 有配偶
   21 初婚
   22 再婚
   23 复婚
   30 丧偶 3
   40 离婚 4 离异
   90 未说明的婚姻状况 9 未说明 未知 不详`,
);

const PEOPLES = `01 汉 02 蒙古 03 回 04 藏 05 维吾尔 06 苗 07 彝 08 壮 09 布依 10 朝鲜 11 满 12 侗 13 瑶 14 白 15 土家 16 哈尼
17 哈萨克 18 傣 19 黎 20 傈僳 21 佤 22 畲 23 高山 24 拉祜 25 水 26 东乡 27 纳西 28 景颇 29 柯尔克孜 30 土 31 达斡尔 32 仫佬 33 羌
34 布朗 35 撒拉 36 毛南 37 仡佬 38 锡伯 39 阿昌 40 普米 41 塔吉克 42 怒 43 乌孜别克 44 俄罗斯 45 鄂温克 46 德昂 47 保安 48 裕固
49 京 50 塔塔尔 51 独龙 52 鄂伦春 53 赫哲 54 门巴 55 珞巴 56 基诺`;
const ETHNICITIES = [...PEOPLES.matchAll(/(\d\d) (\S+)/g)].map(([, code, people]) => `${code} ${people}族`);
/** Names that were in use before, and misprints of public code tables. */
const FORMER: Readonly<Record<string, string>> = { '46': '崩龙族', '36': '毛难族', '31': '达翰尔族', '38': '西伯族' };

/** 土族 (30) and 土家族 (15) are two peoples. Texts with and without 族; numbers with and without the leading zero. */
export const ETHNICITY = codeList(
  'GB/T 3304-1991',
  '民族',
  [
    ...ETHNICITIES.map((line) => {
      const former = FORMER[line.slice(0, 2)];
      return former === undefined ? line : `${line} ${former}`;
    }),
    '97 其他 其它',
    '98 外国血统中国籍人士 外国血统',
  ].join('\n'),
  (text) => (text.endsWith('族') ? [text.slice(0, -1)] : /^0[1-9]$/.test(text) ? [text[1]!] : []),
);

/** State of registration as registries exchange it. */
export const ENTITY_STATUS = codeList(
  'hub',
  '登记状态',
  `1 存续 在业 开业 在营 在册 正常 有效 存续（在营、开业、在册） 确立 登记成立
   2 吊销未注销 吊销 吊销，未注销 吊销,未注销 已吊销
   3 吊销已注销 吊销，已注销 吊销,已注销 吊销后注销
   4 注销 已注销
   5 撤销 已撤销
   6 迁出 已迁出
   9 其他 其它`,
);

/** Department and class of GB 32100-2015 for the words that registers use instead. */
export const ENTITY_CLASS = codeList(
  'GB 32100-2015',
  '机构类型',
  `91 企业 企业法人 公司 有限责任公司 有限公司 股份有限公司 个人独资企业 合伙企业 分公司 全民所有制 集体所有制 内资企业 外商投资企业 私营企业
   92 个体工商户 个体 个体户
   93 农民专业合作社 专业合作社 合作社
   11 机关 机关法人 国家机关 行政机关
   12 事业单位 事业法人 事业单位法人
   13 编办直接管理机构编制的群众团体 群众团体
   31 律师执业机构 律师事务所
   32 公证处 公证机构
   33 基层法律服务所
   34 司法鉴定机构
   35 仲裁委员会
   51 社会团体 社团法人 社团 社会团体法人
   52 民办非企业单位 民办非企业 社会服务机构
   53 基金会 基金会法人
   54 村民委员会 村委会
   55 居民委员会 居委会 社区居民委员会 社区居委会
   71 宗教活动场所
   72 宗教院校
   81 基层工会 工会 工会法人
   N1 组级集体经济组织
   N2 村级集体经济组织
   N3 乡镇级集体经济组织`,
);

/** 学历. Common knowledge of GB/T 4658-2006, not checked against its text; the first digit may stand alone. */
export const EDUCATION = codeList(
  'GB/T 4658-2006',
  '学历',
  `10 研究生教育 1 研究生
   11 博士研究生毕业 博士研究生 博士
   12 博士研究生结业
   13 博士研究生肄业
   14 硕士研究生毕业 硕士研究生 硕士
   15 硕士研究生结业
   16 硕士研究生肄业
   17 研究生班毕业
   18 研究生班结业
   19 研究生班肄业
   20 大学本科教育 2 大学本科 本科 大学
   21 大学本科毕业 本科毕业
   22 大学本科结业
   23 大学本科肄业
   28 大学普通班毕业
   30 大学专科教育 3 大学专科 专科 大专
   31 大学专科毕业 大专毕业
   32 大学专科结业
   33 大学专科肄业
   40 中等职业教育 4 中专 中等专科 中职
   41 中等专科毕业 中专毕业
   42 中等专科结业
   43 中等专科肄业
   44 职业高中毕业 职业高中 职高
   45 职业高中结业
   46 职业高中肄业
   47 技工学校毕业 技工学校 技校
   48 技工学校结业
   49 技工学校肄业
   60 普通高级中学教育 6 高中 普通高中
   61 普通高中毕业 高中毕业
   62 普通高中结业
   63 普通高中肄业
   70 初级中学教育 7 初中
   71 初中毕业
   73 初中肄业
   80 小学教育 8 小学
   81 小学毕业
   83 小学肄业
   90 其他 9 文盲 半文盲 未上过学`,
);

/** Relation to the head of household; the first digit is the group. Common knowledge of GB/T 4761-2008, not checked against its text. */
export const HOUSEHOLD_RELATION = codeList(
  'GB/T 4761-2008',
  '家庭关系',
  `01 本人
   02 户主
   10 配偶 1
   11 夫 丈夫
   12 妻 妻子
   20 子 2 儿子
   21 独生子
   22 长子
   23 次子 二子
   24 三子
   25 四子
   26 五子
   27 养子或继子 养子 继子
   28 女婿
   29 其他儿子
   30 女 3 女儿
   31 独生女
   32 长女
   33 次女 二女
   34 三女
   35 四女
   36 五女
   37 养女或继女 养女 继女
   38 儿媳 媳
   39 其他女儿
   40 孙子、孙女或外孙子、外孙女 4
   41 孙子 孙
   42 孙女
   43 外孙子 外孙
   44 外孙女
   45 孙媳妇或外孙媳妇 孙媳 外孙媳
   46 孙女婿或外孙女婿 孙女婿 外孙女婿
   47 曾孙子或外曾孙子 曾孙
   48 曾孙女或外曾孙女 曾孙女
   49 其他孙子、孙女或外孙子、外孙女
   50 父母 5
   51 父亲 父
   52 母亲 母
   53 公公
   54 婆婆
   55 岳父
   56 岳母
   57 继父或养父 继父 养父
   58 继母或养母 继母 养母
   59 其他父母关系
   60 祖父母或外祖父母 6
   61 祖父
   62 祖母
   63 外祖父
   64 外祖母
   70 兄弟姐妹 7
   71 兄 哥哥
   72 嫂
   73 弟 弟弟
   74 弟媳
   75 姐姐 姐 姊
   76 姐夫
   77 妹妹 妹
   78 妹夫
   79 其他兄弟姐妹
   80 其他 8 其他亲属
   81 伯父
   83 叔父
   87 姑母
   93 侄子 侄
   94 侄女
   97 其他非亲属 非亲属 9`,
);

/** Words are the codes: the tax systems of the provinces number them differently. */
export const TAX_STATUS = codeList(
  'hub',
  '纳税状态',
  `正常 正常 开业 正常户
   筹建 筹建期
   停业 停业户
   非正常 非正常户
   清算 清算中
   注销 已注销 注销户
   非正常注销 非正常户注销
   报验 报验户`,
);

export const INSURANCE_STATUS = codeList(
  'hub',
  '参保状态',
  `1 参保缴费 参保 正常参保 正常缴费 在保 缴费 正常
   2 暂停缴费 暂停 中断 中断缴费 停保 停缴
   3 终止缴费 终止 终止参保 退保
   9 其他 未说明`,
);

export interface IndustryEdition {
  readonly edition: '2011' | '2017';
  /** Days from which official statistics used it. */
  readonly from: string;
  readonly to: string | null;
  /** Last division of each section, A first; a section begins after the last division of the one before. */
  readonly lastDivisions: readonly number[];
}

/** GB/T 4754. Sections and divisions only; 1994 and 2002 are known by name, not by table. */
export const INDUSTRY_EDITIONS: readonly IndustryEdition[] = [
  {
    edition: '2011',
    from: '2012-01-01',
    to: '2018-01-01',
    lastDivisions: [5, 12, 43, 46, 50, 52, 60, 62, 65, 69, 70, 72, 75, 78, 81, 82, 84, 89, 95, 96],
  },
  {
    edition: '2017',
    from: '2018-01-01',
    to: null,
    lastDivisions: [5, 12, 43, 46, 50, 52, 60, 62, 65, 69, 70, 72, 75, 79, 82, 83, 85, 90, 96, 97],
  },
];

/** Section letter of a division (1 to 97), or null when the edition has no such division. */
export function industrySection(division: number, edition: IndustryEdition): string | null {
  if (!(division >= 1)) return null;
  const at = edition.lastDivisions.findIndex((last) => division <= last);
  return at < 0 ? null : String.fromCharCode(65 + at);
}

export interface Industry {
  /** Digits alone where they say it all (`1310`), the letter alone for a section, both where they contradict each other. */
  readonly code: string;
  readonly section: string;
  readonly level: 'section' | 'division' | 'group' | 'class';
  /** The letter is that of the division. */
  readonly consistent: boolean;
}

const LEVELS = ['section', 'section', 'division', 'group', 'class'] as const;
const INDUSTRY = /^([A-T])?(\d{1,4})?$/;

/** A code of GB/T 4754 by its shape: section (letter), division (2 digits), group (3), class (4). `5` is division `05`. */
export function parseIndustry(text: string, edition: IndustryEdition): Industry | null {
  const parts = INDUSTRY.exec(text);
  if (parts === null || text === '') return null;
  const [, letter, written] = parts;
  if (written === undefined) return { code: letter!, section: letter!, level: 'section', consistent: true };
  const digits = written.padStart(2, '0');
  const section = industrySection(Number(digits.slice(0, 2)), edition);
  if (section === null) return null;
  const consistent = letter === undefined || letter === section;
  return { code: consistent ? digits : `${letter}${digits}`, section, level: LEVELS[digits.length]!, consistent };
}
