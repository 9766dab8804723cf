import type { NotificationRule } from '../notification-rules/rules';

/** @returns id of the rule's template */
export function templateId(rule: Pick<NotificationRule, 'id' | 'template'>): string {
  return typeof rule.template === 'string' ? rule.template : (rule.template?.id ?? rule.id);
}

/** @returns pointers into the payload by the template's names */
export function templatePointers(rule: Pick<NotificationRule, 'template'>): Readonly<Record<string, string>> {
  return typeof rule.template === 'object' ? (rule.template.variables ?? {}) : {};
}
