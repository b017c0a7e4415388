import { describe } from '@jest/globals';
import { populationRules } from '../../../pipelines/population/rules.ts';
import { describeConversionRules } from '../conversion-rule-fixtures.ts';
import { describeRules } from '../rule-fixtures.ts';
import { conversionFixtures } from './conversion-fixtures.ts';
import { recordFixtures } from './record-fixtures.ts';

describe('rules of the population base that a record decides', () => describeRules(populationRules, recordFixtures));
describe('rules of the population base that a conversion reports', () =>
  describeConversionRules(populationRules, conversionFixtures));
