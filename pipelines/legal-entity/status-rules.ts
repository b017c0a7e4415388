import type { Finding } from '../pipeline.ts';
import type { Attributes, AttributeValue } from '../record.ts';

const date = (value: AttributeValue | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

/** Rule L20. A term without end is written 9999-12-31 and so always holds. */
export function dateFindings(attributes: Attributes, today: string): readonly Finding[] {
  const established = date(attributes.establishedDate);
  const approved = date(attributes.approvedDate);
  const expiry = date(attributes.expiryDate);
  const findings: Finding[] = [];
  if (established !== null && established > today) {
    findings.push({ attribute: 'establishedDate', message: `established on ${established}, in the future` });
  }
  if (approved !== null && approved > today) {
    findings.push({ attribute: 'approvedDate', message: `approved on ${approved}, in the future` });
  } else if (approved !== null && established !== null && approved < established) {
    findings.push({
      attribute: 'approvedDate',
      message: `approved on ${approved}, established later, on ${established}`,
    });
  }
  if (expiry !== null && established !== null && expiry < established) {
    findings.push({ attribute: 'expiryDate', message: `term ends on ${expiry}, established later, on ${established}` });
  }
  return findings;
}

/** Registration status as registries exchange it: 1 存续, 2 吊销未注销, 3 吊销已注销, 4 注销, 5 撤销, 6 迁出, 9 其他; some send the words. */
const DEREGISTERED = new Set(['3', '4', '注销', '已注销', '吊销已注销']);
const REVOKED = new Set(['2', '吊销', '吊销未注销']);

const among = (set: ReadonlySet<string>, status: AttributeValue | undefined): boolean =>
  typeof status === 'string' && set.has(status.replace(/[，,\s]/g, ''));

export const isDeregistered = (status: AttributeValue | undefined): boolean => among(DEREGISTERED, status);
export const isRevoked = (status: AttributeValue | undefined): boolean => among(REVOKED, status);

/** The same in SQL, for rules over many records. Without a status an entity counts as live; 撤销 and 迁出 end it as well. */
export const isDead = (status: string): string => `${status} IN ('3', '4', '5', '6')`;
export const isLive = (status: string): string => `coalesce(${status}, '1') NOT IN ('3', '4', '5', '6')`;
