import { describe } from '@jest/globals';
import { legalEntityRules } from '../../../pipelines/legal-entity/rules.ts';
import { describeConversionRules } from '../conversion-rule-fixtures.ts';
import { describeRules } from '../rule-fixtures.ts';
import { conversionFixtures } from './conversion-fixtures.ts';
import { recordFixtures } from './record-fixtures.ts';

describe('rules of the legal entity base that a record decides', () => describeRules(legalEntityRules, recordFixtures));
describe('rules of the legal entity base that a conversion reports', () =>
  describeConversionRules(legalEntityRules, conversionFixtures));
