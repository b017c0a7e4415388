import { foldWidth } from '../standards/text.ts';

/** What a name says about a column. */
export interface Term {
  readonly kind: string;
  /** Chinese names; the first becomes the name of the directory item. */
  readonly names: readonly string[];
  /** Column names of the data element standards and of common practice, upper case. */
  readonly codes: readonly string[];
  readonly population: string | null;
  readonly legalEntity: string | null;
  /** The term holds only in a stream that also has a column of this kind. */
  readonly beside: string | null;
}

/*
 * kind | Chinese names | column names | attribute of population | of legal-entity | only beside a column of kind
 * Column names are initials of the pinyin, as departments write them, those of the data elements of public security
 * (GA/T 543), social insurance (LB101: AAC..., AAB..., AAE...) and hydrology (SL 323).
 */
const TABLE = `
citizen-number | 公民身份号码,身份证号,身份证号码,公民身份证号码,社会保障号码,证件号码 | GMSFHM,SFZH,SFZHM,SFZJHM,ZJHM,AAC002,AAC147 | citizenNumber | legalRepresentativeNumber
citizen-number | 法定代表人证件号码,法定代表人证件号,法定代表人身份证号,负责人身份证号 | FDDBRZJH,FDDBRZJHM,FRZJH,FRZJHM,FRSFZH,FDDBRSFZH | | legalRepresentativeNumber
citizen-number | 配偶公民身份号码,配偶身份证号,配偶身份证号码 | POGMSFHM,POSFZH,POSFZHM | spouseNumber |
citizen-number | 父亲公民身份号码,父亲身份证号 | FQGMSFHM,FQSFZH | fatherNumber |
citizen-number | 母亲公民身份号码,母亲身份证号 | MQGMSFHM,MQSFZH | motherNumber |
uscc | 统一社会信用代码,社会信用代码,企业统一社会信用代码,统一代码,信用代码 | TYSHXYDM,TYDM,XYDM,SHXYDM,USCC | | uscc
uscc | 隶属企业统一社会信用代码,上级单位统一社会信用代码 | LSQYTYDM | | parentUscc
organisation-code | 组织机构代码,机构代码 | ZZJGDM,JGDM | | organisationCode
tax-number | 纳税人识别号 | NSRSBH | | taxNumber
registration-number | 注册号,工商注册号,营业执照号,营业执照注册号 | ZCH,GSZCH,YYZZH | | registrationNumber
person-name | 姓名,人员姓名 | XM,RYXM,AAC003 | name |
person-name | 配偶姓名 | POXM | spouseName |
person-name | 曾用名 | CYM | formerName |
person-name | 法定代表人,法定代表人姓名,法人代表,法人代表姓名,法人姓名,负责人 | FDDBR,FDDBRXM,FRXM,FRDB,FZR,FZRXM,AAB013 | | legalRepresentativeName
person-name | 联系人,承包人,经办人 | LXR,CBR,JBR | |
entity-name | 企业名称,单位名称,机构名称,纳税人名称,社会组织名称,名称,企业全称,单位全称,机构全称,公司名称,法人名称 | QYMC,DWMC,JGMC,NSRMC,ZZMC,QYQC,GSMC,AAB004 | employerName | name
entity-name | 曾用名称,原名称,企业曾用名 | CYMC,YQYMC | | formerName
entity-name | 工作单位,就业单位 | GZDW,FWCS | employerName |
entity-name | 举办单位,业务主管单位,主管部门,主管税务机关,登记管理机关,审计机关,办理机构,发文机关,报送单位 | JBDW,ZGDW,ZGBM,ZGSWJG,SJJG,BLJG,FWJG,BSDW | |
entity-name | 被审计单位,招标人,投标人,申请人 | BSJDW,ZBR,TBR,TBRMC,ZBRMC,SQRMC,SQR | |
sex | 性别 | XB,AAC004 | sex |
ethnicity | 民族,民族成分,民族成份 | MZ,AAC005 | ethnicity |
marital-status | 婚姻状况 | HYZK,AAC017 | maritalStatus |
chinese-date | 出生日期,出生年月日,出生年月 | CSRQ,AAC006 | birthDate |
chinese-date | 死亡日期 | SWRQ | deathDate |
chinese-date | 结婚登记日期 | JHDJRQ | marriageDate |
chinese-date | 最近申报日期,最后申报日期 | ZJSBRQ | | lastTaxFiling
chinese-date | 参保日期,首次参保日期 | CBRQ,AAC030 | insuredSince |
chinese-date | 成立日期,成立登记日期,设立日期,批准成立日期,成立时间,设立时间,开业日期 | CLRQ,SLDJRQ | | establishedDate
chinese-date | 税务登记日期,登记日期 | DJRQ | | taxRegisteredDate | tax-number
chinese-date | 登记日期 | DJRQ | | establishedDate
chinese-date | 核准日期,办证日期,发证日期 | HZRQ,BZRQ,FZRQ | | approvedDate
chinese-date | 注销日期 | ZXRQ | | deregisteredDate
chinese-date-end | 营业期限至,证书有效期至,有效期至,经营期限止 | YYQX,YYQXZ,JYQXZ,YXQZ | | expiryDate
chinese-date | 起始日期,开始日期 | QSRQ,KSRQ | |
chinese-date-end | 终止日期,截止日期,结束日期 | ZZRQ,JZRQ,JSRQ | |
region | 户籍地区划,户口所在地,户籍所在地 | HKSZD,HJD,HJDXZQH | householdRegion |
region | 行政区划,行政区划代码,区划代码,区划编码,地区编码,居住地区划 | XZQH,XZQHDM,QHDM,QHBM,AAB301,ADDVCD | residenceRegion | region
region | 地区,市州,区县 | DQ,SZ,QX | residenceRegion | region
region | 登记机关 | DJJG | | region
address | 户口地址,户籍地址 | HKDZ,HJDZ | householdAddress |
address | 居住地址,现住址,地址,住址,联系地址 | JZDZ,XZZ,DZ,ZZ,AAE006 | residenceAddress | address
address | 住所,生产经营地址,注册地址,经营地址,经营场所 | ZS,SCJYDZ,ZCDZ,JYDZ | | address
address | 发生地点,地点 | FSDD,DD | |
phone | 联系电话,电话,手机号码,手机号,联系方式,手机 | LXDH,DH,SJH,SJHM,AAE005 | phone |
row-key | 个人编号,社会保障号 | AAC001 | socialSecurityNumber |
insurance-status | 参保状态,个人缴费状态 | CBZT,AAC031 | insuranceStatus |
amount | 缴费基数 | JFJS,AAC040 | contributionBase |
entity-class | 企业类型,机构类型,市场主体类型,社会组织类型,机构类别 | QYLX,JGLX,ZTLX,SCZTLX,ZZLX | | entityClass
entity-status | 登记状态,企业状态,经营状态,状态 | DJZT,QYZT,ZT | | status
tax-status | 纳税人状态,纳税状态 | NSRZT | | taxStatus
industry | 行业代码,行业 | HYDM,HY | | industry
text | 经营范围,业务范围 | JYFW,YWFW | | scope
integer | 参保人数 | CBRS | | insuredPersons
integer | 从业人数,职工人数,编制数 | CYRS,ZGRS,BZS | | headcount
amount | 年营业收入,营业收入 | YYSR | | annualRevenue
amount | 注册资本,注册资金,开办资金 | ZCZB,ZCZJ,KBZJ | | registeredCapital
period | 时期,报表期,统计期,税款所属期,所属期,报告期,统计月份 | SQ,BBQ,TJQ,SKSSQ,SSQ,BGQ,TJYF | |
year | 年份,年度,审计年度,年检年度 | NF,ND,SJND,NJND | |
month | 月份 | YF | |
indicator | 指标,指标名称,科目 | ZB,ZBMC,KM | |
date-time | 更新时间,修改时间,经办时间,入库时间 | GXSJ,XGSJ,RKSJ,AAE036,MODITIME | |
date-time | 发布时间,报告时间,发生时间,截止时间,观测时间 | FBSJ,BGSJ,FSSJ,JZSJ,TM | |
longitude | 经度 | JD,LGTD,LNG,LON | |
latitude | 纬度 | WD,LTTD,LAT | |
geometry | 位置,范围,空间图形 | GEOM,SHAPE,THE_GEOM | |
row-key | 编号,序号,记录编号,标识 | XH,BH,ID,RYBH,IDENTIFIER | |
value | 入库税额 | RKSE | |
value | 累计税额,本年累计税额 | LJSE | |
value | 退库税额 | TSSE | |
value | 各项存款余额,存款余额 | CKYE | |
value | 各项贷款余额,贷款余额 | DKYE | |
value | 播种面积 | BZMJ | |
value | 产量 | CL | |
value | 存栏,年末存栏 | CLS | |
value | 进出口总额 | JCKBY,JCKLJ,JCKZE | |
value | 出口总额 | CKBY,CKLJ,CKZE | |
value | 进口总额 | JKBY,JKLJ,JKZE | |
value | 累计值,数值,本月数,本年累计数 | LJZ,SZ,BYS,LJS | |
value | 同比增长 | TB,TBZZ | |
`;

