import fc from 'fast-check';
import { readContracts } from '../../../../lib/notification-rules/contracts';
import type { PreviewDigest } from '../../../../lib/operate/notifications/preview';
import type { Timer } from '../../../../lib/runtime/notifications/contract';
import type { StoredDelivery } from '../../../../lib/runtime/notifications/store/items';
import { CONTRACTS, world } from '../../../support/notifications/arbitrary-world';
import { FanoutWorld } from '../../../support/notifications/fanout-world';
import type { World } from '../../../support/notifications/oracle';
import { previewed } from '../../../support/notifications/previews';

jest.setTimeout(120_000);

const RUNS = Number(process.env.BREAKWATER_NOTIFICATION_RUNS ?? 30);
const contracts = readContracts('rules.json', { version: 1, events: CONTRACTS, rules: [] }, () => '{}');
const ORDER: Readonly<Record<string, number>> = { release: 0, digest: 1, fallback: 2 };

interface Due {
  readonly at: number;
  readonly recipient: string;
  readonly timer: Timer;
  readonly place: number;
}

/** Timers in the order in which a preview runs them: whatever schedules hold them together. */
class Timers {
  private readonly seen = new Set<string>();
  private due: Due[] = [];

  constructor(private readonly fanout: FanoutWorld) {}

  async runUntil(end: number): Promise<void> {
    for (;;) {
      this.collect();
      const [next] = this.due
        .filter(({ at }) => at <= end)
        .sort((a, b) => a.at - b.at || ORDER[a.timer.kind]! - ORDER[b.timer.kind]! || a.place - b.place);
      if (next === undefined) return;
      this.due = this.due.filter((one) => one !== next);
      this.fanout.now = Math.max(this.fanout.now, next.at);
      this.fanout.tell({ kind: 'timer', id: String(next.place), timers: [{ recipient: next.recipient, timer: { ...next.timer } }] });
      await this.fanout.settle();
    }
  }

  private collect(): void {
    for (const { name, input } of this.fanout.scheduled.values()) {
      if (this.seen.has(name)) continue;
      this.seen.add(name);
      const { timers } = JSON.parse(input) as { timers: { recipient: string; timer: Timer }[] };
      for (const { recipient, timer } of timers)
        this.due.push({ at: timer.at, recipient, timer, place: this.due.length + this.seen.size * 1000 });
    }
  }
}

/** What became of each message, and the digests, after everything has happened. */
async function driven({ rules, recipients, events, engagements }: World) {
  const inOrder = [...events].sort((one, other) => Date.parse(one.receivedAt) - Date.parse(other.receivedAt));
  const fanout = new FanoutWorld({ rules, contracts, now: Date.parse(inOrder[0]!.receivedAt) });
  await fanout.recipients.putMany(recipients);
  const timers = new Timers(fanout);
  const happenings = [
    ...engagements.map((engagement) => ({ at: Date.parse(engagement.at), order: 0, engagement, event: undefined })),
    ...inOrder.map((event) => ({ at: Date.parse(event.receivedAt), order: 1, event, engagement: undefined })),
  ].sort((one, other) => one.at - other.at || one.order - other.order);
  for (const { at, engagement, event } of happenings) {
    // Engagements of an instant come before its timers, which come before its events.
    await timers.runUntil(event === undefined ? at - 1 : at);
    fanout.now = Math.max(fanout.now, at);
    if (event !== undefined) fanout.publish(event);
    else {
      const { recipient, event: of, channel, kind } = engagement!;
      fanout.tell({ kind: 'engagement', recipient, event: of, channel, engagement: kind, at: engagement!.at });
    }
    await fanout.settle();
  }
  await timers.runUntil(Number.POSITIVE_INFINITY);
  return fanout;
}

/** A delivery's messages as a preview has them: a held message that leaves stays one line, and what providers tell comes after its end. */
function endsOf({ event, recipient, messages, timeline }: StoredDelivery): readonly string[] {
  return Object.values(messages).map(({ channel, rule, status, at }) => {
    const lines = timeline.filter((line) => line.channel === channel && line.rule === rule);
    const left = lines.find((line) => line.status === 'queued');
    const outcome = left === undefined ? status : lines[0]!.status === 'held' ? 'held' : 'send';
    return [event, recipient, channel, rule, outcome, iso(left?.at ?? at)].join(' ');
  });
}

const iso = (at: number): string => new Date(at).toISOString();

test('accepting and planning decide what the preview says, whatever rules, recipients, events and clocks', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const must = previewed(given.rules, given.recipients, given.events, given.engagements, contracts);
      const deliveries = (await driven(given)).deliveries();
      const digests = deliveries.flatMap(({ recipient, digest }) => (digest === undefined ? [] : [{ recipient, ...digest }]));
      expect({
        decisions: deliveries
          .filter(({ digest }) => digest === undefined)
          .flatMap(endsOf)
          .sort(),
        digests: digests
          .map((one) =>
            digestLine({ ...one, opens: iso(one.opens), flush: iso(one.flush), at: iso(one.at), events: one.events.map(({ id }) => id) }),
          )
          .sort(),
      }).toEqual({
        decisions: must.decisions
          .filter(({ outcome }) => outcome !== 'rejected')
          .map(({ event, recipient, channel, rule, outcome, at }) => [event, recipient, channel, rule, outcome, at].join(' '))
          .sort(),
        digests: must.digests.map(digestLine).sort(),
      });
    }),
    { numRuns: RUNS },
  );
});

function digestLine({ recipient, channel, rule, key, opens, flush, at, events }: PreviewDigest): string {
  return [recipient, channel, rule, key, opens, flush, at, events].join(' ');
}
