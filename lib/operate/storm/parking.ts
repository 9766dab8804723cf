import type { DeskAnswers, DeskRequest, ParkedBody, ParkedMessage, ParkedState } from '../../blocks/parking-contract';
import type { ParkedCopy, Storm, StormTarget } from './contract';
import type { StormQueues } from './queues';

/** Asks one parking desk. */
export type AskDesk = <Request extends DeskRequest>(request: Request) => Promise<DeskAnswers[Request['command']]>;

/** What waits for a person, and what a person took out. */
export interface Parked {
  /** By the id under which the parking lot or the desk knows the message. */
  readonly copies: ReadonlyMap<string, ParkedCopy>;
  /** Messages that a redrive has sent and whose end the desk does not know yet. */
  readonly underWay: number;
}

/** States in which the desk's message is an end of its event. What is done or came back has its end elsewhere, or has none: that is to be found out. */
const ENDS: readonly ParkedState[] = ['parked', 'discarded'];
const UNDER_WAY: readonly ParkedState[] = ['sending', 'sent'];
/** Bodies asked for at the same time. */
const BODIES_AT_ONCE = 5;

/** The messages of a queue that nothing takes from. */
export async function readParkingLot(storm: Storm, target: StormTarget, queues: StormQueues): Promise<Parked> {
  const messages = await queues.readParkingLot(storm.parkingLot(target));
  const copies = messages.map(({ messageId, body, reason }) => [messageId, copyOf(storm, { body, reason, discarded: false })] as const);
  return { copies: new Map(copies), underWay: 0 };
}

/** @param known messages that need not be read again */
export async function readDesks(storm: Storm, desks: readonly AskDesk[], known: ReadonlySet<string>): Promise<Parked> {
  const copies = new Map<string, ParkedCopy>();
  let underWay = 0;
  for (const ask of desks) {
    const { groups } = await ask({ command: 'groups' });
    for (const { group, counts } of groups) {
      underWay += UNDER_WAY.reduce((sum, state) => sum + counts[state], 0);
      for (const state of ENDS.filter((end) => counts[end] > 0)) {
        const messages = (await messagesOf(ask, group, state)).filter(({ id }) => !known.has(id));
        for (let first = 0; first < messages.length; first += BODIES_AT_ONCE) {
          const some = messages.slice(first, first + BODIES_AT_ONCE);
          const shown = await Promise.all(some.map(({ id }) => ask({ command: 'show', message: id })));
          for (const { message, body } of shown) {
            copies.set(message.id, copyOf(storm, { body: textOf(body), reason: message.reason, discarded: state === 'discarded' }));
          }
        }
      }
    }
  }
  return { copies, underWay };
}

async function messagesOf(ask: AskDesk, group: string, state: ParkedState): Promise<readonly ParkedMessage[]> {
  const found: ParkedMessage[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await ask({ command: 'messages', group, state, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...page.messages);
    cursor = page.cursor;
    if (cursor === undefined) return found;
  }
}

function copyOf(
  storm: Storm,
  { body, ...rest }: { readonly body: string; readonly reason: string; readonly discarded: boolean },
): ParkedCopy {
  const eventId = storm.eventIn(body);
  return { ...(eventId === undefined ? {} : { eventId }), ...rest };
}

function textOf({ encoding, data }: ParkedBody): string {
  return Buffer.from(data, encoding === 'base64' ? 'base64' : 'utf8').toString('utf8');
}
