import { featuresFeed } from './features/routes.ts';
import type { Feed } from './feed.ts';
import { sdmxFeed } from './sdmx/routes.ts';

/** Every feed. */
export const FEEDS: readonly Feed[] = [featuresFeed, sdmxFeed];
