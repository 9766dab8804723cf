import type { Burst, Delivery, End, PlannedEvent, Random, StormSettings } from '../../../lib/operate/storm/contract';
import { type Fault, SENDERS, type Sender, signedRequest, stormSecrets, TIMED_SENDERS } from './signing';

/** Share of the events of each kind; what is left are payments like any other. */
const KINDS: ReadonlyArray<{ readonly kind: string; readonly share: number; readonly ends: readonly End[]; readonly fault?: Fault }> = [
  { kind: 'large body', share: 0.01, ends: ['done'] },
  // Backoff is drawn at random: a refund whose draws are all short spends its budget before the payment is there.
  { kind: 'refund before its payment', share: 0.03, ends: ['done', 'parked'] },
  { kind: 'refund without payment', share: 0.02, ends: ['parked'] },
  { kind: 'negative amount', share: 0.02, ends: ['parked'] },
  { kind: 'malformed JSON', share: 0.02, ends: ['parked'] },
  { kind: 'changed copy', share: 0.01, ends: ['done'] },
  { kind: 'forged signature', share: 0.02, ends: ['rejected'], fault: 'forged signature' },
  { kind: 'altered body', share: 0.01, ends: ['rejected'], fault: 'altered body' },
  { kind: 'missing signature', share: 0.02, ends: ['rejected'], fault: 'missing signature' },
  { kind: 'stale timestamp', share: 0.02, ends: ['rejected'], fault: 'stale timestamp' },
  { kind: 'future timestamp', share: 0.02, ends: ['rejected'], fault: 'future timestamp' },
  { kind: 'duplicated signature header', share: 0.02, ends: ['rejected'], fault: 'duplicated signature header' },
];
const PAYMENT = { kind: 'payment', ends: ['done'] as readonly End[], fault: undefined };

const CUSTOMERS = 40;
/** Over what a message on the queue may hold (1 MiB), under what the API takes. */
const LARGE_BODY_BYTES = [1_100_000, 1_400_000] as const;
/** Bursts between a refund and its payment: about half a second, in which the refund fails for the first time. */
const REFUND_LEAD = [30, 50] as const;
const LONGEST_GAP_BETWEEN_COPIES = 150;
const MOST_DELIVERIES = 5;
/** During a rotation a sender signs with the secret it knows: both are valid. */
const SHARE_WITH_PREVIOUS_SECRET = 0.1;
/** Each further copy of a repeated event, up to five deliveries. */
const SHARE_WITH_ANOTHER_COPY = 0.4;
/** What takes its time to end, by backoff or by the visibility of a killed process's messages, begins in this first part of the storm. */
export const EARLY = 0.5;

interface Draft {
  readonly event: PlannedEvent;
  readonly sender: Sender;
  /** Made when it is sent: a storm holds no bodies. */
  readonly body: () => Buffer;
  readonly fault: Fault | undefined;
  readonly offsetSeconds: number;
  readonly secret: 'current' | 'previous';
}

