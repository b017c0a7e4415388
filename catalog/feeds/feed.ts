import type { FastifyInstance } from 'fastify';
import type { CatalogOptions } from '../options.ts';

/** A feed that other programs read in the way of their field. */
export interface Feed {
  readonly name: string;
  /** Adds nothing where the base or its description is not there. @param server what is added to it is of this feed alone. */
  register(server: FastifyInstance, options: CatalogOptions): void;
}
