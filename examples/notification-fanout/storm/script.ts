import type { Played, StormScene, WitnessedRequest } from '../../../lib/operate/storm/contract';
import { counted, describeFanout, type FanoutAccount, findingsBy, outcomesOf, timesOf } from './account';
import { Bus } from './bus';
import { type EventPlan, makeEvents, type Publication } from './events';
import { Interventions } from './interventions';
import { judge } from './judge/judge';
import type { Observed } from './judge/observed';
import { killsOf } from './kills';
import { importRecipients, makeKnown } from './prepare';
import { readArrivals } from './received';
import { type Crowd, makeCrowd } from './recipients';
import { readRecords, Table } from './records';
import { readRules } from './rules';
import { Site } from './site';
import { timelineOf } from './timeline';

/** Recipients for each event. */
const RECIPIENTS_FOR_EVENT = 5;
/** Events that come at a time. */
const WAVE = 50;
/** From so many on, an event to everybody takes longer to plan than an operator to pause it. */
const USUAL_EVENTS = 2_000;
const PATIENCE_SECONDS = 90;
/** Processes of each function. */
const CONCURRENCY = 2;
/** For items of up to 1 KB; in a transaction twice as many: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html */
const WRITE_UNITS: Readonly<Record<string, number>> = {
  'dynamodb:PutItem': 1,
  'dynamodb:UpdateItem': 1,
  'dynamodb:DeleteItem': 1,
  'dynamodb:BatchWriteItem': 1,
  'dynamodb:TransactWriteItems': 2,
};
/** Of one kind, this many findings are printed: one fault makes hundreds. */
const FINDINGS_SHOWN = 6;

/** Events for people who want, and can be told, all sorts of things; while workers are killed, a provider fails, and an operator pauses, resumes and cancels. */
export async function play(scene: StormScene): Promise<Played> {
  const storm = new FanoutStorm(scene);
  try {
    return await storm.play();
  } finally {
    storm.close();
  }
}

class FanoutStorm {
  readonly #scene: StormScene;
  readonly #site: Site;
  readonly #bus: Bus;
  readonly #table: Table;
  readonly #chats: Table;
  readonly #seconds: Record<string, number> = {};
  readonly #published: Publication[] = [];
  readonly #faults: string[] = [];

  constructor(scene: StormScene) {
    this.#scene = scene;
    this.#site = new Site(scene);
    this.#bus = new Bus(scene);
    this.#table = new Table(scene, scene.outputs.FanoutTable!);
    this.#chats = new Table(scene, scene.outputs.ChatTable!);
  }

