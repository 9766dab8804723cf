import type { Engagement } from '../../notification-rules/records';
import type { NotificationRule } from '../../notification-rules/rules';
import type {
  AcceptedEvent,
  Decision,
  FlushedDigest,
  RecipientContext,
  Remembered,
  Step,
  Timer,
} from '../../runtime/notifications/contract';
import { onEngagement, onTimer, planEvent } from '../../runtime/notifications/planner';

/** At the same instant, what leaves comes before what asks whether it has left. */
const ORDER: Readonly<Record<Timer['kind'], number>> = { release: 0, digest: 1, fallback: 2 };

/** One recipient's state, timers and engagements on the events' clock. At the same instant: engagements, then timers, then events. */
export class RecipientTimeline {
  readonly digests: FlushedDigest[] = [];
  private readonly state: { readonly [Kind in keyof Remembered]: Map<string, Remembered[Kind]> } = {
    cap: new Map(),
    deduplication: new Map(),
    digests: new Map(),
    pending: new Map(),
    engagement: new Map(),
  };
  /** The next one first. */
  private readonly timers: Timer[] = [];
  private readonly engagements: { readonly engagement: Engagement; readonly at: number }[];
  private readonly ends = new Map<string, Decision>();

  constructor(
    private readonly context: RecipientContext,
    engagements: readonly Engagement[],
  ) {
    this.engagements = engagements.map((engagement) => ({ engagement, at: Date.parse(engagement.at) })).sort((a, b) => a.at - b.at);
  }

  get decisions(): readonly Decision[] {
    return [...this.ends.values()];
  }

  receive(event: AcceptedEvent, told: readonly NotificationRule[]): void {
    this.runUntil(event.receivedAt);
    this.take(planEvent(this.context, this.state, event, told, event.receivedAt));
  }

  finish(): void {
    this.runUntil(Number.POSITIVE_INFINITY);
  }

  private runUntil(end: number): void {
    while (this.timers.length > 0 && this.timers[0]!.at <= end) {
      const timer = this.timers.shift()!;
      while (this.engagements.length > 0 && this.engagements[0]!.at <= timer.at) {
        this.take(onEngagement(this.context, this.state, this.engagements.shift()!.engagement));
      }
      this.take(onTimer(this.context, this.state, timer, timer.at));
    }
  }

  private take({ writes, decisions, digests, timers }: Step): void {
    for (const { kind, key, value } of writes) {
      if (value === undefined) this.state[kind].delete(key);
      else (this.state[kind] as Map<string, typeof value>).set(key, value);
    }
    for (const timer of timers) this.timers.splice(this.placeOf(timer), 0, timer);
    this.digests.push(...digests);
    for (const decision of decisions) {
      const key = JSON.stringify([decision.occurrence, decision.rule, decision.channel]);
      // A held message that leaves stays one line: held until then.
      if (this.ends.get(key)?.outcome !== 'held' || decision.outcome !== 'send') this.ends.set(key, decision);
    }
  }

  private placeOf(timer: Timer): number {
    const isLater = (other: Timer): boolean => other.at > timer.at || (other.at === timer.at && ORDER[other.kind] > ORDER[timer.kind]);
    let place = this.timers.length;
    while (place > 0 && isLater(this.timers[place - 1]!)) place -= 1;
    return place;
  }
}
