import type { DeskRequest } from '../../../lib/blocks/parking-contract';
import { expectOneEndEach, orders, parked } from './parked';
import { Killed, type World } from './world';

const COUNT = 3;
const ids = orders(COUNT).map(({ id }) => id);

interface Situation {
  readonly request: (world: World) => DeskRequest;
  /** What was done before. */
  readonly given?: (world: World) => Promise<unknown>;
  readonly action: string;
}

const group = (world: World) => world.groups()[0]!.group;
const job = (world: World) => world.jobs()[0]!.id;
const redrive = (world: World) => ({ command: 'redrive', group: group(world), rate: 1, canary: 1, by: 'ann' }) as const;
const paused = async (world: World) => {
  await world.ask(redrive(world));
  await world.ask({ command: 'pause', job: job(world), by: 'bob' });
};

const sentOne = async (world: World) => {
  await world.ask(redrive(world));
  world.workerRuns = false;
  await world.run(() => world.queues.sent.length === 1);
  world.workerRuns = true;
};

const SITUATIONS: readonly Situation[] = [
  { action: 'redrive', request: redrive },
  { action: 'discard', request: (world) => ({ command: 'discard', group: group(world), because: 'why', by: 'ann' }) },
  { action: 'resume', given: paused, request: (world) => ({ command: 'resume', job: job(world), by: 'ann' }) },
  { action: 'stop', given: sentOne, request: (world) => ({ command: 'stop', job: job(world), by: 'ann' }) },
  { action: 'stop', given: paused, request: (world) => ({ command: 'stop', job: job(world), by: 'ann' }) },
  {
    action: 'edit',
    request: (world) => ({
      ...{ command: 'edit', message: world.messages()[0]!.id, because: 'why', by: 'ann' },
      body: { encoding: 'utf8', data: '{"id":"o000"}' },
    }),
  },
  {
    action: 'acknowledge',
    request: (world) => ({ command: 'acknowledge', group: group(world), until: new Date(world.now + 60_000).toISOString(), by: 'ann' }),
  },
  { action: 'ignore', request: (world) => ({ command: 'ignore', group: group(world), by: 'ann' }) },
];

const cases = SITUATIONS.flatMap((situation) => (['before', 'after'] as const).map((when) => ({ ...situation, when })));

test.each(cases)(
  'a desk that is killed at any request of $action, $when it took effect: asked again, it is done once',
  async (situation) => {
    const { action, request, given, when } = situation;
    for (let n = 1; ; n++) {
      const { world } = await parked(COUNT);
      world.mended.add('no stock');
      await given?.(world);
      let asked = 0;
      world.interfere = (_name, now) => {
        if (now === when && ++asked >= n) throw new Killed();
      };
      const first = await world.ask(request(world) as never).then(
        () => 'answered',
        (error: unknown) => {
          if (!(error instanceof Killed)) throw error;
          return 'killed';
        },
      );
      world.interfere = () => {};
      if (first === 'killed') {
        // Refused when it had been done: a job then only has to be driven.
        const again = world.jobs().filter(({ kind }) => kind !== 'wake');
        await world.ask(request(world) as never).catch(async (error: Error) => {
          expect(error.name).toBe('DeskError');
          if (again[0] !== undefined) await world.ask({ command: 'resume', job: again[0].id, by: 'ann' });
        });
      }
      await world.run();
      const entries = (await world.ask({ command: 'audit' })).entries.filter((entry) => entry.action === action);
      const repeatable = ['edit', 'acknowledge', 'ignore'].includes(action);
      if (repeatable) expect(entries.length).toBeGreaterThan(0);
      else expect(entries).toHaveLength(1);
      const [message] = world.messages();
      if (action === 'edit') expect(message!.edits).toBe(entries.length);
      expectOneEndEach(world, ids);
      expect(world.jobs().filter(({ kind }) => kind === 'redrive' || kind === 'discard').length).toBeLessThanOrEqual(1);
      if (first === 'answered') return;
    }
  },
);
