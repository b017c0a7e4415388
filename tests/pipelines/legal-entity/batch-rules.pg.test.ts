import { describe } from '@jest/globals';
import { legalEntity } from '../../../pipelines/legal-entity/definition.ts';
import { describeBatchRules } from '../batch-rule-fixtures.ts';
import { batchFixtures } from './batch-fixtures.ts';

describe('rules of the legal entity base over many records', () => describeBatchRules(legalEntity, batchFixtures));
