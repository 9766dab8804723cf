import { controlEvent, type EventProgress, type EventWish, eventProgress } from '../../runtime/notifications/event-control';
import { factLines } from '../commands/facts';
import { json, paint, type Terminal } from '../commands/terminal';
import { atFanout, type FanoutCommand } from './fanouts';

export const progress: FanoutCommand = {
  usage: 'EVENT',
  summary: 'how far an event is planned, and what was decided',
  example: 'npx breakwater notifications progress 0f7a3c52-66e1-8d1e-9a52-2f1f6f0c9a11',
  names: [1, 1],
  async run(session, given) {
    const found = await atFanout(await session.fanout(), 'dynamodb:GetItem and dynamodb:Query', ({ store }) =>
      eventProgress(given.names[0]!, store),
    );
    session.terminal.out(session.json ? json(found, 2) : `${describe(session.terminal, found).join('\n')}\n`);
    return 0;
  },
};

function describe(terminal: Terminal, { event, segments, planned, counts }: EventProgress): string[] {
  return [
    paint(terminal, 'bold', event.id),
    ...factLines([
      ['event', `${event.name} version ${event.version}`],
      ['received', new Date(event.receivedAt).toISOString()],
      ['state', event.state],
      ['segments', `${segments.done} of ${segments.all} planned to their end`],
      ['recipients', `${planned} planned`],
      ...Object.entries(counts).map(([status, count]) => [status, String(count)] as const),
    ]),
  ];
}

const SAYS: Readonly<Record<EventWish, { readonly summary: string; readonly done: string }>> = {
  pause: { summary: 'plans no more recipients of an event for now; what is planned goes out', done: 'is paused' },
  resume: { summary: 'goes on planning where it was paused', done: 'runs' },
  cancel: { summary: 'plans no more recipients of an event, and sends nothing of it that is not sent yet', done: 'is cancelled' },
};

function wishing(wish: EventWish): FanoutCommand {
  return {
    usage: 'EVENT',
    summary: SAYS[wish].summary,
    example: `npx breakwater notifications ${wish} 0f7a3c52-66e1-8d1e-9a52-2f1f6f0c9a11`,
    names: [1, 1],
    async run(session, given) {
      const id = given.names[0]!;
      const fanout = await session.fanout();
      const pages = await atFanout(
        fanout,
        'dynamodb:GetItem, dynamodb:Query and dynamodb:UpdateItem, and sqs:SendMessage to its queues',
        (clients) => controlEvent(id, wish, { ...clients, queues: fanout.planQueues }),
      );
      if (session.json) session.terminal.out(json({ event: id, did: wish, pages }, 2));
      else session.terminal.out(`${id} ${SAYS[wish].done}${wish === 'resume' ? `, ${pages} pages begun` : ''}\n`);
      return 0;
    },
  };
}

export const pause = wishing('pause');
export const resume = wishing('resume');
export const cancel = wishing('cancel');
