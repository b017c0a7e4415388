import type { Resource } from '../directory/directory.ts';
import { textOf } from '../texts.ts';
import { type Html, html } from './html.ts';
import type { View } from './view.ts';

/** State and time of the last reading; the state is written, not only coloured. */
export const freshnessBadge = (view: View, { freshness }: Pick<Resource, 'freshness'>): Html =>
  html`<span class="badge ${freshness.state}">${view.pick(textOf('freshness', freshness.state))}</span>${
    freshness.lastReadAt !== null &&
    html` <time datetime="${freshness.lastReadAt}">${view.time(freshness.lastReadAt)}</time>`
  }`;
