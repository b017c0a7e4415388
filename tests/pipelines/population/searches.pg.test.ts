import { describe } from '@jest/globals';
import { population } from '../../../pipelines/population/definition.ts';
import { describeSearches } from '../search-fixtures.ts';
import { searchFixtures } from './search-fixtures.ts';

describe('rules of the population base over many records', () => describeSearches(population, searchFixtures));
