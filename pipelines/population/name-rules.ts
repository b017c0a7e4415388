const HANZI_NAME = /^[\u4e00-\u9fff·]{2,50}$/;
const PLACEHOLDERS = new Set([
  '无名',
  '无名氏',
  '无名字',
  '未取名',
  '未命名',
  '未知',
  '不详',
  '不明',
  '待定',
  '待查',
  '空',
  '无',
  '测试',
  '测试用户',
  '某某',
  '姓名',
]);
/** Names of people that examples are made with: suspect only in bulk. */
export const EXAMPLE_NAMES = ['张三', '李四', '王五', '赵六'] as const;
const PLACEHOLDER_SHAPE = /^(测试|未命名|无名)[\d一二三四五六七八九十]*$/;
/** 王某, 李某某, 某男, 马国强之子, 新生儿2: said of somebody whose name is not told. */
const UNTOLD =
  /^(?:.{0,2}某[某甲乙丙男女]?|.{1,6}之[子女妻母父夫长次双].{0,2}|(?:新生|弃|男|女)婴?儿?[\d一二三]*|[?？□〓*○xX×]+)$/u;

/** A value that fills the name column without naming anybody; it neither agrees nor disagrees with another name. */
export const isPlaceholderName = (name: string): boolean =>
  PLACEHOLDERS.has(name) || PLACEHOLDER_SHAPE.test(name) || UNTOLD.test(name);

/** Rule P19: a character whose meaning only the source's own font knew, or that Unicode does not have. */
export const hasUnassigned = (name: string): boolean => !HANZI_NAME.test(name) && /[\p{Co}\p{Cn}]/u.test(name);

/** Rule P17. Latin letters are allowed on permanent residence cards (numbers that begin with 9) alone. */
export function nameProblem(name: string, citizenNumber: unknown): string | null {
  if (HANZI_NAME.test(name)) return null;
  const length = [...name].length;
  if (length < 2 || length > 50) return `name has ${length} characters, allowed are 2 to 50`;
  if (/[\p{Cc}\ufffd]/u.test(name)) return 'name has a control or replacement character';
  if (/\p{Nd}/u.test(name)) return 'name has digits';
  const foreigner = typeof citizenNumber === 'string' && citizenNumber.startsWith('9');
  return /\p{Script=Latin}/u.test(name) && !foreigner ? 'name has Latin letters' : null;
}
