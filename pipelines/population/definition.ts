import type { BaseDefinition } from '../pipeline.ts';
import { populationAttributes } from './attributes.ts';
import { populationLinkKeys } from './link-keys.ts';
import { populationMatching } from './matching.ts';
import { populationRules } from './rules.ts';
import { populationSearches } from './searches.ts';
import { populationVetoes } from './vetoes.ts';

export const population: BaseDefinition = {
  name: 'population',
  schema: 'population',
  title: { zh: '人口基础信息库', en: 'population base' },
  entityPrefix: 'P',
  people: true,
  attributes: populationAttributes,
  rules: populationRules,
  vetoes: populationVetoes,
  searches: populationSearches,
  linkSchemes: ['citizen', 'residence-card', 'residence-permit'],
  linkKeys: populationLinkKeys,
  matching: populationMatching,
};
