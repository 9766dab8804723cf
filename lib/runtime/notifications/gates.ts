import { channelSettings } from '../../notification-rules/channels';
import type { Preferences } from '../../notification-rules/records';
import type { Gate, NotificationRule, NotificationRules, Passable } from '../../notification-rules/rules';
import type { RecipientContext } from './contract';

/** Why a channel is not open. */
export interface ClosedGate {
  readonly gate: Gate;
  readonly outcome: 'suppressed' | 'no_address';
  readonly reason: string;
}

const DEFAULT_GATES: readonly Gate[] = ['preference', 'address', 'suppression'];
const CRITICAL_PASSES: readonly Passable[] = ['preferences', 'cap', 'digest', 'quietHours'];

/** Whether a rule is critical enough for this to be no hindrance. */
export function passes(rules: NotificationRules, rule: NotificationRule, what: Passable): boolean {
  return rule.critical === true && (rules.semantics?.criticalPasses ?? CRITICAL_PASSES).includes(what);
}

/** The first gate that is closed. @returns undefined when the channel is open */
export function closedGate(context: RecipientContext, rule: NotificationRule, channel: string, at: number): ClosedGate | undefined {
  for (const gate of context.rules.semantics?.gates ?? DEFAULT_GATES) {
    const closed = GATES[gate](context, rule, channel, at);
    if (closed !== undefined) return { gate, ...closed };
  }
  return undefined;
}

type Check = (context: RecipientContext, rule: NotificationRule, channel: string, at: number) => Omit<ClosedGate, 'gate'> | undefined;

const GATES: Readonly<Record<Gate, Check>> = {
  preference({ rules, recipient }, rule, channel) {
    if (recipient?.preferences === undefined || passes(rules, rule, 'preferences')) return undefined;
    const level = closingLevel(recipient.preferences, rule.category, channel, rules.semantics?.preferences === 'mostSpecific');
    return level === undefined ? undefined : { outcome: 'suppressed', reason: `preference: ${level} is off` };
  },
  address(context, _, channel) {
    if (addressOf(context, channel) !== undefined) return undefined;
    const why = context.recipient === undefined ? 'the recipient is not known' : `none for ${channel}`;
    return { outcome: 'no_address', reason: `address: ${why}` };
  },
  suppression: (context, _, channel, at) => suppressionOf(context, channel, at),
};

/** The gate that is looked at again when a message leaves. */
export function suppressionOf(context: RecipientContext, channel: string, at: number): Omit<ClosedGate, 'gate'> | undefined {
  const address = addressOf(context, channel);
  const why = address === undefined ? undefined : context.suppressions.reasonFor(channel, address, at);
  return why === undefined ? undefined : { outcome: 'suppressed', reason: `suppression: ${why}` };
}

/** Where a recipient is reached on a channel. @returns undefined when nowhere */
export function addressOf(
  { rules, id, recipient }: Pick<RecipientContext, 'rules' | 'id' | 'recipient'>,
  channel: string,
): string | undefined {
  if (recipient === undefined) return undefined;
  return own(recipient.addresses, channel) ?? (channelSettings(rules, channel).needsAddress ? undefined : id);
}

function closingLevel(preferences: Preferences, category: string, channel: string, mostSpecific: boolean): string | undefined {
  const ofCategory = own(preferences.categories, category);
  const [enabled, channels] = typeof ofCategory === 'object' ? [ofCategory.enabled, ofCategory.channels] : [ofCategory, undefined];
  const levels: readonly (readonly [string, boolean | undefined])[] = [
    ['global', preferences.global],
    [`channel ${channel}`, own(preferences.channels, channel)],
    [`category ${category}`, enabled],
    [`category ${category} on ${channel}`, own(channels, channel)],
  ];
  if (!mostSpecific) return levels.find(([, value]) => value === false)?.[0];
  const said = [...levels].reverse().find(([, value]) => value !== undefined);
  return said?.[1] === false ? said[0] : undefined;
}

function own<T>(map: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
}
