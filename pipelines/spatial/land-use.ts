/* GB/T 21010, edition of 2017: classes of land use, two digits for the group and two for the class. Not checked against the text. */

export const LAND_USE_EDITION = '2017';

const TABLE = `
01 耕地|01 水田|02 水浇地|03 旱地
02 园地|01 果园|02 茶园|03 橡胶园|04 其他园地
03 林地|01 乔木林地|02 竹林地|03 红树林地|04 森林沼泽|05 灌木林地|06 灌丛沼泽|07 其他林地
04 草地|01 天然牧草地|02 沼泽草地|03 人工牧草地|04 其他草地
05 商服用地|01 零售商业用地|02 批发市场用地|03 餐饮用地|04 旅馆用地|05 商务金融用地|06 娱乐用地|07 其他商服用地
06 工矿仓储用地|01 工业用地|02 采矿用地|03 盐田|04 仓储用地
07 住宅用地|01 城镇住宅用地|02 农村宅基地
08 公共管理与公共服务用地|01 机关团体用地|02 新闻出版用地|03 教育用地|04 科研用地|05 医疗卫生用地|06 社会福利用地|07 文化设施用地|08 体育用地|09 公用设施用地|10 公园与绿地
09 特殊用地|01 军事设施用地|02 使领馆用地|03 监教场所用地|04 宗教用地|05 殡葬用地|06 风景名胜设施用地
10 交通运输用地|01 铁路用地|02 轨道交通用地|03 公路用地|04 城镇村道路用地|05 交通服务场站用地|06 农村道路|07 机场用地|08 港口码头用地|09 管道运输用地
11 水域及水利设施用地|01 河流水面|02 湖泊水面|03 水库水面|04 坑塘水面|05 沿海滩涂|06 内陆滩涂|07 沟渠|08 沼泽地|09 水工建筑用地|10 冰川及永久积雪
12 其他土地|01 空闲地|02 设施农用地|03 田坎|04 盐碱地|05 沙地|06 裸土地|07 裸岩石砾地`;

/** Names by code; groups have two digits, classes four. */
export const LAND_USE: ReadonlyMap<string, string> = new Map(
  TABLE.trim()
    .split('\n')
    .flatMap((line) => {
      const entries = line.split('|').map((entry) => entry.split(' ') as [code: string, name: string]);
      const group = entries[0]?.[0] ?? '';
      return entries.map(([code, name], i): [string, string] => [i === 0 ? group : `${group}${code}`, name]);
    }),
);

/** Groups and classes on which something is built or dug. */
const BUILT_GROUPS = ['05', '06', '07', '08', '09'];
const BUILT_CLASSES = ['1001', '1002', '1003', '1004', '1005', '1007', '1008', '1009', '1109'];

export const CONSTRUCTION: readonly string[] = [...LAND_USE.keys()].filter(
  (code) => BUILT_GROUPS.includes(code.slice(0, 2)) || BUILT_CLASSES.includes(code),
);

/** Land whose use the hub may not hold. */
export const FORBIDDEN_LAND_USE = '0901';
