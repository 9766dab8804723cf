import type { DeskRequest, ParkedBody, ParkedGroup, ParkedMessage, ParkedState } from '../../../lib/blocks/parking-contract';
import type { Storm } from '../../../lib/operate/storm/contract';
import { type AskDesk, readDesks } from '../../../lib/operate/storm/parking';

const STORM = { eventIn: (body: string) => /evt_\d+/.exec(body)?.[0] } as Storm;
const COUNTS = { parked: 0, sending: 0, sent: 0, done: 0, returned: 0, discarded: 0, handed_over: 0 };
const PAGE = 2;

interface Held {
  readonly id: string;
  readonly group: string;
  readonly state: ParkedState;
  readonly body?: ParkedBody;
}

const text = (data: string): ParkedBody => ({ encoding: 'utf8', data });

/** A desk that holds these messages, and hands them out two a page. */
function deskWith(...held: readonly Held[]): { readonly ask: AskDesk; readonly asked: DeskRequest[] } {
  const asked: DeskRequest[] = [];
  const groups = [...new Set(held.map(({ group }) => group))];
  const answer = (request: DeskRequest): unknown => {
    asked.push(request);
    if (request.command === 'groups') return { groups: groups.map((group) => ({ group, counts: countsOf(group) }) as ParkedGroup) };
    if (request.command === 'show') {
      const { id, body } = held.find((one) => one.id === request.message)!;
      return { message: { id, reason: `reason of ${id}` } as ParkedMessage, body };
    }
    if (request.command !== 'messages') throw new Error(`not asked for in this test: ${request.command}`);
    const first = Number(request.cursor ?? 0);
    const all = held.filter(({ group, state }) => group === request.group && state === request.state);
    const more = first + PAGE < all.length;
    return { messages: all.slice(first, first + PAGE), ...(more && { cursor: String(first + PAGE) }) };
  };
  const countsOf = (group: string) => {
    const states = held.filter((one) => one.group === group).map(({ state }) => state);
    return Object.fromEntries(Object.keys(COUNTS).map((state) => [state, states.filter((one) => one === state).length]));
  };
  return { ask: (async (request: DeskRequest) => answer(request)) as AskDesk, asked };
}

test('what waits at all desks is read over all pages, and what was discarded is told apart', async () => {
  const one = deskWith(...['1', '2', '3', '4', '5'].map((id): Held => ({ id, group: 'a', state: 'parked', body: text(`evt_${id}`) })), {
    id: '6',
    group: 'b',
    state: 'discarded',
    body: text('evt_6'),
  });
  const other = deskWith({ id: '7', group: 'c', state: 'parked', body: text('of nobody') });
  const { copies, underWay } = await readDesks(STORM, [one.ask, other.ask], new Set());
  expect(underWay).toBe(0);
  expect([...copies.keys()]).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  expect(copies.get('5')).toEqual({ eventId: 'evt_5', reason: 'reason of 5', discarded: false });
  expect(copies.get('6')).toEqual({ eventId: 'evt_6', reason: 'reason of 6', discarded: true });
  expect(copies.get('7')).toEqual({ reason: 'reason of 7', discarded: false });
});

test('the event is found in a body that is not text', async () => {
  const { ask } = deskWith({
    id: '1',
    group: 'a',
    state: 'parked',
    body: { encoding: 'base64', data: Buffer.from('\u0000evt_9').toString('base64') },
  });
  expect((await readDesks(STORM, [ask], new Set())).copies.get('1')?.eventId).toBe('evt_9');
});

test('what is done or came back is no end, and what was sent and has none yet is under way', async () => {
  const states: readonly ParkedState[] = ['sending', 'sent', 'sent', 'done', 'returned', 'handed_over'];
  const { ask } = deskWith(...states.map((state, index): Held => ({ id: String(index), group: 'a', state, body: text(`evt_${index}`) })));
  expect(await readDesks(STORM, [ask], new Set())).toEqual({ copies: new Map(), underWay: 3 });
});

test('messages that are known already are not read again', async () => {
  const { ask, asked } = deskWith(
    { id: '1', group: 'a', state: 'parked', body: text('evt_1') },
    { id: '2', group: 'a', state: 'parked', body: text('evt_2') },
  );
  expect([...(await readDesks(STORM, [ask], new Set(['1']))).copies.keys()]).toEqual(['2']);
  expect(asked.filter(({ command }) => command === 'show')).toEqual([{ command: 'show', message: '2' }]);
});
