/* Texts that several pages show, and those that are looked up by value: `sharing.none`, `rule.tie`. A page has its own beside it. */

export type Language = 'zh' | 'en';
export type Text = Readonly<Record<Language, string>>;
export type Texts = Readonly<Record<string, Text>>;

export const both = (zh: string, en: string): Text => ({ zh, en });

export const TEXTS = {
  siteName: both('信息资源目录', 'Resource directory'),
  platform: both('三江数据汇聚与资源交换平台', 'Sanjiang data integration and exchange hub'),
  skip: both('跳到正文', 'Skip to content'),
  otherLanguage: both('English', '中文'),
  directory: both('资源目录', 'Directory'),
  apiDocs: both('接口文档', 'API'),
  footer: both(
    '目录内容来自各部门登记的系统文件，每数秒更新一次。',
    'The directory follows the system files of the departments within seconds.',
  ),
  search: both('检索', 'Search'),
  provider: both('提供方', 'Provider'),
  sharing: both('共享类型', 'Sharing'),
  yes: both('是', 'yes'),
  no: both('否', 'no'),
  updateCycle: both('更新周期', 'Update cycle'),
  toBase: both('汇入基础库', 'Feeds base'),
  freshness: both('数据时效', 'Freshness'),
  never: both('尚无', 'never'),
  unknown: both('未登记', 'not stated'),
  records: both('记录数', 'Records'),
  entities: both('实体数', 'Entities'),
  sourceRecords: both('来源记录', 'Source records'),
  items: both('信息项', 'Data items'),
  'change.added': both('新增字段', 'added'),
  'change.dropped': both('字段取消', 'dropped'),
  'change.renamed': both('字段改名', 'renamed'),
  'change.widened': both('类型放宽', 'widened'),
  'change.narrowed': both('类型收窄', 'narrowed'),
  'change.retyped': both('类型改变', 'retyped'),
  'decision.notice': both('继续，请核对', 'goes on, please look'),
  'decision.pause': both('已暂停，待处理', 'paused, waits for a person'),
  rejected: both('隔离', 'rejected'),
  lookup: both('按标识查询', 'Look up by identifier'),
  quality: both('数据质量', 'Quality'),
  signIn: both('登录', 'Sign in'),
  people: both('人员与角色', 'People'),
  organisations: both('机构', 'Organisations'),
  base: both('基础库', 'Base'),
  rule: both('规则', 'Rule'),
  severity: both('级别', 'Severity'),
  attribute: both('属性', 'Attribute'),
  absent: both('无', 'none'),
  masked: both('已脱敏', 'masked'),
  maskedNote: both('未获授权，敏感信息项以掩码显示。', 'Nothing has been granted, so sensitive values are masked.'),
  linkage: both('关联依据', 'What links its records'),
  weight: both('权重（比特）', 'Weight, bits'),
  compared: both('是否一致', 'the same?'),
  explainPair: both('逐项比对', 'Compare'),
  pairLeft: both('记录甲', 'Record A'),
  pairRight: both('记录乙', 'Record B'),
  sourceKey: both('来源主键', 'Key at the source'),
  entity: both('实体', 'Entity'),
  humanDecision: both('人工核定', 'Decision of a person'),
  'decided.confirmed': both('核定为同一主体', 'confirmed as one subject'),
  'decided.forbidden': both('核定为不同主体', 'kept apart'),
  parted: both('已无共同的关联依据', 'nothing links them any more'),
  review: both('待人工核对', 'Waiting for a person'),
  'review.pair': both('疑似同一主体', 'may be one subject'),
  'review.second': both('待第二人复核', 'waits for a second person'),
  'review.bridge': both('关联薄弱', 'weakly linked'),
  'review.apart': both('同号分立', 'kept apart under one number'),
  'review.large': both('记录过多', 'very many records'),

  'sharing.unconditional': both('无条件共享', 'unconditional'),
  'sharing.conditional': both('有条件共享', 'conditional'),
  'sharing.none': both('不予共享', 'not shared'),
  'cycle.realtime': both('实时', 'real time'),
  'cycle.daily': both('每日', 'daily'),
  'cycle.weekly': both('每周', 'weekly'),
  'cycle.monthly': both('每月', 'monthly'),
  'cycle.quarterly': both('每季度', 'quarterly'),
  'cycle.yearly': both('每年', 'yearly'),
  'cycle.irregular': both('不定期', 'irregular'),
  'freshness.fresh': both('按期', 'fresh'),
  'freshness.late': both('逾期', 'late'),
  'freshness.never': both('未读取', 'not read yet'),
  'freshness.paused': both('已暂停', 'paused'),
  'freshness.halted': both('待处理', 'needs attention'),
  'kind.stream': both('部门资源', 'department resource'),
  'kind.base': both('基础库', 'base database'),
  'type.C': both('字符型', 'text'),
  'type.N': both('数值型', 'number'),
  'type.I': both('整型', 'integer'),
  'type.B': both('双精度型', 'double'),
  'type.D': both('日期型', 'date'),
  'type.T': both('日期时间型', 'date and time'),
  'type.L': both('逻辑型', 'logical'),
  'type.G': both('通用型', 'general'),
  'severity.F': both('致命', 'fatal'),
  'severity.E': both('错误', 'error'),
  'severity.W': both('警告', 'warning'),
  'severity.I': both('提示', 'information'),

  // what conversions find that no rule of the catalogue names
  'finding.C-boolean': both('不是是否值', 'neither yes nor no'),
  'finding.C-date': both('日期无法识别', 'no day of the calendar'),
  'finding.C-date-assumed': both('日期的世纪或历法不明', 'century or calendar of a date left open'),
  'finding.C-date-imprecise': both('日期只到年或月', 'a date that tells only year or month'),
  'finding.C-date-placeholder': both('日期为占位值', 'a date that only fills its place'),
  'finding.C-decimal': both('数值无法识别', 'no number'),
  'finding.C-digits': both('位数超过表格所能保存的15位', 'more digits than a sheet keeps'),
  'finding.C-encoding': both('字符编码有误', 'characters that were not decoded'),
  'finding.C-integer': both('不是整数', 'no whole number'),
  'finding.C-name-former': both('姓名后有括注', 'brackets behind a name'),
  'finding.C-name-masked': both('姓名已脱敏', 'a masked name'),
  'finding.C-name-several': both('一格内有多人姓名', 'several names in one cell'),
  'finding.C-period': both('时期可能丢失末位的零', 'a period that may have lost a zero'),
  'finding.C-phone': both('电话号码有误', 'no telephone number'),
  'finding.C-region': both('区划无法识别', 'no known region'),
  'finding.C-region-early': both('区划代码早于其设立时间', 'a region code before its time'),
  'finding.C-region-recoded': both('区划已换用现行代码', 'a region recoded to its code of today'),
  'finding.C-unit': both('计量单位无法识别', 'no known unit'),
  'finding.C-unknown-code': both('代码不在代码表中', 'a code that is not in its list'),

  // why a source record won an attribute
  'rule.only': both('只有该来源有可信的值', 'no other source has a trusted value'),
  'rule.agreed': both('各来源一致', 'all sources agree'),
  'rule.authority': both('该来源对此属性更权威', 'its system has more authority over this attribute'),
  'rule.verified': both('该值没有质量问题', 'fewer findings on the value'),
  'rule.recent': both('该来源的记录更新', 'observed more recently'),
  'rule.complete': both('该值更完整', 'the more complete text'),
  'rule.tie': both('条件相同，按系统与主键次序取定', 'nothing told them apart: the first by system and key'),
  'rule.steward': both('人工更正，有效期内以此为准', 'a person says so, until a day, in the place of the sources'),
  'rule.with': both('随所从属的属性取自同一记录', 'taken from the winner of the attribute that it belongs to'),

  // how a source record came to its entity
  'link.first': both('首条记录', 'first record of the entity'),
  'link.alone': both('无可用标识，单独成体', 'no usable identifier, an entity of its own'),
  'link.citizen': both('公民身份号码', 'citizen number'),
  'link.residence-card': both('外国人永久居留身份证号码', 'foreign permanent resident card'),
  'link.residence-permit': both('港澳台居民居住证号码', 'residence permit of Hong Kong, Macao and Taiwan'),
  'link.match': both('无共同标识，按字段相似度关联', 'no identifier in common; the fields agree'),
  'link.steward': both('经人工确认', 'confirmed by a person'),
  'link.feature': both('要素类别和编码', 'class and code of the feature'),
  'link.cell': both('观测单元', 'cell of an observation'),
  'link.uscc': both('统一社会信用代码', 'unified social credit code'),
  'link.org': both('组织机构代码', 'organisation code'),
  'link.reg': both('注册号', 'registration number'),
  'link.tax': both('纳税人识别号', 'tax number'),
} as const satisfies Texts;

export type TextKey = keyof typeof TEXTS;

/** The text of a value, or the value itself (or `otherwise`) where nobody has named it yet. */
export function textOf(
  kind:
    | 'sharing'
    | 'change'
    | 'decision'
    | 'cycle'
    | 'freshness'
    | 'kind'
    | 'type'
    | 'severity'
    | 'finding'
    | 'rule'
    | 'link'
    | 'review',
  value: string,
  otherwise = value,
): Text {
  const known: Readonly<Record<string, Text>> = TEXTS;
  return known[`${kind}.${value}`] ?? { zh: otherwise, en: otherwise };
}

/** `{name}` places in the text are filled from `values`. */
export const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
