import type { Attributes, Rule } from '../pipeline.ts';
import { decidedElsewhere } from '../rules.ts';
import { FEATURE_CLASSES } from './attributes.ts';

const text = (attributes: Attributes, name: string): string => String(attributes[name] ?? '');
const number = (attributes: Attributes, name: string): number | null => {
  const value = attributes[name];
  return value === null || value === undefined || value === '' ? null : Number(value);
};
const HECTARE = 10_000;

/** §5.3 of the catalogue, S01 to S28. What the geometry itself tells is reported by the conversions that read it. */
export const spatialRules: readonly Rule[] = [
  decidedElsewhere(
    'conversion',
    'S01',
    'geometry',
    'F',
    'the coordinate system is declared and can be turned into CGCS2000',
    'CGCS2000',
  ),
  decidedElsewhere(
    'conversion',
    'S02',
    'geometry',
    'E',
    'the geometry lies in the province, half a degree around it allowed',
    'extent of the province',
  ),
  decidedElsewhere('conversion', 'S03', 'geometry', 'E', 'longitude stands before latitude', 'OGC axis order'),
  decidedElsewhere(
    'batch',
    'S04',
    'geometry',
    'W',
    'no systematic offset of some hundred metres against reference points',
    'shifted coordinates',
  ),
  decidedElsewhere(
    'conversion',
    'S05',
    'geometry',
    'E',
    'the easting agrees with the declared zone',
    'Gauss-Krueger zones',
  ),
  decidedElsewhere(
    'conversion',
    'S06',
    'geometry',
    'E',
    'rings are closed, turned the right way and do not cross themselves',
    'OGC 06-103r4',
  ),
  decidedElsewhere(
    'conversion',
    'S07',
    'geometry',
    'E',
    'the geometry is not empty, not broken and not too large',
    'OGC 06-103r4',
  ),
  decidedElsewhere('batch', 'S08', 'geometry', 'I', 'no more decimals than the accuracy that is stated', 'accuracy'),
  {
    ...{ id: 'S09', version: 1, attribute: 'area', severity: 'W', basis: 'cross-field' },
    title: 'declared and computed area differ by no more than 5 percent, or a hectare',
    needs: ['geometry', 'area'],
    check(attributes) {
      const [said, computed] = [number(attributes, 'area'), number(attributes, 'computedArea')];
      if (said === null || computed === null) return null;
      const apart = Math.abs(said - computed);
      return apart <= HECTARE || apart <= 0.05 * computed
        ? null
        : `${(said / HECTARE).toFixed(2)} ha declared, ${(computed / HECTARE).toFixed(2)} ha computed`;
    },
  },
  {
    ...{ id: 'S10', version: 1, attribute: 'area', severity: 'E', basis: 'unit trap' },
    title: 'declared and computed area do not differ by the factor between mu and hectare',
    needs: ['geometry'],
    check(attributes) {
      const [said, computed] = [number(attributes, 'area'), number(attributes, 'computedArea')];
      if (said === null || computed === null || said <= 0 || computed <= 0) return null;
      const factor = [15, 1 / 15].find((one) => Math.abs(said / computed / one - 1) < 0.02);
      return factor === undefined ? null : 'off by 15: mu were taken for hectares, or the other way round';
    },
  },
  decidedElsewhere('batch', 'S11', 'geometry', 'E', 'administrative units of one level do not overlap', 'topology'),
  decidedElsewhere('batch', 'S12', 'geometry', 'W', 'administrative units leave no gaps in their parent', 'topology'),
  decidedElsewhere('linkage', 'S13', 'region', 'W', 'the feature lies in the region that it names', 'topology'),
  decidedElsewhere(
    'conversion',
    'S14',
    'region',
    'E',
    'the region code was allocated; old codes become those of today',
    'GB/T 2260',
  ),
  decidedElsewhere(
    'linkage',
    'S15',
    'geometry',
    'W',
    'the point lies in the county that the address names',
    'gazetteer',
  ),
  {
    ...{ id: 'S16', version: 1, attribute: 'code', severity: 'E', basis: 'cadastral codes' },
    title: 'the code of a parcel has 19 or 28 characters and begins with a county of the province',
    check(attributes) {
      if (text(attributes, 'featureClass') !== 'cadastral-parcel') return null;
      const code = text(attributes, 'code');
      return /^63\d{4}/.test(code) && (code.length === 19 || code.length === 28) ? null : `${code.length} characters`;
    },
  },
  decidedElsewhere(
    'linkage',
    'S17',
    'holderNumber',
    'W',
    'the holder is known to the population or the legal entity base',
    'cross-database',
  ),
  decidedElsewhere(
    'batch',
    'S18',
    'kind',
    'E',
    'land use classes are those of the standard and add up to the parcel',
    'GB/T 21010',
  ),
  {
    ...{ id: 'S19', version: 1, attribute: 'area', severity: 'E', basis: 'mining rights' },
    title: 'a mining right has an area above zero and a term',
    check(attributes) {
      if (text(attributes, 'featureClass') !== 'mining-right') return null;
      if ((number(attributes, 'area') ?? 0) <= 0) return 'no area';
      return text(attributes, 'validTo') === '' ? 'no end of its term' : null;
    },
  },
  decidedElsewhere('linkage', 'S20', 'code', 'W', 'the code of a station is borne by one station only', 'hydrology'),
  {
    ...{ id: 'S21', version: 1, attribute: 'holderName', severity: 'W', basis: 'grassland contracts' },
    title: 'a grassland contract names its holder and its term',
    check(attributes) {
      if (text(attributes, 'featureClass') !== 'grassland-contract') return null;
      if (text(attributes, 'holderName') === '') return 'no holder';
      return text(attributes, 'validFrom') === '' || text(attributes, 'validTo') === '' ? 'no term' : null;
    },
  },
  {
    ...{ id: 'S22', version: 1, attribute: 'elevation', severity: 'W', basis: 'relief of the province' },
    title: 'elevations in the province lie between 1,600 and 6,900 metres',
    check(attributes) {
      const elevation = number(attributes, 'elevation');
      return elevation === null || (elevation >= 1_600 && elevation <= 6_900) ? null : `${elevation} m`;
    },
  },
  {
    ...{ id: 'S23', version: 1, attribute: 'validTo', severity: 'E', basis: 'time' },
    title: 'the end of validity is not before its beginning',
    needs: ['validFrom', 'validTo'],
    check(attributes) {
      const [from, to] = [text(attributes, 'validFrom'), text(attributes, 'validTo')];
      return from === '' || to === '' || from <= to ? null : `${from} to ${to}`;
    },
  },
  decidedElsewhere(
    'linkage',
    'S24',
    'geometry',
    'W',
    'no construction land inside the core of a protected area',
    'protected areas',
  ),
  {
    ...{ id: 'S25', version: 1, attribute: 'name', severity: 'I', basis: 'names of places' },
    title: 'a feature that is named has a Chinese name',
    check(attributes) {
      const name = text(attributes, 'name');
      return name === '' || /\p{Script=Han}/u.test(name) ? null : 'no Chinese character in it';
    },
  },
  decidedElsewhere(
    'batch',
    'S26',
    'geometry',
    'W',
    'the accuracy of positions is stated and no finer than the scale allows',
    'accuracy',
  ),
  decidedElsewhere(
    'linkage',
    'S27',
    'name',
    'W',
    'no two features of a class and name within a hundred metres',
    'duplicates',
  ),
  {
    ...{ id: 'S28', version: 1, attribute: 'featureClass', severity: 'F', basis: 'closed list of classes' },
    title: 'the class is one of those that the hub may hold',
    check(attributes) {
      const featureClass = text(attributes, 'featureClass');
      return Object.hasOwn(FEATURE_CLASSES, featureClass)
        ? null
        : `"${featureClass}" is none of ${Object.keys(FEATURE_CLASSES).join(', ')}`;
    },
  },
];