  close(): void {
    for (const part of [this.#site, this.#bus, this.#table, this.#chats]) part.close();
  }

  async play(): Promise<Played> {
    const { random, size, tag, progress } = this.#scene;
    const count = size * RECIPIENTS_FOR_EVENT;
    const crowd = makeCrowd(random, { count, tag, startsAt: Date.now() });
    const plan = makeEvents(random, { count: size, tag, crowd });
    progress(`${count} recipients are made known`);
    await makeKnown(this.#scene);
    await this.#timed('recipients', () => importRecipients(this.#scene.breakwater, crowd.recipients));
    await this.#site.shortenVisibility();
    await this.#site.limitConcurrency(CONCURRENCY);
    const witnessed = this.#scene.witness(['ses:POST', 'sns:POST']);
    this.#scene.arm(killsOf());
    const interventions = new Interventions({ scene: this.#scene, site: this.#site, bus: this.#bus, table: this.#table }, witnessed);
    progress(`${size} events, a fifth of them repeated`);
    await this.#timed('events', () => this.#send(plan, interventions));
    progress('waiting until everything has its end');
    await this.#timed('until quiet', () => this.#drain());
    const played = await this.#timed('judging', () => this.#judge(crowd, interventions, witnessed));
    return played();
  }

  /** Events in waves; in their middle a provider fails, others are told of bounces, and somebody pauses, resumes and cancels what goes to everybody. */
  async #send(plan: EventPlan, interventions: Interventions): Promise<void> {
    const { random, size } = this.#scene;
    const copies = plan.again.filter((event) => plan.first.some((one) => one === event));
    const later = plan.again.filter((event) => !copies.includes(event));
    await this.#publish([plan.paused]);
    const pausing = interventions.pause(plan.paused.id);
    // A copy may overtake the first.
    const all = [...plan.first, ...random.shuffle(copies).slice(0, Math.ceil(copies.length / 2))];
    const waves = chunks(all, WAVE);
    for (const [index, wave] of waves.entries()) {
      await this.#publish(index === 0 ? wave : [...wave, ...copies.slice(index * 2, index * 2 + 2)]);
      const share = (index + 1) / waves.length;
      if (share >= 0.3) interventions.failProviders();
      if (share >= 0.4) await interventions.tellFeedback();
      await interventions.tellEngagements();
      if (share >= 0.6) await interventions.endFailures(20);
    }
    await pausing;
    if (size >= USUAL_EVENTS && interventions.steering.paused.event === '')
      this.#faults.push(`${plan.paused.id} was planned for everybody before it was paused: the storm proves nothing of that`);
    await interventions.resume();
    await this.#publish([plan.cancelled]);
    await interventions.cancel(plan.cancelled.id);
    await interventions.engageUntilQuiet(15);
    await interventions.endFailures(0);
    // Other bodies under ids that were told: only once those were accepted is it certain which was first.
    await this.#publish([...copies, ...later]);
  }

  async #publish(events: readonly Publication[]): Promise<void> {
    await this.#bus.publish(events);
    this.#published.push(...events);
  }

  /** Nothing in queues, and no timer that is due soon. */
  async #drain(): Promise<void> {
    const { progress } = this.#scene;
    for (;;) {
      const left = await this.#site.quiet(PATIENCE_SECONDS);
      if (left > 0) {
        this.#faults.push(`${left} messages were still in the queues when waiting was given up`);
        return;
      }
      const soon = (await this.#site.timers()).filter(({ at }) => at < Date.now() + 150_000);
      if (soon.length === 0) return;
      progress(`${soon.length} timers are due within two minutes`);
      const next = Math.max(...soon.map(({ at }) => at));
      await this.#site.until((next - Date.now()) / 1000 + 12, async () => undefined);
    }
  }

  async #judge(crowd: Crowd, interventions: Interventions, witnessed: readonly WitnessedRequest[]): Promise<() => Played> {
    const records = await readRecords(this.#table);
    const arrivals = await readArrivals(this.#scene, this.#chats, crowd, witnessed);
    const observed: Observed = {
      ...records,
      rules: readRules(),
      recipients: crowd.recipients,
      published: this.#published,
      arrivals,
      stops: interventions.stops,
      engagements: interventions.engagements,
      parked: await this.#site.parked(),
      timers: await this.#site.timers(),
      steering: interventions.steering,
      endedAt: Date.now(),
    };
    const { findings, recipients } = judge(observed);
    const timeline = await timelineOf(this.#scene, observed);
    return () => {
      const account = this.#account(observed, crowd, recipients, interventions, findings);
      const lines = Object.entries(findingsBy(findings)).flatMap(([kind, total]) => {
        const some = findings.filter((finding) => finding.kind === kind).slice(0, FINDINGS_SHOWN);
        return [...some.map(({ what }) => `${kind}: ${what}`), ...(total > some.length ? [`${kind}: ${total} in all`] : [])];
      });
      return {
        text: describeFanout(account, timeline),
        record: { ...account, all: findings },
        faults: [...this.#faults, ...interventions.faults, ...lines],
      };
    };
  }

  #account(
    observed: Observed,
    crowd: Crowd,
    planned: number,
    interventions: Interventions,
    findings: Parameters<typeof findingsBy>[0],
  ): FanoutAccount {
    const { deliveries, accepted, arrivals, parked, published } = observed;
    const messages = deliveries.flatMap((delivery) => delivery.messages);
    const digests = deliveries.flatMap(({ digest }) => digest ?? []);
    const rejected = published.filter(({ rejectedFor }) => rejectedFor !== undefined);
    const { paused, cancelled } = observed.steering;
    const ofPaused = deliveries.filter(({ event }) => event === paused.event);
    return {
      events: {
        published: published.length,
        repeated: published.length - new Set(published).size,
        accepted: accepted.length,
        rejected: new Set(rejected).size,
      },
      recipients: crowd.recipients.length,
      planned,
      outcomes: outcomesOf(deliveries),
      reasons: counted(
        messages.filter(({ status }) => ['suppressed', 'no_address'].includes(status)).map(({ reason }) => reason.split(':')[0]!),
      ),
      digests: { left: digests.length, events: digests.reduce((sum, { events }) => sum + events.length, 0) },
      fallbacks: deliveries.flatMap(({ timeline }) =>
        timeline.filter(({ status, reason }) => status === 'queued' && reason.startsWith('fallback')),
      ).length,
      arrived: counted(arrivals.map(({ channel, provider }) => (channel === provider ? channel : `${channel} by ${provider}`))),
      findings: findingsBy(findings),
      times: timesOf(observed),
      outages: interventions.outages,
      steering: {
        wasPaused: paused.event !== '',
        plannedWhenPaused: ofPaused.filter(({ plannedAt }) => plannedAt < paused.to).length,
        plannedAfterResumed: ofPaused.filter(({ plannedAt }) => plannedAt >= paused.to).length,
        plannedOfCancelled: deliveries.filter(({ event }) => event === cancelled.event).length,
        audience: crowd.recipients.length,
      },
      perRecipient: this.#perRecipient(planned),
      seconds: this.#seconds,
      parked: counted(parked.map(({ reason }) => reason.split(':').slice(0, 2).join(':'))),
    };
  }

  /** Of all functions, from the first event on. */
  #perRecipient(planned: number): FanoutAccount['perRecipient'] {
    const { requests, units } = this.#scene.asked();
    const written = Object.entries(units).map(([asked, items]) => items * (WRITE_UNITS[asked.split(' ')[0]!] ?? 0));
    return { requests: sum(Object.values(requests)) / planned, writeUnits: sum(written) / planned };
  }

  async #timed<T>(what: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.#seconds[what] = (performance.now() - started) / 1000;
    }
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function chunks<T>(values: readonly T[], length: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(values.length / length) }, (_, index) => values.slice(index * length, (index + 1) * length));
}
