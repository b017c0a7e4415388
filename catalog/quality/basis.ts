import type { Text } from '../texts.ts';

/* What rules rest on, in Chinese. Numbers of standards and documents are the same in both languages. */

const TABLE = `
plausibility | 常理
permanent residence card 2023, residence permits | 外国人永久居留身份证(2023)、港澳台居民居住证
duplicate numbers (重号) | 重号
cross-field | 字段间核对
GB/T 2261.2, Civil Code art. 1047 | GB/T 2261.2、民法典第1047条
cross-record | 记录间核对
profiling | 数据分布
cross-source | 来源间核对
gazetteer | 地名核对
人社, 民政 | 人社、民政
numbering plan | 号码规则
linkage | 归并
directory | 资源目录承诺
GB 32100 table | GB 32100 代码表
cross-scheme | 号码种类间核对
tax rules | 税务登记规则
generic identifiers | 通用或无效号码
uniqueness | 唯一性
naming rules | 名称规则
Civil Code art. 18 | 民法典第18条
timeliness | 及时性
税务, 人社 | 税务、人社
registry law | 登记管理规定
units (万元) | 计量单位(万元)
人社, 统计 | 人社、统计
referential | 引用核对
arithmetic | 算术
extent of the province | 全省范围
OGC axis order | OGC 坐标轴次序
shifted coordinates | 偏移坐标
Gauss-Krueger zones | 高斯-克吕格分带
accuracy | 精度
unit trap | 计量单位
topology | 拓扑关系
cadastral codes | 宗地代码
cross-database | 跨库核对
mining rights | 矿业权
hydrology | 水文
grassland contracts | 草原承包
relief of the province | 全省地形
time | 时间
protected areas | 自然保护地
names of places | 地名
duplicates | 重复
closed list of classes | 要素类别清单
hub | 平台规则
yearbook signs | 年鉴符号
accounting | 核算关系
国家统计局 release practice | 国家统计局发布惯例
国家统计局 notes | 国家统计局说明
unified accounting | 统一核算
median and MAD | 中位数与绝对中位差
calendar | 历法
vintages | 数据版本
release calendar | 发布日程
confidentiality | 保密
cross-base reference; Civil Code art. 61 | 跨库引用；民法典第61条
cross-base reference | 跨库引用
statistical yearbook; definitions differ: 户籍 and 常住 | 统计年鉴；户籍与常住口径不同
statistics register of units | 统计基本单位名录
GB/T 2260 with its history | GB/T 2260 及其沿革
protection of personal information | 个人信息保护
timeliness of correction | 更正及时性
conservation | 收支平衡
`;

const ZH: ReadonlyMap<string, string> = new Map(
  TABLE.trim()
    .split('\n')
    .map((line) => line.split(' | ') as [string, string]),
);

export const basisText = (basis: string): Text => ({ zh: ZH.get(basis) ?? basis, en: basis });
