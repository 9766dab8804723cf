import type { NotificationRule, NotificationRules } from '../notification-rules/rules';
import { templateId, templatePointers } from './template-of-rule';
import { fileOf, type Part, TemplateFault, type TemplateParts, type Templates } from './templates';
import { RESERVED_VARIABLES, type UsedVariable, usedVariables } from './variables';

/** A channel, as far as its templates go. */
export interface TemplateChannel {
  /** What must be there: an e-mail has a subject and `html` or `txt`, `sms` and `push` have a `txt`, others need no template at all. */
  readonly kind: 'email' | 'sms' | 'push' | 'other';
  /** Whether its messages carry a link to unsubscribe: only then is there an `unsubscribeUrl`. */
  readonly unsubscribe: boolean;
}

/**
 * Checks that each rule has a template for each of its channels, and that each variable of it has a value.
 *
 * @param channels by name; a channel of a rule that isn't among them is not looked at
 * @throws TemplateFault that names every fault: file, variable, rule
 */
export function checkTemplates(
  rules: Pick<NotificationRules, 'rules'>,
  templates: Templates,
  channels: Readonly<Record<string, TemplateChannel>>,
): void {
  const faults = rules.rules.flatMap((rule) => [...reservedNames(rule), ...channelFaults(rule, templates, channels)]);
  if (faults.length > 0) throw new TemplateFault([...new Set(faults)].join('\n'));
}

function reservedNames(rule: NotificationRule): string[] {
  return RESERVED_VARIABLES.filter((name) => Object.hasOwn(templatePointers(rule), name)).map(
    (name) => `rule ${rule.id}: template.variables names ${name}, which every message has by itself: choose another name`,
  );
}

function channelFaults(rule: NotificationRule, templates: Templates, channels: Readonly<Record<string, TemplateChannel>>): string[] {
  const told = new Set([...rule.channels, ...(rule.fallback === undefined ? [] : [rule.fallback.channel])]);
  return [...told].flatMap((name) => {
    const channel = Object.hasOwn(channels, name) ? channels[name]! : undefined;
    if (channel === undefined) return [];
    const parts = partsOf(templates, templateId(rule), name);
    return [...missingParts(rule, name, channel, parts), ...uncovered(rule, name, channel, parts)];
  });
}

function partsOf(templates: Templates, id: string, channel: string): TemplateParts {
  const template = Object.hasOwn(templates, id) ? templates[id]! : {};
  return Object.hasOwn(template, channel) ? template[channel]! : {};
}

function missingParts(rule: NotificationRule, name: string, { kind }: TemplateChannel, parts: TemplateParts): string[] {
  const id = templateId(rule);
  const missing = (wanted: string) => `rule ${rule.id}: the template ${id} has no ${wanted}, which a message on channel ${name} needs`;
  if (kind === 'email') {
    return [
      ...(parts.subject === undefined ? [missing(`${id}/${fileOf(name, 'subject')}`)] : []),
      ...(parts.html === undefined && parts.text === undefined
        ? [missing(`${id}/${fileOf(name, 'html')} or ${id}/${fileOf(name, 'text')}`)]
        : []),
    ];
  }
  return kind !== 'other' && parts.text === undefined ? [missing(`${id}/${fileOf(name, 'text')}`)] : [];
}

function uncovered(rule: NotificationRule, name: string, channel: TemplateChannel, parts: TemplateParts): string[] {
  const declared = Object.keys(templatePointers(rule));
  const everywhere = RESERVED_VARIABLES.filter((variable) => variable !== 'unsubscribeUrl' || channel.unsubscribe);
  const isDigest = rule.digest !== undefined && (rule.digest.channels ?? rule.channels).includes(name);
  return (Object.entries(parts) as [Part, string][]).flatMap(([part, text]) => {
    const file = `${templateId(rule)}/${fileOf(name, part)}`;
    return usedVariables(text, file).flatMap((variable) => {
      const known = [...everywhere, ...(isDigest && !variable.within.includes('events') ? [] : declared)];
      if (isCovered(variable, known)) return [];
      return [fault(file, variable, rule, known, isDigest)];
    });
  });
}

/** Within a section of a list or an object its own fields can be named, which nobody knows here; those of `events` are known. */
function isCovered({ name, within }: UsedVariable, known: readonly string[]): boolean {
  if (name === '.' || within.some((section) => section !== 'events')) return true;
  return known.includes(name.split('.', 1)[0]!);
}

function fault(file: string, { name }: UsedVariable, rule: NotificationRule, known: readonly string[], isDigest: boolean): string {
  const first = name.split('.', 1)[0]!;
  const advice =
    first === 'unsubscribeUrl'
      ? 'this channel has no links to unsubscribe'
      : isDigest && Object.hasOwn(templatePointers(rule), first)
        ? `it is a digest here: name it within {{#events}}…{{/events}}, once for each event`
        : `add it to template.variables of the rule`;
  return `template file ${file}: uses {{${name}}}, for which rule ${rule.id} has no value: ${advice}; there are ${known.join(', ')}`;
}
