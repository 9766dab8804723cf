import type { PlanMessage } from '../../../../lib/blocks/fanout-contract';
import { readContracts } from '../../../../lib/notification-rules/contracts';
import { controlEvent } from '../../../../lib/runtime/notifications/event-control';
import { FanoutWorld, PLAN_QUEUES } from '../../../support/notifications/fanout-world';
import { rulesOf } from '../../../support/notifications/previews';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const RECIPIENTS = 40;

test('an event that is paused plans nobody, and goes on where it stopped when it is resumed', async () => {
  const rules = rulesOf({ audience: { all: true } });
  const world = new FanoutWorld({ rules, contracts: readContracts('rules.json', rules, () => '{}'), now: NOW });
  const recipients = Array.from({ length: RECIPIENTS }, (_, index) => ({ id: `r${index}`, addresses: { email: `r${index}@example.com` } }));
  await world.recipients.putMany(recipients);
  world.publish({ id: 'e', name: 'order.shipped', version: 1, payload: { orderId: 'o-1' } });
  await world.deliver(world.waiting()[0]!);
  await world.deliver(world.waiting()[0]!);
  const sqs = {
    send: async ({ input }: { readonly input: { readonly Entries: readonly { readonly MessageBody: string }[] } }) => {
      for (const { MessageBody } of input.Entries) world.tell(JSON.parse(MessageBody) as PlanMessage);
      return { Failed: [] };
    },
  };
  const control = { store: world.store, sqs: sqs as never, queues: PLAN_QUEUES };

  await controlEvent('e', 'pause', control);
  await world.settle();
  const planned = world.deliveries().length;
  expect(planned).toBeLessThan(RECIPIENTS);

  await controlEvent('e', 'resume', control);
  await world.settle();
  expect(
    world
      .deliveries()
      .map(({ recipient }) => recipient)
      .sort(),
  ).toEqual(recipients.map(({ id }) => id).sort());
});

test('what was planned when its worker died, before anything was handed over, is handed over though the event is cancelled, and nobody more is planned', async () => {
  const rules = rulesOf({ audience: { all: true } });
  const world = new FanoutWorld({ rules, contracts: readContracts('rules.json', rules, () => '{}'), now: NOW });
  const recipients = Array.from({ length: RECIPIENTS }, (_, index) => ({ id: `r${index}`, addresses: { email: `r${index}@example.com` } }));
  await world.recipients.putMany(recipients);
  world.publish({ id: 'e', name: 'order.shipped', version: 1, payload: { orderId: 'o-1' } });
  await world.deliver(world.waiting()[0]!);
  world.intercept = ({ kind }, moment) => {
    if (kind === 'SendMessageBatch' && moment === 'before') throw new Error('the worker died');
  };
  await world.deliver(world.waiting()[0]!);
  world.intercept = () => undefined;
  const planned = world.deliveries().map(({ recipient }) => recipient);
  expect(planned.length).toBeGreaterThan(0);
  expect(world.handedOver()).toEqual([]);

  await controlEvent('e', 'cancel', { store: world.store, sqs: { send: async () => ({ Failed: [] }) } as never, queues: PLAN_QUEUES });
  await world.settle();
  expect(world.deliveries().map(({ recipient }) => recipient)).toEqual(planned);
  expect(new Set(world.handedOver().map(({ recipient }) => recipient))).toEqual(new Set(planned));
});
