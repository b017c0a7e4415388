import type { BaseDefinition } from '../pipeline.ts';
import { macroeconomicAttributes } from './attributes.ts';
import { cellKeys } from './cell.ts';
import { macroNotices } from './notices.ts';
import { observations } from './observations.ts';
import { macroeconomicRules } from './rules.ts';
import { macroSearches } from './searches.ts';

export const macroeconomic: BaseDefinition = {
  name: 'macroeconomic',
  schema: 'macro',
  title: { zh: '宏观经济基础信息库', en: 'macroeconomic base' },
  entityPrefix: 'M',
  attributes: macroeconomicAttributes,
  rules: macroeconomicRules,
  vetoes: [],
  overridable: false,
  linkSchemes: ['cell'],
  linkKeys: cellKeys,
  projection: observations,
  searches: macroSearches,
  notices: macroNotices,
};
