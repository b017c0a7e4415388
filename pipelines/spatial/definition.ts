import type { BaseDefinition } from '../pipeline.ts';
import type { Attributes, Issue, LinkKey } from '../record.ts';
import { isDistrusted } from '../rules.ts';
import { spatialAttributes } from './attributes.ts';
import { features } from './features.ts';
import { spatialNotices } from './notices.ts';
import { spatialRules } from './rules.ts';
import { spatialSearches } from './searches.ts';

/** The code of a feature within its class. */
function featureKeys(attributes: Attributes, issues: readonly Issue[]): readonly LinkKey[] {
  const { featureClass, code } = attributes;
  if (typeof featureClass !== 'string' || typeof code !== 'string' || code === '') return [];
  if (isDistrusted(issues, 'code')) return [];
  return [{ scheme: 'feature', value: `${featureClass}:${code}` }];
}

export const spatial: BaseDefinition = {
  name: 'spatial',
  schema: 'spatial',
  title: { zh: '自然资源和空间地理基础信息库', en: 'natural resources and spatial base' },
  entityPrefix: 'S',
  attributes: spatialAttributes,
  needs: ['featureClass'],
  rules: spatialRules,
  vetoes: [],
  linkSchemes: ['feature'],
  linkKeys: featureKeys,
  projection: features,
  searches: spatialSearches,
  notices: spatialNotices,
};
