import type { ComparedValue } from '../entities/linked.ts';
import { type Html, html } from './html.ts';
import type { View } from './view.ts';

/** Attributes of both records side by side. */
export function valuesTable(view: View, values: readonly ComparedValue[]): Html {
  const { t } = view;
  const shown = (value: ComparedValue['left']): Html =>
    value === null
      ? html`<span class="quiet">${t('absent')}</span>`
      : html`<span${value.masked && html` class="masked" title="${t('masked')}"`}>${typeof value.value === 'boolean' ? t(value.value ? 'yes' : 'no') : String(value.value)}</span>`;
  return html`<table class="stack compare">
<thead><tr><th scope="col">${t('attribute')}</th><th scope="col">${t('pairLeft')}</th><th scope="col" class="sign"><span class="visually-hidden">${t('compared')}</span></th><th scope="col">${t('pairRight')}</th></tr></thead>
<tbody>${values.map(
    (one) => html`<tr${one.agrees === false && html` class="differs"`}>
<th scope="row">${view.pick(one)}</th>
<td data-label="${t('pairLeft')}">${shown(one.left)}</td>
<td class="sign" aria-hidden="true">${one.agrees === null ? '' : one.agrees ? '=' : '≠'}</td>
<td data-label="${t('pairRight')}">${shown(one.right)}</td>
</tr>`,
  )}</tbody>
</table>`;
}
