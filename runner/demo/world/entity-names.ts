import type { County } from './counties.ts';
import { below, happens, pick } from './hash.ts';

/** First two characters of a credit code: registering department and class (GB 32100-2015). */
export type EntityClass = '91' | '92' | '93' | '11' | '12' | '51' | '52' | '53' | 'N2';

export interface Trade {
  readonly word: string;
  /** GB/T 4754-2017, four digits. */
  readonly industry: string;
  readonly scope: string;
}

const trades = (table: string): readonly Trade[] =>
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [word, industry, scope] = line.split('|') as [string, string, string];
      return { word, industry, scope };
    });

const COMPANY = trades(`
商贸|5191|百货、五金交电、建材、日用品批发零售
建筑工程|4710|房屋建筑工程施工;市政公用工程施工
装饰工程|5010|室内外装饰装修工程设计、施工
牧业|0311|牦牛养殖、销售;饲草料种植
农牧科技|0314|藏羊繁育、养殖;农牧业技术服务
清真食品|1353|牛羊肉分割、加工、冷藏、销售
乳业|1440|牦牛乳制品生产、销售
枸杞生物科技|1469|枸杞种植、收购、加工、销售
藏毯|2437|藏毯、工艺地毯加工、销售
新能源|4416|太阳能光伏发电项目开发、建设、运营
风力发电|4415|风力发电项目开发、建设、运营
水电开发|4413|水力发电;水电站运行维护
盐化|2619|钾盐、镁盐产品生产、销售
锂业|2613|碳酸锂生产、销售
藏药|2740|中药饮片、藏药生产、销售
物流|5430|道路普通货物运输;仓储服务
旅游|7291|旅行社业务;旅游景区管理
酒店管理|6110|住宿服务;餐饮服务;会议服务
信息技术|6513|软件开发;信息系统集成服务
房地产开发|7010|房地产开发经营;房屋租赁
矿业|0810|铁矿、有色金属矿勘探、开采、销售
虫草|5159|冬虫夏草收购、批发、零售
文化传媒|9059|文化艺术交流活动策划;广告设计、制作、发布
咨询服务|7244|企业管理咨询;商务信息咨询`);
const SHOP = trades(`
便利店|5213|预包装食品、日用百货零售
牛肉拉面馆|6210|餐饮服务
手抓羊肉馆|6210|餐饮服务
五金店|5291|五金、电料零售
服装店|5232|服装、鞋帽零售
藏饰店|5246|民族工艺品零售
牛羊肉店|5225|鲜牛羊肉零售
汽车修理部|8111|机动车维修
理发店|8040|理发及美容服务
宾馆|6110|住宿服务
虫草行|5251|冬虫夏草、藏药材零售
青稞酒坊|1512|青稞酒酿造、零售`);
const COOPERATIVE = trades(`
牦牛养殖|0311|组织成员开展牦牛养殖、销售
藏羊养殖|0314|组织成员开展藏羊养殖、销售
枸杞种植|0154|组织成员开展枸杞种植、收购、销售
油菜种植|0122|组织成员开展油菜种植、销售
马铃薯种植|0123|组织成员开展马铃薯种植、销售
大棚蔬菜|0141|组织成员开展蔬菜种植、销售
生态畜牧业|0319|组织成员开展草场经营、牲畜养殖
刺绣加工|2431|组织成员开展民族刺绣制品加工、销售`);
const PUBLIC: Readonly<Record<string, readonly Trade[]>> = {
  '11': '教育局 民政局 财政局 公安局 司法局 水利局 统计局 审计局 农牧和科技局 卫生健康局 市场监督管理局 自然资源局 交通运输局 文体旅游广电局 应急管理局 医疗保障局 信访局 林业和草原局'
    .split(' ')
    .map((word) => ({ word, industry: '9224', scope: '依法履行行政管理职能' })),
  '12': trades(`
中心小学|8321|小学义务教育
初级中学|8331|初中义务教育
中心卫生院|8423|基本医疗与公共卫生服务
人民医院|8411|医疗、预防、保健服务
农牧业技术推广站|7511|农牧业技术推广
文化馆|8870|群众文化活动组织
图书馆|8831|文献收藏与借阅
草原工作站|7511|草原监测与保护
疾病预防控制中心|8431|疾病预防与控制
不动产登记中心|7090|不动产登记服务`),
  '51': trades(`
商会|9522|行业自律与服务
牦牛产业协会|9522|行业自律与服务
书法家协会|9521|学术交流与培训
老年人体育协会|9521|群众体育活动
花儿艺术研究会|9521|学术研究与交流
个体劳动者协会|9522|会员服务`),
  '52': trades(`
幼儿园|8310|学前教育
职业培训学校|8391|职业技能培训
养老服务中心|8514|养老服务
社会工作服务中心|8522|社会工作服务
民办医院|8415|医疗服务`),
  '53': trades(`
教育发展基金会|9530|资助教育事业
生态保护基金会|9530|资助三江源生态保护
慈善基金会|9530|扶贫济困`),
  N2: trades(`
股份经济合作社|0519|集体资产经营管理`),
};

