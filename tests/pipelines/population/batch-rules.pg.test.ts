import { describe } from '@jest/globals';
import { population } from '../../../pipelines/population/definition.ts';
import { describeBatchRules } from '../batch-rule-fixtures.ts';
import { batchFixtures } from './batch-fixtures.ts';

describe('rules of the population base over many records', () => describeBatchRules(population, batchFixtures));