const list = (cell: string): readonly string[] => (cell === '' ? [] : cell.split(','));
const orNull = (cell: string | undefined): string | null => (cell === undefined || cell === '' ? null : cell);

export const TERMS: readonly Term[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [kind = '', names = '', codes = '', population, legalEntity, beside] = line
      .split('|')
      .map((cell) => cell.trim());
    return {
      ...{ kind, names: list(names), codes: list(codes) },
      ...{ population: orNull(population), legalEntity: orNull(legalEntity), beside: orNull(beside) },
    };
  });

/** Last characters of Chinese names and of initials: less than a term, but most tables keep to them. */
const ENDINGS: readonly (readonly [kind: string, zh: RegExp, code: RegExp])[] = [
  ['person-name', /姓名$/, /XM$/],
  ['uscc', /统一社会信用代码$/, /(TYSHXYDM|XYDM)$/],
  ['citizen-number', /(身份证号码?|证件号码?)$/, /(SFZH|ZJH)M?$/],
  ['name', /(名称|题名|标题)$/, /(MC|BT|NM)$/],
  ['chinese-date', /(日期|期限)$/, /(RQ|QX)$/],
  ['date-time', /时间$/, /SJ$/],
  ['address', /(地址|住所|住址)$/, /DZ$/],
  ['amount', /(金额|税额|余额|价|报价|资金|资本)$/, /(JE|SE|YE|BJ)$/],
  ['percent', /(率|占比|比例|比重|增长|增速)$/, /(BL|ZB)$/],
  ['number', /(数量|面积|高程|水位|流量|降水量|产量)$/, /(SL|MJ)$/],
  ['integer', /(人数|户数|数)$/, /RS$/],
  ['row-key', /(编号|序号|证号|单号|档号|标识符?)$/, /(BH|XH|DH)$/],
  ['code', /(状态|类型|类别|种类|级别|方式|标志|结果|大类|小类)$/, /(ZT|LX|FS|JB)$/],
  ['code', /(代码|编码)$/, /(DM|BM|CD)$/],
];