export interface PlannedStorm {
  readonly events: readonly PlannedEvent[];
  readonly bursts: readonly Burst[];
  /** Ids by kind, for whoever chooses kills. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
}

export function planEvents({ random, events: count, duplicates, tag }: StormSettings): PlannedStorm {
  const secrets = { current: stormSecrets('current'), previous: stormSecrets('previous') };
  const kinds = random.shuffle(kindsOf(count));
  const drafts = kinds.map((kind, index) => draft({ random, kind, id: `evt_${tag}_${String(index).padStart(6, '0')}`, tag }));
  const positions = new Map(drafts.map((entry, index) => [entry, entry.event.kind.startsWith('refund') ? index * EARLY : index]));
  const paid = payRefunds({ random, drafts, positions });

  const deliveryOf = (entry: Draft, body = entry.body): Delivery => ({
    eventId: entry.event.id,
    request: (nowEpochSeconds) =>
      signedRequest({ ...entry, eventId: entry.event.id, secret: secrets[entry.secret][entry.sender], body: body() }, nowEpochSeconds),
  });
  const timed: { readonly at: number; readonly burst: Burst }[] = [];
  const repeated = new Set(random.shuffle(paid).slice(0, Math.round(duplicates * count)));
  for (const entry of paid) {
    const at = positions.get(entry)!;
    const first = [deliveryOf(entry)];
    timed.push({ at, burst: first });
    for (let deliveries = 1; repeated.has(entry) && deliveries < MOST_DELIVERIES; deliveries += 1) {
      if (deliveries > 1 && random.fraction() >= SHARE_WITH_ANOTHER_COPY) break;
      if (random.fraction() < 0.5) first.push(deliveryOf(entry));
      else timed.push({ at: at + random.integer(1, LONGEST_GAP_BETWEEN_COPIES) + 0.5, burst: [deliveryOf(entry)] });
    }
    if (entry.event.kind === 'changed copy') {
      timed.push({ at: at + random.integer(1, LONGEST_GAP_BETWEEN_COPIES) + 0.5, burst: [deliveryOf(entry, () => changed(entry.body()))] });
    }
  }
  return {
    events: paid.map(({ event }) => event),
    bursts: timed.sort((a, b) => a.at - b.at).map(({ burst }) => burst),
    ids: Object.fromEntries(
      [PAYMENT, ...KINDS].map(({ kind }) => [kind, paid.filter(({ event }) => event.kind === kind).map(({ event }) => event.id)]),
    ),
  };
}

/** At least one of each kind, as long as half of the events remain ordinary payments. */
function kindsOf(count: number): ((typeof KINDS)[number] | typeof PAYMENT)[] {
  const special = KINDS.flatMap((kind) => Array.from({ length: Math.max(1, Math.round(kind.share * count)) }, () => kind));
  const taken = special.slice(0, Math.floor(count / 2));
  return [...taken, ...Array.from({ length: count - taken.length }, () => PAYMENT)];
}

function draft({
  random,
  kind: { kind, ends, fault },
  id,
  tag,
}: {
  random: Random;
  kind: ReturnType<typeof kindsOf>[number];
  id: string;
  tag: string;
}): Draft {
  const sender = random.pick(fault === 'stale timestamp' || fault === 'future timestamp' ? TIMED_SENDERS : SENDERS);
  const refund = kind.startsWith('refund');
  // A customer of its own: nobody else's payment may cover the refund.
  const customer = refund ? `cus_${id.slice('evt_'.length)}` : `cus_${tag}_${random.integer(1, CUSTOMERS)}`;
  const amount = random.integer(100, 99_999);
  const padding = kind === 'large body' ? random.integer(...LARGE_BODY_BYTES) : undefined;
  const greeting = padding === undefined ? `Grüße № ${random.hex(6)}` : '';
  const type = refund ? 'payment.refunded' : 'payment.succeeded';
  const text = (): string =>
    JSON.stringify({
      id,
      type,
      customer,
      amount: kind === 'negative amount' ? -amount : amount,
      note: padding === undefined ? greeting : 'x'.repeat(padding),
    });
  const cut = kind === 'malformed JSON' ? random.integer(id.length + 8, text().length - 1) : undefined;
  return {
    event: {
      id,
      kind,
      ends,
      ...(fault === undefined ? {} : { rejection: fault }),
      ...(ends.includes('done') ? { effect: { book: customer, amount: refund ? -amount : amount } } : {}),
    },
    sender,
    body: () => Buffer.from(text().slice(0, cut)),
    fault,
    offsetSeconds: random.integer(400, 4_000),
    secret: random.fraction() < SHARE_WITH_PREVIOUS_SECRET ? 'previous' : 'current',
  };
}

/** Gives each refund that is to pass a payment of the same customer, which leaves a moment after it. */
function payRefunds({ random, drafts, positions }: { random: Random; drafts: readonly Draft[]; positions: Map<Draft, number> }): Draft[] {
  const refunds = drafts.filter(({ event }) => event.kind === 'refund before its payment');
  const payments = drafts.filter(({ event }) => event.kind === 'payment');
  const paid = new Map<Draft, Draft>();
  for (const [index, refund] of refunds.entries()) {
    const payment = payments[index];
    const book = refund.event.effect?.book;
    if (payment === undefined || book === undefined) continue;
    const amount = -refund.event.effect!.amount + random.integer(0, 1_000);
    const { id } = payment.event;
    const withCustomer: Draft = {
      ...payment,
      event: { ...payment.event, effect: { book, amount } },
      body: () => Buffer.from(JSON.stringify({ id, type: 'payment.succeeded', customer: book, amount })),
    };
    positions.set(withCustomer, positions.get(refund)! + random.integer(...REFUND_LEAD) + 0.25);
    paid.set(payment, withCustomer);
  }
  return drafts.map((entry) => paid.get(entry) ?? entry);
}

/** Same id, same money, other bytes: the receiver must not take it for the event it knows. */
function changed(body: Buffer): Buffer {
  return Buffer.from(JSON.stringify({ ...(JSON.parse(body.toString('utf8')) as object), note: 'changed' }));
}
