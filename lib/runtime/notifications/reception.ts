import { milliseconds } from '../../notification-rules/durations';
import type { EventContracts } from '../../notification-rules/event-fault';
import { valueAt } from '../../notification-rules/pointer';
import type { ReceivedEvent } from '../../notification-rules/records';
import type { NotificationRule, NotificationRules } from '../../notification-rules/rules';
import type { AcceptedEvent } from './contract';

/** What becomes of an event before anybody is told of it. */
export type Reception =
  | { readonly kind: 'repeated' }
  /** `reason` begins with the JSON pointer of the field. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly claimsId: boolean }
  | { readonly kind: 'accepted'; readonly event: AcceptedEvent; readonly rules: readonly NotificationRule[] };

/** @param claimedAt when its id was claimed last, in milliseconds since the epoch */
export function receive(
  rules: NotificationRules,
  contracts: EventContracts,
  event: ReceivedEvent,
  claimedAt: number | undefined,
): Reception {
  const receivedAt = Date.parse(event.receivedAt);
  const { rememberEventIds: remember, rejectedClaimsId = false } = rules.semantics ?? {};
  if (claimedAt !== undefined && (remember === undefined || receivedAt < claimedAt + milliseconds(remember))) return { kind: 'repeated' };
  const fault = contracts.faultOf(event);
  if (fault !== undefined) return { kind: 'rejected', reason: `${fault.pointer}: ${fault.message}`, claimsId: rejectedClaimsId };
  const matching = rules.rules.filter(
    (rule) => rule.event === event.name && (rule.version === undefined || String(rule.version) === String(event.version)),
  );
  for (const rule of matching) {
    const reason = faultOfFields(rule, event);
    if (reason !== undefined) return { kind: 'rejected', reason, claimsId: rejectedClaimsId };
  }
  const occurrence = `${event.id}@${event.receivedAt}`;
  const payload = event.payload as Readonly<Record<string, unknown>>;
  return { kind: 'accepted', event: { id: event.id, occurrence, receivedAt, payload }, rules: matching };
}

/** Ids of the recipients that a payload names for a rule of this audience. */
export function namedRecipients(field: string, event: Pick<AcceptedEvent, 'payload'>): readonly string[] {
  const value = valueAt(field, event) as string | readonly string[];
  return typeof value === 'string' ? [value] : value;
}

/** A field that a rule needs and the contract doesn't: it fails before anything is sent. */
function faultOfFields(rule: NotificationRule, event: ReceivedEvent): string | undefined {
  const { audience, template, digest, deduplication, cap } = rule;
  if (audience.field !== undefined && !isNames(valueAt(audience.field, event)))
    return `${audience.field}: must be a recipient's id or a list of ids, as audience of rule ${rule.id}`;
  for (const [use, field] of Object.entries({ digest: digest?.key, deduplication: deduplication?.key, cap: cap?.key })) {
    if (field !== undefined && !isKey(valueAt(field, event)))
      return `${field}: must be text, number or boolean, as key of the ${use} of rule ${rule.id}`;
  }
  const variables = typeof template === 'object' ? Object.entries(template.variables ?? {}) : [];
  const missing = variables.find(([, field]) => valueAt(field, event) === undefined);
  return missing && `${missing[1]}: is missing, and the template of rule ${rule.id} needs it as ${missing[0]}`;
}

function isNames(value: unknown): boolean {
  return isName(value) || (Array.isArray(value) && value.every(isName));
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function isKey(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
