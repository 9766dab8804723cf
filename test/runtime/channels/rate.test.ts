import fc from 'fast-check';
import { BULK_AHEAD_MILLISECONDS, SharedRate } from '../../../lib/runtime/channels/shared-rate';
import { rateKey } from '../../../lib/runtime/notifications/store/keys';
import { InMemoryTables } from '../../support/in-memory-table/in-memory-tables';

const START = 1_750_000_000_000;

/** Time that goes on when nobody has anything to do, from one timer to the next. */
class Timers {
  now = START;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  readonly clock = () => ({
    now: () => this.now,
    random: () => 0.5,
    after: (milliseconds: number, callback: () => void) => {
      const timer = { at: this.now + Math.max(0, milliseconds), callback };
      this.#timers.push(timer);
      return () => {
        this.#timers = this.#timers.filter((one) => one !== timer);
      };
    },
  });

  /** Until all of this is done. */
  async run(work: Promise<unknown>): Promise<void> {
    let done = false;
    void work.finally(() => {
      done = true;
    });
    for (;;) {
      // Requests and what follows from them take no time.
      for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (done) return;
      const next = this.#timers.sort((one, other) => one.at - other.at).shift();
      if (next === undefined) continue;
      this.now = Math.max(this.now, next.at);
      next.callback();
    }
  }
}

function world(perSecond: number, workers: number) {
  const timers = new Timers();
  const tables = new InMemoryTables({ now: () => timers.now });
  tables.createTable('fanout', 'pk', 'sk');
  let requests = 0;
  const send = async (command: Parameters<InMemoryTables['send']>[0]) => {
    requests++;
    return tables.send(command);
  };
  const dynamoDb = { send } as never;
  const rate = () => new SharedRate(rateKey('email'), perSecond, { dynamoDb, tableName: 'fanout', clock: timers.clock() });
  return { timers, rates: Array.from({ length: workers }, rate), requests: () => requests };
}

describe('the rate of a channel', () => {
  test('is never exceeded, however many workers and lanes ask, in whatever batches', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(
          fc.record({
            worker: fc.nat(3),
            lane: fc.constantFrom('transactional' as const, 'bulk' as const),
            messages: fc.integer({ min: 1, max: 10 }),
            after: fc.nat(3_000),
          }),
          { minLength: 1, maxLength: 12 },
        ),
        async (perSecond, workers, batches) => {
          const { timers, rates } = world(perSecond, workers);
          const { after } = timers.clock();
          const sent: number[] = [];
          const back: number[] = [];
          const batch = async ({ worker, lane, messages, after: delay }: (typeof batches)[0]) => {
            await new Promise<void>((resolve) => after(delay, resolve));
            const until = timers.now + 5_000;
            await Promise.all(
              Array.from({ length: messages }, async () => {
                const wait = await rates[worker % workers]!.waitForPlace(lane, until);
                if (wait === undefined) {
                  sent.push(timers.now);
                  expect(timers.now).toBeLessThanOrEqual(until + 1);
                } else back.push(wait);
              }),
            );
          };
          await timers.run(Promise.all(batches.map(batch)));
          expect(sent.length + back.length).toBe(batches.reduce((sum, { messages }) => sum + messages, 0));
          sent.sort((one, other) => one - other);
          for (const [index, first] of sent.entries()) {
            // A place is rounded up to a millisecond.
            const within = sent.slice(index).filter((at) => at - first <= 1_000 - 1).length;
            expect(within).toBeLessThanOrEqual(Math.ceil(perSecond));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('gives a batch of ten its places in one request, and two when it meets others', async () => {
    const { timers, rates, requests } = world(1_000, 2);
    const ten = (worker: number) =>
      Promise.all(Array.from({ length: 10 }, () => rates[worker]!.waitForPlace('transactional', START + 5_000)));
    await timers.run(ten(0));
    expect(requests()).toBe(1);
    await timers.run(Promise.all([ten(1), ten(0)]));
    expect(requests()).toBeLessThanOrEqual(4);
  });

  test('is used up: places follow each other without gaps while there is work', async () => {
    const { timers, rates } = world(100, 2);
    const all = [0, 1, 0, 1].map((worker) =>
      Promise.all(Array.from({ length: 25 }, () => rates[worker]!.waitForPlace('transactional', START + 5_000))),
    );
    await timers.run(Promise.all(all));
    expect(timers.now - START).toBe(990);
  });

  test('lets a transactional message wait no longer than bulk may reach ahead, whatever bulk has in hand', async () => {
    const { timers, rates } = world(10, 3);
    const bulk = [0, 1].map((worker) => Promise.all(Array.from({ length: 10 }, () => rates[worker]!.waitForPlace('bulk', START + 60_000))));
    let waited = Number.POSITIVE_INFINITY;
    const transactional = (async () => {
      await new Promise<void>((resolve) => timers.clock().after(700, resolve));
      const before = timers.now;
      await rates[2]!.waitForPlace('transactional', START + 60_000);
      waited = timers.now - before;
    })();
    await timers.run(Promise.all([...bulk, transactional]));
    expect(waited).toBeLessThanOrEqual(BULK_AHEAD_MILLISECONDS + 100);
  });

  test('tells at once, and without a request once it is known, that no place comes in time', async () => {
    const { timers, rates, requests } = world(1, 1);
    const taking = Array.from({ length: 10 }, () => rates[0]!.waitForPlace('transactional', START + 4_000));
    await timers.run(Promise.all(taking));
    const waits = await Promise.all(taking);
    expect(waits.filter((wait) => wait === undefined)).toHaveLength(5);
    const before = requests();
    const later = rates[0]!.waitForPlace('transactional', timers.now);
    await timers.run(later);
    await expect(later).resolves.toBeGreaterThan(0);
    expect(requests()).toBe(before);
  });
});
