import type { DecidedBy, Rule, RuleContext } from './pipeline.ts';
import type { Attributes, Issue } from './record.ts';

/** True when an issue of severity E or F, of any rule, is on this attribute: its value must not be relied upon. */
export function isDistrusted(issues: readonly Issue[], attribute: string): boolean {
  for (const issue of issues) {
    if (issue.attribute === attribute && (issue.severity === 'E' || issue.severity === 'F')) return true;
  }
  return false;
}

const reliesOnDistrusted = (needs: readonly string[], issues: readonly Issue[]): boolean =>
  issues.length > 0 && needs.some((attribute) => isDistrusted(issues, attribute));

function report(issues: Issue[], found: readonly Issue[], rule: Rule, attribute: string | null, message: string): void {
  if (found.some((issue) => issue.rule === rule.id && issue.attribute === attribute)) return;
  issues.push({ rule: rule.id, severity: rule.severity, attribute, message });
}

/**
 * Asks every rule that the record decides, in the order given.
 * @param found what conversions reported: a rule that needs a distrusted attribute is not asked, and a rule already
 *   reported on an attribute is not reported on it again.
 * @returns the new issues only.
 */
export function evaluateRules(
  rules: readonly Rule[],
  attributes: Attributes,
  context: RuleContext,
  found: readonly Issue[] = [],
): Issue[] {
  const issues: Issue[] = [];
  for (const rule of rules) {
    if (rule.check === undefined) continue;
    if (rule.needs !== undefined && (reliesOnDistrusted(rule.needs, found) || reliesOnDistrusted(rule.needs, issues))) {
      continue;
    }
    const answer = rule.check(attributes, context);
    if (answer === null) continue;
    if (typeof answer === 'string') report(issues, found, rule, rule.attribute, answer);
    else for (const finding of answer) report(issues, found, rule, finding.attribute, finding.message);
  }
  return issues;
}

/** The rules that `evaluateRules` asks; filter once where the same list is used for many records. */
export const recordRules = (rules: readonly Rule[]): readonly Rule[] =>
  rules.filter((rule) => rule.check !== undefined);

/** A rule of the catalogue that something else than the single record decides. */
export const elsewhere = (
  decidedBy: Exclude<DecidedBy, 'record'>,
  rule: Readonly<Pick<Rule, 'id' | 'attribute' | 'severity' | 'title' | 'zh' | 'basis'>>,
): Rule => ({ version: 1, decidedBy, ...rule });
