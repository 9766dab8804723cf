import type { Random } from '../../../lib/operate/storm/contract';
import type { Crowd } from './recipients';

/** What is put on the bus. */
export interface Publication {
  readonly id: string;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** JSON pointer of the field for which it must be rejected. */
  readonly rejectedFor?: string;
}

export interface EventPlan {
  /** Everything that happens, each once, but for what is rejected and comes again mended. */
  readonly first: readonly Publication[];
  /** Copies, and other bodies under an id that was told already: to be published after the first. */
  readonly again: readonly Publication[];
  /** To everybody. */
  readonly paused: Publication;
  readonly cancelled: Publication;
}

/** Of these events, in which shares; `comment.posted` is the rest. */
const SHARES: readonly (readonly [name: string, share: number])[] = [
  ['payment.failed', 0.15],
  ['order.shipped', 0.4],
  ['login.noticed', 0.15],
  ['price.dropped', 0.01],
];
const REJECTED = 0.03;
const REPEATED = 0.2;

/** So many events that each happen once, a fifth of them repeated, and two more to everybody. */
export function makeEvents(
  random: Random,
  { count, tag, crowd }: { readonly count: number; readonly tag: string; readonly crowd: Crowd },
): EventPlan {
  let next = 0;
  const id = (): string => {
    next += 1;
    return `${tag}-e${String(next).padStart(5, '0')}`;
  };
  const happened: Publication[] = [];
  for (const [name, share] of SHARES)
    for (let index = 0; index < Math.max(1, Math.round(count * share)); index += 1) happened.push(make(random, name, id(), crowd));
  while (happened.length < count) happened.push(make(random, 'comment.posted', id(), crowd));
  const damaged = random
    .shuffle(happened)
    .slice(0, Math.max(3, Math.round(count * REJECTED)))
    .map((event) => damage(random, event));
  // Half of what is rejected comes again, mended, under the same id: a rejected event does not claim it.
  const lost = new Set(damaged.filter((_, index) => index % 2 === 1).map((event) => event.id));
  const repeated = random.shuffle([...happened.filter((event) => !lost.has(event.id)), ...damaged]).slice(0, Math.round(count * REPEATED));
  return {
    first: random.shuffle([...happened.filter((event) => !lost.has(event.id)), ...damaged]),
    again: repeated.map((event) => (event.rejectedFor === undefined && random.fraction() < 0.1 ? otherwise(event) : event)),
    paused: announcement(id(), 'first'),
    cancelled: announcement(id(), 'second'),
  };
}

function make(random: Random, name: string, id: string, { everyone, regulars }: Crowd): Publication {
  // Now and then somebody is told of whom nobody knows.
  const customer = random.fraction() < 0.01 ? `nobody-${random.hex(6)}` : random.pick(everyone);
  const data = (): Readonly<Record<string, unknown>> => {
    switch (name) {
      case 'payment.failed':
        return { customer, invoice: `2026-${random.integer(1, 9_999)}`, amount: `EUR ${random.integer(1, 900)}.${random.integer(10, 99)}` };
      case 'order.shipped':
        return { customer, order: `o-${random.integer(1, 99_999)}`, carrier: random.pick(['Swiss Post', 'DHL', 'GLS & Co']) };
      case 'login.noticed':
        return { customer: random.pick(regulars), device: random.pick(['Firefox on Linux', 'Safari on iPhone', 'Chrome on Windows']) };
      case 'price.dropped':
        return { product: random.pick(['Kettle', 'Chair', 'Lamp']), price: `EUR ${random.integer(5, 99)}.00` };
      default:
        return {
          followers: random.shuffle(regulars).slice(0, random.integer(1, 3)),
          ...{ post: `p-${random.integer(1, 3)}`, author: random.pick(['Cem', 'Ida', 'Noor']), text: 'Very nice <indeed>' },
        };
    }
  };
  return { id, name, data: { ref: id, ...data() } };
}

/** Breaks its contract, or lacks what only the template of a rule needs. */
function damage(random: Random, event: Publication): Publication {
  const { ref, ...rest } = event.data;
  if (event.name === 'order.shipped' && random.fraction() < 0.5) {
    const { carrier: _, ...without } = event.data;
    return { ...event, data: without, rejectedFor: '/data/carrier' };
  }
  return random.fraction() < 0.5
    ? { ...event, data: { ...rest, ref: 7 }, rejectedFor: '/data/ref' }
    : { ...event, data: { ...rest, ref, strange: true }, rejectedFor: '/data' };
}

/** Another event under an id that was told: it must do nothing. */
function otherwise(event: Publication): Publication {
  const field = Object.keys(event.data).find((name) => !['ref', 'customer', 'followers', 'post', 'amount'].includes(name))!;
  return { ...event, data: { ...event.data, [field]: 'TOLD TWICE' } };
}

function announcement(id: string, which: string): Publication {
  return { id, name: 'maintenance.announced', data: { ref: id, begins: `the ${which} Sunday, 02:00`, ends: '04:00' } };
}
