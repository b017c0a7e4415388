import { KEY_SEPARATOR, type RawRecord } from '../../schemas/stream.ts';

/** What people write under a table. */
const FOOT_WORDS =
  /^[（(\s]*(注|备注|附注|说明|填报说明|数据来源|资料来源|来源|合计|总计|小计|单位|制表|填表|审核|打印|note|source|total)/i;
const FEWEST_COLUMNS = 3;

/**
 * Rows at the end of a file that look as if they stood under the table and not in it: all but one cell empty, or a
 * first cell such as 注：, 数据来源 or 合计. They are read as they stand; a person is told.
 */
export class FootRows {
  #rows: RawRecord[] = [];

  see(records: readonly RawRecord[]): void {
    let at = records.length;
    while (at > 0 && isFoot(records[at - 1] as RawRecord)) at -= 1;
    if (at > 0) this.#rows = [];
    this.#rows.push(...records.slice(at));
    if (this.#rows.length > MOST) this.#rows = [];
  }

  /** null when there are none. */
  said(file: string): string | null {
    const [first] = this.#rows;
    if (first === undefined) return null;
    const texts = this.#rows.slice(0, 3).map(({ key }) => key.replaceAll(KEY_SEPARATOR, ' / ').slice(0, 30));
    return `${file}: the last ${this.#rows.length === 1 ? 'row looks' : `${this.#rows.length} rows look`} like a note or a sum under the table, not like a record (${texts.join(' | ')}); it is read as one. If it is none, have it left out, or on a sheet end the table by stopAt`;
  }
}

/** More is no foot but a table that is nearly empty. */
const MOST = 20;

function isFoot({ value }: RawRecord): boolean {
  if (value === null) return false;
  let columns = 0;
  let filled = 0;
  let first: unknown = null;
  for (const name in value) {
    columns += 1;
    const cell = value[name];
    if (cell === null || cell === undefined) continue;
    filled += 1;
    first ??= cell;
  }
  if (columns < FEWEST_COLUMNS || filled === 0) return false;
  return filled === 1 || (typeof first === 'string' && FOOT_WORDS.test(first));
}
