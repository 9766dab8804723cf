import { type Someone, suppressedNow, type View } from '../oracle/gates';
import { type Arrivals, arrivalKey } from './arrivals';
import type { Finding, Observed, RecordedMessage } from './observed';

/** The engine's scheduler looks each ten seconds; then there are two queues, and retries of who was killed. */
export const GRACE = 45_000;
/** A worker that has begun to send does not look again. */
const UNDER_WAY = 10_000;
const TAKEN = ['sent', 'delivered', 'bounced', 'complained'];

/** What a message must have come to. */
export type Fate =
  /** It left, not before this instant. */
  { readonly kind: 'leaves'; readonly from: number } | { readonly kind: 'refused'; readonly outcome: string; readonly why: string };

export interface FateContext {
  readonly observed: Observed;
  readonly arrivals: Arrivals;
  /** Stops count from when they were told. */
  readonly early: View;
  /** Stops count from when they were known. */
  readonly late: View;
}

export interface Judged {
  readonly message: RecordedMessage | undefined;
  readonly to: Someone;
  /** Of its delivery. */
  readonly occurrence: string;
  /** Ids of the events it tells of. */
  readonly events: readonly string[];
  readonly what: string;
}

/** Holds one message, and what arrived of it, against what must have become of it. */
export function judgeFate(
  context: FateContext,
  { message, to, occurrence, events, what }: Judged,
  fate: Fate,
  on: { readonly channel: string; readonly rule: string },
): readonly Finding[] {
  const { arrivals, observed } = context;
  const arrived = arrivals.claim(arrivalKey(on, to.id, events));
  const doubled: readonly Finding[] = arrived.length > 1 ? [{ kind: 'doubled', what: `${what} arrived ${arrived.length} times` }] : [];
  if (message === undefined) return [...doubled, { kind: 'unaccounted', what: `${what} has no end` }];
  const { status, reason } = message;
  const ended = `${what} ended as ${status} (${reason})`;
  if (fate.kind === 'refused') {
    return [
      ...(arrived.length > 0 ? [{ kind: 'against' as const, what: `${what} arrived against ${fate.why}` }] : []),
      ...(status === fate.outcome && reason.split(':')[0] === fate.why
        ? []
        : [{ kind: 'wrong' as const, what: `${ended}, not as ${fate.outcome} (${fate.why})` }]),
    ];
  }
  return [
    ...doubled,
    ...leaving(context, { message, to, occurrence, events, what }, fate.from, arrived.length, ended),
    ...late(context, to, on.channel, events, what, fate.from, arrived),
    ...unparked(observed, message, to, what),
  ];
}

function leaving(
  { observed, early }: FateContext,
  { message, to, occurrence, events, what }: Judged & { readonly message: RecordedMessage },
  from: number,
  arrived: number,
  ended: string,
): readonly Finding[] {
  const { status, reason, channel, rule, at } = message;
  const none = (): readonly Finding[] => (arrived === 0 ? [] : [{ kind: 'wrong', what: `${ended}, and has arrived` }]);
  const isCancelled = events.length === 1 && events[0] === observed.steering.cancelled.event;
  if (TAKEN.includes(status)) {
    if (arrived === 0) return [{ kind: 'missing', what: `${ended}, and has not arrived` }];
    return from > observed.endedAt
      ? [{ kind: 'against', what: `${what} has left, and is held until ${new Date(from).toISOString()}` }]
      : [];
  }
  switch (status) {
    case 'held': {
      if (from + GRACE < observed.endedAt)
        return [{ kind: 'missing', what: `${ended}, which was over at ${new Date(from).toISOString()}` }];
      const timed = observed.timers.some(
        (timer) =>
          timer.kind === 'release' &&
          timer.recipient === to.id &&
          timer.occurrence === occurrence &&
          timer.channel === channel &&
          timer.rule === rule,
      );
      return [
        ...none(),
        ...(at === from
          ? []
          : [{ kind: 'wrong' as const, what: `${ended} until ${new Date(at).toISOString()}, not ${new Date(from).toISOString()}` }]),
        ...(timed || from <= observed.endedAt ? [] : [{ kind: 'missing' as const, what: `${ended}, and nothing will wake it` }]),
      ];
    }
    case 'suppressed':
      if (reason.startsWith('suppression') && suppressedNow(early, to, channel, at)) return none();
      return [...none(), { kind: 'missing', what: `${ended}, and nothing was against it` }];
    case 'cancelled':
      return isCancelled ? none() : [...none(), { kind: 'missing', what: ended }];
    case 'unknown':
      return [];
    default:
      return [{ kind: 'unaccounted', what: `${ended}; it has no end` }];
  }
}

/** What arrived after it was known that nobody wants it. */
function late(
  { late: view, observed }: FateContext,
  to: Someone,
  channel: string,
  events: readonly string[],
  what: string,
  from: number,
  arrived: readonly { readonly at: number }[],
): readonly Finding[] {
  const { cancelled } = observed.steering;
  return arrived.flatMap(({ at }): readonly Finding[] => [
    ...(suppressedNow(view, to, channel, at - UNDER_WAY)
      ? [{ kind: 'against' as const, what: `${what} arrived at a suppressed address` }]
      : []),
    ...(events.length === 1 && events[0] === cancelled.event && at > cancelled.at + UNDER_WAY
      ? [{ kind: 'against' as const, what: `${what} arrived ${at - cancelled.at} ms after it was cancelled` }]
      : []),
    ...(at < from ? [{ kind: 'against' as const, what: `${what} arrived ${from - at} ms too early` }] : []),
  ]);
}

/** What nobody knows the end of must lie before a person. */
function unparked({ parked }: Observed, { status, channel, rule }: RecordedMessage, to: Someone, what: string): readonly Finding[] {
  if (status !== 'unknown') return [];
  const isParked = parked.some(({ body }) => [to.id, channel, rule].every((part) => body.includes(JSON.stringify(part))));
  return isParked ? [] : [{ kind: 'unaccounted', what: `${what} is unknown, and nobody is asked` }];
}
