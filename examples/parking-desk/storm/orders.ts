import { createHmac } from 'node:crypto';
import type { Burst, Delivery, End, Kill, PlannedEvent, Random, StormSettings } from '../../../lib/operate/storm/contract';
import type { Order } from '../order';

/** Share of the orders that the first release can't process. */
const POISON = 1 / 6;
/** Copies of an order that the worker takes leave at most so many bursts after it. */
const LONGEST_GAP_BETWEEN_COPIES = 150;
const CUSTOMERS = 40;

/** What makes an order poison, by its kind; what becomes of it in the end; and its share of the poison. */
export const CAUSES = {
  'gift without a note': { error: 'TypeError', fault: 'ours', ends: ['done'], share: 1 / 3, poison: { gift: {} } },
  'time in seconds': { error: 'RangeError', fault: 'ours', ends: ['done'], share: 1 / 4, poison: { placedAt: '1790000000' } },
  'no carrier': { error: 'PermanentError', fault: 'ours', ends: ['parked'], share: 1 / 6, poison: { country: 'AQ' } },
  'closed shop': { error: 'ShopClosedError', fault: 'ours', ends: ['discarded'], share: 1 / 6, poison: { shop: 'shop_closed' } },
  'quantity in words': { error: 'SchemaError', fault: 'customer', ends: ['done'], share: 1 / 12, poison: { quantity: 'three' } },
} as const satisfies Readonly<
  Record<string, { error: string; fault: 'ours' | 'customer'; ends: readonly End[]; share: number; poison: object }>
>;
export type Cause = keyof typeof CAUSES;
export const ALL_CAUSES = Object.keys(CAUSES) as readonly Cause[];

export const SECRET = 'the secret of the partners, known to this storm alone';

export interface PlannedOrders {
  readonly events: readonly PlannedEvent[];
  readonly bursts: readonly Burst[];
}

/** Good orders, of which some come twice, and among them the poison of five causes, each of which comes once. */
export function planOrders({ random, events: count, duplicates, tag }: StormSettings): PlannedOrders {
  const orders = random.shuffle(kindsOf(count)).map((kind, index) => {
    const order = orderOf(random, `ord_${tag}_${String(index).padStart(6, '0')}`, tag);
    const { id: eventId, customer: book, amount } = order;
    const { ends, poison } = kind === 'good' ? { ends: ['done'] as const, poison: {} } : CAUSES[kind];
    const delivery: Delivery = { eventId, request: () => requestOf(eventId, JSON.stringify({ ...order, ...poison })) };
    const event: PlannedEvent = { id: eventId, kind, ends, ...(ends.includes('done' as never) && { effect: { book, amount } }) };
    return { event, delivery };
  });
  const timed = orders.map(({ delivery }, index) => ({ at: index, delivery }));
  const good = orders.flatMap(({ event, delivery }, at) => (event.kind === 'good' ? [{ at, delivery }] : []));
  for (const { at, delivery } of random.shuffle(good).slice(0, Math.round(duplicates * count))) {
    timed.push({ at: at + random.integer(0, LONGEST_GAP_BETWEEN_COPIES) + 0.5, delivery });
  }
  return {
    events: orders.map(({ event }) => event),
    bursts: timed.sort((a, b) => a.at - b.at).map(({ delivery }) => [delivery]),
  };
}

function kindsOf(count: number): (Cause | 'good')[] {
  const poison = ALL_CAUSES.flatMap((cause) => Array<Cause>(Math.max(2, Math.round(CAUSES[cause].share * POISON * count))).fill(cause));
  return [...poison, ...Array<'good'>(Math.max(0, count - poison.length)).fill('good')].slice(0, count);
}

function orderOf(random: Random, id: string, tag: string): Order {
  return {
    id,
    customer: `cus_${tag}_${random.integer(1, CUSTOMERS)}`,
    shop: `shop_${random.integer(1, 9)}`,
    country: random.pick(['AT', 'CH', 'DE', 'FR', 'IT']),
    quantity: random.integer(1, 5),
    amount: random.integer(100, 99_999),
    placedAt: new Date(1_790_000_000_000 + random.integer(0, 86_400_000)).toISOString(),
    ...(random.fraction() < 0.2 && { gift: { note: `Alles Gute № ${random.hex(4)}` } }),
  };
}

/** As GitHub signs: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
function requestOf(id: string, text: string): ReturnType<Delivery['request']> {
  const body = Buffer.from(text);
  return {
    method: 'POST',
    path: '/partners',
    headers: [
      ['content-type', 'application/json'],
      ['X-GitHub-Event', 'order'],
      ['X-GitHub-Delivery', id],
      ['X-Hub-Signature-256', `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`],
    ],
    body,
  };
}

/**
 * The intake, killed at each of its writes. No worker is: what its batch had on the last attempt, the queue itself would move, and that does not know the cause. Those
 * kills are in the storm of webhook ingestion.
 */
export function planKills(random: Random, events: readonly PlannedEvent[]): Kill[] {
  const victims = random.shuffle(events.flatMap(({ id, kind }) => (kind === 'good' ? [] : [id])));
  const each = Math.max(1, Math.round(events.length / 1_000));
  const kills = (name: string, operation: string, moment: Kill['moment'], ...holding: readonly string[]): Kill[] =>
    victims.splice(0, each).map((id) => ({ name, operation, moment, holding: [id, ...holding] }));
  return [
    ...kills('intake after its S3 put', 's3:PutObject', 'after'),
    ...kills('intake before its transaction', 'dynamodb:TransactWriteItems', 'before', MESSAGE_ITEM),
    ...kills('intake after its transaction', 'dynamodb:TransactWriteItems', 'after', MESSAGE_ITEM),
  ];
}

/** What the key of a message's item at the desk begins with: no other function writes such a one. */
const MESSAGE_ITEM = 'message#';
