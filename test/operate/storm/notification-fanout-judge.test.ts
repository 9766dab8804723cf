import { judge } from '../../../examples/notification-fanout/storm/judge/judge';
import type { Arrival, Kind, Observed, RecordedMessage } from '../../../examples/notification-fanout/storm/judge/observed';
import { simulatedStorm } from '../../support/notifications/simulated-storm';

const storm = simulatedStorm({ seed: 1, events: 150, seconds: 240 });
const all = storm.deliveries.flatMap((delivery) => delivery.messages.map((message) => ({ delivery, message })));

/** The first message that is so. */
function find(is: (message: RecordedMessage, digest: boolean) => boolean) {
  const found = all.find(({ delivery, message }) => is(message, delivery.digest !== undefined));
  if (found === undefined) throw new Error('this storm has none');
  return found;
}

/** The storm, with one message otherwise. */
function withMessage({ delivery, message }: ReturnType<typeof find>, change: Partial<RecordedMessage> | undefined): Observed {
  const deliveries = storm.deliveries.map((one) =>
    one === delivery
      ? {
          ...one,
          messages: one.messages.flatMap((each) => (each !== message ? [each] : change === undefined ? [] : [{ ...each, ...change }])),
        }
      : one,
  );
  return { ...storm, deliveries };
}

function arrivalOf({ delivery, message }: ReturnType<typeof find>): Arrival {
  const { recipient, event } = delivery;
  const to = storm.recipients.find(({ id }) => id === recipient)?.addresses?.[message.channel] ?? 'nowhere';
  return { channel: message.channel, to, recipient, rule: message.rule, events: [event!], text: '', at: storm.endedAt, provider: '' };
}

function kinds(observed: Observed): readonly Kind[] {
  return [...new Set(judge(observed).findings.map(({ kind }) => kind))];
}

test.each([1, 2, 3, 4])('nothing is found in a storm in which all went well, seed %s', (seed) => {
  const observed = simulatedStorm({ seed, events: 150, seconds: 240 });
  expect(judge(observed).findings).toEqual([]);
  const statuses = new Set(observed.deliveries.flatMap(({ messages }) => messages.map(({ status }) => status)));
  expect([...statuses].sort()).toEqual(['digest', 'held', 'no_address', 'sent', 'suppressed']);
});

