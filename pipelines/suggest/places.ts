import { FEATURE_CLASSES } from '../spatial/attributes.ts';
import type { SuggestedEntry } from './columns.ts';

/** Stands where only a person knows the value; `hub apply` takes no file that still has it. */
export const PLACEHOLDER = 'to-be-replaced';

/** Words in the name or title of a stream that say what its places are. */
const WORDS: Readonly<Record<string, RegExp>> = {
  'administrative-unit': /行政区|区划|administrative/i,
  'monitoring-station': /监测站|monitoring/i,
  'hydrology-station': /水文|测站|hydrolog/i,
  'protected-area': /保护区|reserve|protected/i,
  'water-body': /湖泊|水库|水体|lake|reservoir|water-?(?:s|bod)/i,
  'grassland-contract': /草场|草原|grassland/i,
  'cadastral-parcel': /宗地|不动产|parcel|cadast/i,
  'land-use-patch': /图斑|土地利用|地类|patch|land-?use/i,
  address: /地址|地名|门牌|address/i,
  'mining-right': /矿|mining|mines?\b/i,
};

/** What the places of a stream are, by what the stream is called; where that says nothing, or several things, a person must. */
export function placesNamed(names: string): SuggestedEntry {
  const [only, ...more] = Object.keys(FEATURE_CLASSES).filter((name) => WORDS[name]?.test(names) === true);
  const known = only !== undefined && more.length === 0;
  const list = Object.keys(FEATURE_CLASSES).join(', ');
  return {
    ...{ from: [], as: `constant(${known ? only : PLACEHOLDER})`, confidence: 0.7 },
    evidence: known ? `the name of the stream says so; one of ${list}` : `what the places are, one of ${list}`,
  };
}
