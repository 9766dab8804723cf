import { createHash } from 'node:crypto';
import type { OutageUnderWay, StormScene, WitnessedRequest } from '../../../lib/operate/storm/contract';
import type { Bus, EngagedWith } from './bus';
import type { Engaged, LateStop, Steering } from './judge/observed';
import { published } from './received';
import type { Table } from './records';
import type { Site } from './site';

/** Addresses that bounce, and as many that complain. */
const FEEDBACK = 3;
const ENGAGING_SHARE = 0.3;
const ORDERS = 4;
/** Long enough for a page or two of some hundred. */
const PATIENCE_SECONDS = 60;

interface SentEmail {
  readonly Destination: { readonly ToAddresses: readonly string[] };
  readonly ConfigurationSetName?: string;
  readonly EmailTags?: ReadonlyArray<{ readonly Name: string; readonly Value: string }>;
}

/** What is done to the fan-out while it works: by providers, by recipients and by an operator. */
export class Interventions {
  readonly faults: string[] = [];
  readonly stops: LateStop[] = [];
  readonly engagements: Engaged[] = [];
  readonly #scene: StormScene;
  readonly #site: Site;
  readonly #bus: Bus;
  readonly #table: Table;
  readonly #witnessed: readonly WitnessedRequest[];
  readonly #failing = new Map<string, OutageUnderWay>();
  readonly #asked = new Set<string>();
  #seen = 0;
  #hasFailed = false;
  #isTold = false;
  #paused: Steering['paused'] = { event: '', from: 0, to: 0 };
  #cancelled: Steering['cancelled'] = { event: '', at: 0 };

  constructor(
    { scene, site, bus, table }: { readonly scene: StormScene; readonly site: Site; readonly bus: Bus; readonly table: Table },
    witnessed: readonly WitnessedRequest[],
  ) {
    this.#scene = scene;
    this.#site = site;
    this.#bus = bus;
    this.#table = table;
    this.#witnessed = witnessed;
  }

