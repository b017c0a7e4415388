import type { BaseDefinition } from '../pipeline.ts';
import { legalEntityAttributes } from './attributes.ts';
import { legalEntityLinkKeys } from './link-keys.ts';
import { legalEntityMatching } from './matching.ts';
import { legalEntityRules } from './rules.ts';
import { legalEntitySearches } from './searches.ts';
import { legalEntityVetoes } from './vetoes.ts';

export const legalEntity: BaseDefinition = {
  name: 'legal-entity',
  schema: 'legal_entity',
  title: { zh: '法人单位基础信息库', en: 'legal entity base' },
  entityPrefix: 'L',
  attributes: legalEntityAttributes,
  rules: legalEntityRules,
  vetoes: legalEntityVetoes,
  searches: legalEntitySearches,
  linkSchemes: ['uscc', 'org', 'reg', 'tax'],
  linkKeys: legalEntityLinkKeys,
  matching: legalEntityMatching,
};