describe('what must not be is found and told by name', () => {
  const sent = find(({ status, rule }, isDigest) => status === 'sent' && rule === 'payment-failed' && !isDigest);
  const optedOut = find(({ reason }) => reason.startsWith('preference'));
  const suppressed = find(({ reason }) => reason.startsWith('suppression'));
  const held = find(({ status, at }) => status === 'held' && at > storm.endedAt);
  const digested = find(({ status, digest }) => status === 'digest' && digest !== undefined);
  const capped = find(({ reason }) => reason.startsWith('cap'));
  const same = find(({ reason }) => reason.startsWith('deduplication'));
  const fallback = find(
    ({ status, rule, channel }, isDigest) => status === 'sent' && rule === 'order-shipped' && channel === 'email' && !isDigest,
  );

  test.each<[string, Kind, () => Observed]>([
    [
      'a message that never arrived',
      'missing',
      () => ({
        ...storm,
        arrivals: storm.arrivals.filter(
          ({ events, rule, recipient }) =>
            !(events[0] === sent.delivery.event && rule === sent.message.rule && recipient === sent.delivery.recipient),
        ),
      }),
    ],
    ['one that arrived twice', 'doubled', () => ({ ...storm, arrivals: [...storm.arrivals, storm.arrivals[0]!] })],
    ['one that arrived against a preference', 'against', () => ({ ...storm, arrivals: [...storm.arrivals, arrivalOf(optedOut)] })],
    ['one that arrived at a suppressed address', 'against', () => ({ ...storm, arrivals: [...storm.arrivals, arrivalOf(suppressed)] })],
    [
      'one that left in quiet hours',
      'against',
      () => ({ ...withMessage(held, { status: 'sent' }), arrivals: [...storm.arrivals, arrivalOf(held)] }),
    ],
    [
      'one that waits for ever',
      'missing',
      () => ({ ...storm, timers: storm.timers.filter(({ recipient }) => recipient !== held.delivery.recipient) }),
    ],
    ['one that was suppressed for nothing', 'wrong', () => withMessage(optedOut, { reason: 'suppression: bounce' })],
    ['one without an end', 'unaccounted', () => withMessage(sent, { status: 'queued' })],
    ['one that was forgotten', 'unaccounted', () => withMessage(sent, undefined)],
    ['one of unknown end that nobody is asked of', 'unaccounted', () => withMessage(sent, { status: 'unknown' })],
    [
      'a recipient for whom nothing was planned',
      'unaccounted',
      () => ({ ...storm, deliveries: storm.deliveries.filter((one) => one !== sent.delivery) }),
    ],
    [
      'an event in no digest',
      'missing',
      () => ({
        ...storm,
        deliveries: storm.deliveries.map((one) =>
          one.occurrence === digested.message.digest
            ? { ...one, digest: { ...one.digest!, events: one.digest!.events.filter((id) => id !== digested.delivery.event) } }
            : one,
        ),
      }),
    ],
    [
      'an event in two digests',
      'doubled',
      () => ({
        ...storm,
        deliveries: [...storm.deliveries, ...storm.deliveries.filter(({ occurrence }) => occurrence === digested.message.digest)],
      }),
    ],
    [
      'more than a cap allows',
      'against',
      () => ({ ...withMessage(capped, { status: 'sent', reason: 'open' }), arrivals: [...storm.arrivals, arrivalOf(capped)] }),
    ],
    [
      'an event told again within its window',
      'against',
      () => ({ ...withMessage(same, { status: 'sent', reason: 'open' }), arrivals: [...storm.arrivals, arrivalOf(same)] }),
    ],
    [
      'a fallback that never went out',
      'missing',
      () => ({
        ...withMessage(fallback, undefined),
        arrivals: storm.arrivals.filter(
          ({ events, rule, channel }) => !(rule === 'order-shipped' && channel === 'email' && events[0] === fallback.delivery.event),
        ),
      }),
    ],
    [
      'a fallback though its recipient engaged',
      'against',
      () => ({
        ...storm,
        engagements: [
          ...storm.engagements,
          { recipient: fallback.delivery.recipient, event: fallback.delivery.event!, toldAt: 0, knownAt: 0 },
        ],
      }),
    ],
    ['an event that was lost', 'missing', () => ({ ...storm, accepted: storm.accepted.slice(1) })],
    ['an event accepted twice', 'doubled', () => ({ ...storm, accepted: [...storm.accepted, storm.accepted[0]!] })],
    ['a rejected event of which nobody knows', 'unaccounted', () => ({ ...storm, parked: storm.parked.slice(1) })],
    [
      'one that arrived elsewhere',
      'wrong',
      () => ({ ...storm, arrivals: storm.arrivals.map((one, index) => (index === 0 ? { ...one, to: 'elsewhere' } : one)) }),
    ],
    [
      'one that nothing led to',
      'wrong',
      () => ({ ...storm, arrivals: [...storm.arrivals, { ...storm.arrivals[0]!, events: ['t-e99999'] }] }),
    ],
    [
      'one planned while its event was paused',
      'against',
      () => ({
        ...storm,
        steering: {
          ...storm.steering,
          paused: { event: sent.delivery.event!, from: sent.delivery.plannedAt - 11_000, to: sent.delivery.plannedAt + 1 },
        },
      }),
    ],
    [
      'one that arrived long after it was cancelled',
      'against',
      () => ({
        ...storm,
        steering: { ...storm.steering, cancelled: { event: sent.delivery.event!, at: sent.delivery.plannedAt - 60_000 } },
      }),
    ],
  ])('%s: %s', (_, kind, observed) => {
    expect(kinds(observed())).toContain(kind);
  });
});
