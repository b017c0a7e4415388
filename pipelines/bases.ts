import { legalEntity } from './legal-entity/definition.ts';
import { macroeconomic } from './macroeconomic/definition.ts';
import type { BaseDefinition } from './pipeline.ts';
import { population } from './population/definition.ts';
import { spatial } from './spatial/definition.ts';

/** Every base of the hub: one line each, in the order in which they are shown. */
export const BASES: readonly BaseDefinition[] = [population, legalEntity, spatial, macroeconomic];
