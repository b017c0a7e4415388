import { type Entity, entityAt } from '../../../runner/demo/world/entity.ts';
import { entityName } from '../../../runner/demo/world/entity-names.ts';
import { below, happens, pick } from '../../../runner/demo/world/hash.ts';
import type { WorldOptions } from '../../../runner/demo/world/person.ts';

/** What makes a body hard to tell from another one, or to know again. */
type Relation = 'same-name' | 'branch' | 'affiliate' | 'shop-to-company';

/** Of a million pairs of neighbours in the world whose classes fit. */
const RELATIONS: Readonly<Record<Relation, { readonly classes: readonly [string, string]; readonly rate: number }>> = {
  'same-name': { classes: ['92', '92'], rate: 80_000 },
  branch: { classes: ['91', '91'], rate: 60_000 },
  affiliate: { classes: ['91', '91'], rate: 60_000 },
  'shop-to-company': { classes: ['92', '91'], rate: 60_000 },
};
/** Of a million companies these have had another name; the rest of the register of enterprises never says which. */
const RENAMED = 80_000;
const FORMER_KEPT = 600_000;
/** Of a million affiliates, which have the same head under the same roof, these were founded on the same day. */
const FOUNDED_TOGETHER = 100_000;

export interface BenchBody extends Entity {
  readonly relation: Relation | null;
  /** Another name that it had. */
  readonly formerName: string | null;
  /** The register says so. */
  readonly formerKept: boolean;
}

function relationOf({ seed }: WorldOptions, first: Entity, second: Entity): Relation | null {
  let draw = below(seed, first.index, 95_001, 1_000_000);
  for (const [relation, { classes, rate }] of Object.entries(RELATIONS) as [Relation, (typeof RELATIONS)[Relation]][]) {
    if (classes[0] !== first.entityClass || classes[1] !== second.entityClass) continue;
    draw -= rate;
    if (draw < 0) return relation;
  }
  return null;
}

const LINES = ['商贸', '实业', '科技', '投资', '贸易', '工程', '生态农牧', '文化旅游', '能源', '供应链管理'];

/** A new trade name, or a new line of business under the old one, or another seat. */
function otherName({ seed }: WorldOptions, body: Entity): string {
  const { index, name, entityClass, county } = body;
  const draw = below(seed, index, 95_003, 100);
  const form = /(?:股份|责任)?有限公司|(?:有限责任公司)$/u.exec(name)?.[0] ?? '';
  if (draw < 40) {
    const trade = { word: pick(LINES, seed, index, 95_004), industry: body.industry, scope: body.scope };
    return entityName({ entityClass, county, trade, provincial: body.regionCode === '630000' }, seed ^ 0x2f6b, index);
  }
  const stem = name.slice(0, name.length - form.length);
  if (draw < 75) return `${stem.slice(0, Math.max(4, stem.length - 2))}${pick(LINES, seed, index, 95_005)}${form}`;
  return `青海省${stem.replace(/^青海省?/u, '')}${form === '有限公司' ? '股份有限公司' : '有限公司'}`;
}

/** Body `index`: of the world, or related to the one before. Pure. */
export function benchBodyAt(world: WorldOptions, index: number): BenchBody {
  const { seed } = world;
  const entity = entityAt(world, index);
  const isFirst = index % 2 === 0;
  const first = isFirst ? entity : entityAt(world, index - 1);
  const second = isFirst ? entityAt(world, index + 1) : entity;
  const relation = relationOf(world, first, second);
  const renamed = entity.entityClass === '91' && relation === null && happens(seed, index, 95_002, RENAMED);
  const formerName = renamed ? otherName(world, entity) : null;
  const own: BenchBody = { ...entity, relation, formerName, formerKept: happens(seed, index, 95_006, FORMER_KEPT) };
  if (relation === null || isFirst) return own;
  const { county, regionCode, representative, address } = first;
  if (relation === 'same-name') return { ...own, name: first.name, county, regionCode };
  if (relation === 'branch') {
    const place = own.county.name.replace(/(?:自治)?[县市区]$/u, '');
    const head = happens(seed, index, 95_007, 500_000) ? representative : own.representative;
    return { ...own, name: `${first.name}${place}分公司`, representative: head };
  }
  if (relation === 'affiliate') {
    const established = happens(seed, index, 95_008, FOUNDED_TOGETHER) ? first.established : own.established;
    return { ...own, county, regionCode, representative, address, established };
  }
  return { ...own, county, regionCode, representative, address, name: `${first.name}有限公司` };
}
