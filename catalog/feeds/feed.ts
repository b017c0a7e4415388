import type { FastifyInstance } from 'fastify';
import type { CatalogOptions } from '../options.ts';
import type { Turns } from '../turns.ts';

export interface FeedContext extends CatalogOptions {
  /** Large answers of all feeds take one each. */
  readonly turns: Turns;
}

/** A feed that other programs read in the way of their field. */
export interface Feed {
  readonly name: string;
  /** Adds nothing where the base or its description is not there. @param server what is added to it is of this feed alone. */
  register(server: FastifyInstance, context: FeedContext): void;
}
