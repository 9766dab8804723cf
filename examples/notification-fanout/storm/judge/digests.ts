import { quietEnds, type Someone, suppressedNow } from '../oracle/gates';
import { lengthOf, payloadText } from '../oracle/rules-file';
import { type ForDigest, messageOf } from './deliveries';
import { type FateContext, GRACE, judgeFate } from './fate';
import { grouped } from './index-of';
import type { Finding, RecordedDelivery, RecordedDigest } from './observed';

/** Two events that come at the same time may each see no digest that is open. */
const SLACK = 2_000;

interface LeftDigest extends RecordedDigest {
  readonly delivery: RecordedDelivery;
}

/** Every event that belongs into a digest is in exactly one, each digest leaves once, in time, and holds what it must. */
export function digestFindings(context: FateContext, collected: readonly ForDigest[]): readonly Finding[] {
  const { observed } = context;
  const left = observed.deliveries.flatMap((delivery): LeftDigest[] =>
    delivery.digest === undefined ? [] : [{ ...delivery.digest, delivery }],
  );
  const byName = grouped(left, (one) => nameOf(one.delivery.recipient, one.rule, one.channel, one.key));
  const groups = grouped(collected, nameOfMember);
  const findings = [...groups].flatMap(([name, members]) => groupFindings(context, name, members, byName.get(name) ?? []));
  const strays = [...byName].filter(([name]) => !groups.has(name));
  return [
    ...findings,
    ...strays.map(([name]): Finding => ({ kind: 'wrong', what: `a digest left for ${name}, and nothing belongs into it` })),
  ];
}

function groupFindings(
  context: FateContext,
  name: string,
  members: readonly ForDigest[],
  digests: readonly LeftDigest[],
): readonly Finding[] {
  const ids = new Set(members.map(({ told }) => told.event.id));
  const strange = digests.flatMap((digest) =>
    digest.events
      .filter((id) => !ids.has(id))
      .map((id): Finding => ({ kind: 'wrong', what: `${id} is in a digest of ${name} and does not belong there` })),
  );
  return [
    ...strange,
    ...members.flatMap((member) => memberFindings(context, name, member, digests)),
    ...digests.flatMap((digest) => digestFindingsOf(context, name, members, digest)),
    ...digests.flatMap((digest) => secondFindings(name, members, digest, digests)),
  ];
}

function memberFindings(
  { observed, early }: FateContext,
  name: string,
  { channel, rule, told }: ForDigest,
  digests: readonly LeftDigest[],
): readonly Finding[] {
  const { event, to, delivery } = told;
  const what = `${event.id} in the digest of ${name}`;
  const message = messageOf(delivery, channel, rule);
  const within = digests.filter(({ events }) => events.includes(event.id));
  if (within.length > 1 || within.some(({ events }) => events.filter((id) => id === event.id).length > 1))
    return [{ kind: 'doubled', what: `${what}: it is in several` }];
  if (message === undefined) return [{ kind: 'unaccounted', what: `${what} has no end` }];
  if (message.status === 'suppressed' && message.reason.startsWith('suppression') && suppressedNow(early, to, channel, message.at))
    return within.length === 0 ? [] : [{ kind: 'against', what }];
  if (message.status !== 'digest') return [{ kind: 'wrong', what: `${what} ended as ${message.status} (${message.reason})` }];
  const [digest] = within;
  if (digest !== undefined) {
    const named = message.digest === digest.delivery.occurrence;
    return [
      ...(named ? [] : [{ kind: 'wrong' as const, what: `${what} left, and its delivery does not say so` }]),
      ...(event.receivedAt < digest.flush ? [] : [{ kind: 'wrong' as const, what: `${what} came after it was closed` }]),
    ];
  }
  if (message.digest !== undefined) return [{ kind: 'missing', what: `${what} is said to have left, and is in none` }];
  if (message.at + GRACE < observed.endedAt)
    return [{ kind: 'missing', what: `${what} was to leave at ${new Date(message.at).toISOString()}` }];
  const timed = observed.timers.some((timer) => timer.kind === 'digest' && timer.recipient === to.id && timer.at >= message.at);
  return timed || message.at <= observed.endedAt ? [] : [{ kind: 'missing', what: `${what}: nothing will wake it` }];
}

/** One that left: it opened with one of its events, was closed after its window, left in no quiet hours, and arrived once. */
function digestFindingsOf(context: FateContext, name: string, members: readonly ForDigest[], digest: LeftDigest): readonly Finding[] {
  const { rule, channel, told } = members[0]!;
  const { delivery, opens, flush, at, events } = digest;
  const what = `the digest of ${name} that opened at ${new Date(opens).toISOString()}`;
  const wrong = (is: boolean, why: string): readonly Finding[] => (is ? [] : [{ kind: 'wrong', what: `${what} ${why}` }]);
  const opened = members.some((member) => events.includes(member.told.event.id) && member.told.event.receivedAt === opens);
  const [message] = delivery.messages;
  return [
    ...wrong(opened, 'was not opened by one of its events'),
    ...wrong(rule.digest!.window === undefined || flush >= opens + lengthOf(rule.digest!.window), 'was closed before its window was over'),
    ...(at >= quietEnds(context.late, told.to, rule, channel, Math.min(at, opens + windowOf(rule.digest!.window)))
      ? []
      : [{ kind: 'against' as const, what: `${what} left in quiet hours` }]),
    ...judgeFate(
      context,
      { message, to: told.to, occurrence: delivery.occurrence, events, what },
      { kind: 'leaves', from: at },
      { channel, rule: rule.id },
    ),
  ];
}

/** An event that came while one was open went there, and opened no second. */
function secondFindings(
  name: string,
  members: readonly ForDigest[],
  digest: LeftDigest,
  digests: readonly LeftDigest[],
): readonly Finding[] {
  const opener = members.find(({ told }) => told.event.receivedAt === digest.opens && digest.events.includes(told.event.id));
  if (opener === undefined) return [];
  const since = opener.told.delivery.plannedAt;
  return members.flatMap(({ told: { event, delivery } }): readonly Finding[] => {
    const came = delivery.plannedAt > since + SLACK && delivery.plannedAt < digest.at - SLACK && event.receivedAt < digest.flush;
    const openedOther = digests.some((other) => other !== digest && other.opens === event.receivedAt && other.events.includes(event.id));
    return came && openedOther ? [{ kind: 'wrong', what: `${event.id} opened a second digest of ${name} beside one that was open` }] : [];
  });
}

function nameOfMember({ rule, channel, told }: ForDigest): string {
  const key = rule.digest!.key;
  return nameOf(told.to.id, rule.id, channel, key === undefined ? null : payloadText(told.event, key));
}

function nameOf(recipient: Someone['id'], rule: string, channel: string, key: string | null): string {
  return `${rule}, ${key ?? 'all'}, to ${recipient} by ${channel}`;
}

function windowOf(window: string | undefined): number {
  return window === undefined ? 0 : lengthOf(window);
}