  get steering(): Steering {
    return { paused: this.#paused, cancelled: this.#cancelled };
  }

  /** Requests that failing providers answered. */
  get outages(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#failing].map(([name, { requests }]) => [`requests of ${name}`, requests]));
  }

  /** Waits until an event to everybody is being planned, and pauses it: of few people all may be planned by then. */
  async pause(event: string): Promise<void> {
    await this.#untilPlanned(event);
    if (await this.#order('pause', event)) this.#paused = { event, from: Date.now(), to: Number.POSITIVE_INFINITY };
  }

  async resume(): Promise<void> {
    const { event } = this.#paused;
    if (event === '') return;
    this.#paused = { ...this.#paused, to: Date.now() };
    await this.#order('resume', event);
  }

  async cancel(event: string): Promise<void> {
    await this.#untilPlanned(event);
    await this.#order('cancel', event);
    this.#cancelled = { event, at: Date.now() };
  }

  /** A person who gets no answer asks again. @returns whether it came in time */
  async #order(what: string, event: string): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#scene.breakwater(['notifications', what, event]);
        return true;
      } catch (error) {
        const { message } = error as Error;
        if (what === 'pause' && message.includes(`${event} is done:`)) return false;
        if (attempt < ORDERS) continue;
        this.faults.push(message);
        return false;
      }
    }
  }

  /** The first of two identities from which e-mails are sent is paused by SES, and SNS is asked for more texts than it takes. */
  failProviders(): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#failing.set(
      'SES',
      this.#scene.fail({
        operation: 'ses:POST',
        inPath: '/v2/email/outbound-emails',
        holding: ['<hello@shop.example>'],
        answer: {
          status: 400,
          contentType: 'application/json',
          body: JSON.stringify({ __type: 'SendingPausedException', message: 'Email sending is disabled for the configuration set.' }),
        },
      }),
    );
    this.#failing.set(
      'SNS',
      this.#scene.fail({
        operation: 'sns:POST',
        holding: ['PhoneNumber'],
        answer: {
          status: 400,
          contentType: 'text/xml',
          body: '<ErrorResponse><Error><Type>Sender</Type><Code>Throttled</Code><Message>Rate exceeded</Message></Error></ErrorResponse>',
        },
      }),
    );
  }

  /** Not before they were met, as long as that takes no more than so many seconds. */
  async endFailures(seconds: number): Promise<void> {
    const failing = [...this.#failing.values()];
    await this.#site.until(seconds, async () => failing.every(({ requests }) => requests > 0) || undefined);
    for (const failing of this.#failing.values()) failing.end();
  }

  /** Some whose e-mail has gone out bounce, some complain. */
  async tellFeedback(): Promise<void> {
    if (this.#isTold) return;
    this.#isTold = true;
    await this.#site.until(PATIENCE_SECONDS, async () => this.#emails().length >= 4 * FEEDBACK || undefined);
    const emails = this.#emails();
    const chosen = new Map(this.#scene.random.shuffle(emails).map((email) => [email.address.toLowerCase(), email]));
    const all = [...chosen.values()]
      .slice(0, 2 * FEEDBACK)
      .map((email, index) => ({ ...email, kind: index < FEEDBACK ? ('Bounce' as const) : ('Complaint' as const) }));
    const toldAt = Date.now();
    await this.#bus.tellFeedback(all, toldAt);
    const hashes = all.map(({ address }) => createHash('sha256').update(address.toLowerCase()).digest('hex'));
    const known = await this.#site.until(PATIENCE_SECONDS, async () => {
      const found = await Promise.all(hashes.map((hash) => this.#table.get(`SUPPRESSED#${hash}`, 'ADDRESS')));
      return found.every((item) => item !== undefined) || undefined;
    });
    if (known === undefined) this.faults.push('what bounced was not suppressed');
    this.stops.push(...all.map(({ address }) => ({ address, channel: 'email', toldAt, knownAt: Date.now() })));
  }

  #emails() {
    return this.#witnessed
      .filter(({ operation, path }) => operation === 'ses:POST' && path === '/v2/email/outbound-emails')
      .map(({ body }, index) => {
        const { Destination, ConfigurationSetName, EmailTags = [] } = JSON.parse(body) as SentEmail;
        return {
          address: Destination.ToAddresses[0]!,
          messageId: `message-${index}`,
          tags: {
            ...(ConfigurationSetName !== undefined && { 'ses:configuration-set': [ConfigurationSetName] }),
            ...Object.fromEntries(EmailTags.map(({ Name, Value }) => [Name, [Value]])),
          },
        };
      });
  }

  /** Some of those who got a push notification open it at once. */
  async tellEngagements(): Promise<void> {
    const fresh = this.#witnessed.slice(this.#seen);
    this.#seen += fresh.length;
    const opened: EngagedWith[] = [];
    for (const { Message = '', TargetArn } of published(fresh)) {
      const [, recipient, event] = /\[([^\s[\]]+) order-shipped ([^\s[\]]+)\]/.exec(Message) ?? [];
      if (TargetArn === undefined || recipient === undefined || event === undefined || this.#asked.has(event)) continue;
      this.#asked.add(event);
      if (this.#scene.random.fraction() < ENGAGING_SHARE) opened.push({ recipient, event, channel: 'push' });
    }
    const toldAt = Date.now();
    await this.#bus.tellEngagements(opened, toldAt);
    this.engagements.push(...opened.map(({ recipient, event }) => ({ recipient, event, toldAt, knownAt: Number.POSITIVE_INFINITY })));
    await this.#noteKnown();
  }

  /** From when on the fan-out surely knows of them. */
  async #noteKnown(): Promise<void> {
    for (const [index, engaged] of this.engagements.entries()) {
      if (engaged.knownAt < Number.POSITIVE_INFINITY) continue;
      if ((await this.#table.get(`RECIPIENT#${engaged.recipient}`, `ENGAGED#${engaged.event}`)) !== undefined)
        this.engagements[index] = { ...engaged, knownAt: Date.now() };
    }
  }

  /** Goes on engaging for so many seconds. */
  async engageUntilQuiet(seconds: number): Promise<void> {
    await this.#site.until(seconds, async () => {
      await this.tellEngagements();
      return undefined;
    });
  }

  async #untilPlanned(event: string): Promise<void> {
    const found = await this.#site.until(PATIENCE_SECONDS, async () => (await this.#table.isPlanned(event)) || undefined);
    if (found === undefined) this.faults.push(`nobody was told of ${event} in ${PATIENCE_SECONDS} s`);
  }
}