/** Money in databases is in yuan unless a name says otherwise; table heads say their units in brackets. */
const UNIT_SUFFIXES: Readonly<Record<string, string>> = {
  ...{
    WY: '万元',
    YY: '亿元',
    QY: '千元',
    Y: '元',
    USD: '美元',
    M: '亩',
    WM: '万亩',
    GQ: '公顷',
    PFM: '平方米',
    D: '吨',
    WD: '万吨',
  },
};
const UNIT_IN_WORDS = /[((](?:单位[::])?\s*([^()()]{1,6})[))]\s*$/u;

export interface NameReading {
  readonly kind: string;
  /** term: the whole name is known; part: it ends in a known name; ending: only its last characters say something. */
  readonly strength: 'term' | 'part' | 'ending';
  readonly term: Term | null;
  readonly words: string;
}

/** What the column is called: its Chinese words without the unit, its code without the unit, and the unit. */
export interface ColumnWords {
  readonly chinese: string | null;
  readonly code: string | null;
  readonly unit: string | null;
}

const HAN = /\p{Script=Han}/u;

export function wordsOf(column: string, comment: string | undefined): ColumnWords {
  const said = [comment, column].find((text) => text !== undefined && HAN.test(text));
  const chinese = said === undefined ? null : foldWidth(said).trim();
  const bracket = chinese === null ? null : UNIT_IN_WORDS.exec(chinese);
  if (HAN.test(column))
    return {
      chinese: bracket === null ? chinese : (chinese as string).slice(0, bracket.index),
      ...{ code: null, unit: bracket?.[1] ?? null },
    };
  const code = column.toUpperCase();
  const suffix = /^(.+)_([A-Z]{1,3})$/.exec(code);
  const unit = suffix === null ? undefined : UNIT_SUFFIXES[suffix[2] ?? ''];
  return {
    chinese: chinese === null || bracket === null ? chinese : chinese.slice(0, bracket.index),
    code: suffix !== null && unit !== undefined ? (suffix[1] as string) : code,
    unit: bracket?.[1] ?? unit ?? null,
  };
}

/** Everything that the name says, best first. `kinds` are those found in the stream so far, for terms that need company. */
export function readName({ chinese, code }: ColumnWords, kinds: ReadonlySet<string>): readonly NameReading[] {
  const found: NameReading[] = [];
  const terms = TERMS.filter(({ beside }) => beside === null || kinds.has(beside));
  for (const term of terms) {
    if (chinese !== null && term.names.includes(chinese)) found.push(reading(term, 'term', chinese));
    else if (code !== null && term.codes.includes(code)) found.push(reading(term, 'term', code));
  }
  for (const term of terms) {
    const name = chinese === null ? undefined : term.names.find((one) => one.length > 1 && chinese.endsWith(one));
    if (name !== undefined && name !== chinese) found.push(reading(term, 'part', name));
  }
  for (const [kind, zh, letters] of ENDINGS) {
    const words = (chinese !== null ? zh.exec(chinese) : code !== null ? letters.exec(code) : null)?.[0];
    if (words !== undefined) found.push({ kind, strength: 'ending', term: null, words });
  }
  return found;
}

const reading = (term: Term, strength: NameReading['strength'], words: string): NameReading => ({
  ...{ kind: term.kind, strength, term, words },
});