export function drawTrade(entityClass: EntityClass, seed: number, index: number): Trade {
  const list =
    entityClass === '91'
      ? COMPANY
      : entityClass === '92'
        ? SHOP
        : entityClass === '93'
          ? COOPERATIVE
          : PUBLIC[entityClass]!;
  return pick(list, seed, index, 61);
}

const FRONT = [...'昆江雪青源河湖云天金银宏兴华盛瑞康安泰和民德吉祥东西高雄圣鑫恒博'];
const BACK = [
  '仑',
  '源',
  '域',
  '泽',
  '峰',
  '原',
  '达',
  '丰',
  '盛',
  '通',
  '隆',
  '泰',
  '祥',
  '顺',
  '鑫',
  '瑞',
  '禾',
  '岭',
  '川',
  '海',
  '唐',
  '宇',
  '昌',
  '辉',
];
const VILLAGES = ['上庄', '下庄', '新庄', '前沟', '后沟', '东坡', '西坡', '河滩', '大寨', '牙合', '尕庄', '塔沟'];

/** 化隆回族自治县 is 化隆 in the name of a company; 西宁市 stands for its districts. */
function placeWord(county: County): string {
  if (county.name.endsWith('区')) return county.prefecture.slice(0, 2);
  return county.name.replace(/(回族土族|回族|土族|撒拉族|蒙古族)?(自治县|县|市)$/u, '');
}

export interface Naming {
  readonly entityClass: EntityClass;
  readonly county: County;
  readonly trade: Trade;
  /** Registered with the province, not with a county. */
  readonly provincial: boolean;
}

export function entityName({ entityClass, county, trade, provincial }: Naming, seed: number, index: number): string {
  const own = pick(FRONT, seed, index, 62) + pick(BACK, seed, index, 63);
  const place = placeWord(county);
  const town = pick(county.towns, seed, index, 64);
  switch (entityClass) {
    case '91': {
      const form = happens(seed, index, 65, 60_000)
        ? '股份有限公司'
        : happens(seed, index, 66, 90_000)
          ? '有限责任公司'
          : '有限公司';
      return `${provincial ? '青海' : `青海${place}`}${own}${trade.word}${form}`;
    }
    case '92':
      return `${county.name}${own}${trade.word}`;
    case '93':
      return `${county.name}${own}${trade.word}专业合作社`;
    case '11':
      return provincial
        ? `青海省${trade.word.replace(/局$/u, '厅')}${below(seed, index, 67, 90) + 1}处`
        : `${county.name}${trade.word}`;
    case '12':
      return /中心(小学|卫生院)|初级中学/u.test(trade.word)
        ? `${county.name}${town}${trade.word}`
        : `${county.name}${trade.word}`;
    case 'N2':
      return `${county.name}${town}${pick(VILLAGES, seed, index, 68)}村${trade.word}`;
    case '52':
      return `${county.name}${own}${trade.word}`;
    case '53':
      return `青海省${own}${trade.word}`;
    case '51':
      return provincial ? `青海省${own}${trade.word}` : `${county.name}${trade.word}`;
  }
}

/** The same name as another office wrote it: brackets, 省, a dropped 责任; never the same string. */
export function renamed(name: string): string {
  if (name.startsWith('青海省')) return name.replace('青海省', '青海');
  if (name.includes('有限责任公司')) return name.replace('有限责任公司', '有限公司');
  if (name.startsWith('青海')) return name.replace('青海', '青海省');
  return `青海省${name}`;
}
