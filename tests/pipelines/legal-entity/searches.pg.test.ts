import { describe } from '@jest/globals';
import { legalEntity } from '../../../pipelines/legal-entity/definition.ts';
import { describeSearches } from '../search-fixtures.ts';
import { searchFixtures } from './search-fixtures.ts';

describe('rules of the legal entity base over many records', () => describeSearches(legalEntity, searchFixtures));
