import type { StormTarget, WitnessedRequest } from '../../../lib/operate/storm/contract';
import type { Arrival } from './judge/observed';
import { endpointsOf } from './prepare';
import type { Crowd } from './recipients';
import type { Table } from './records';

/** Every text says at its end whose it is, of which rule and of which events: `[recipient rule event …]`. */
const MARK = /\[([^\s[\]]+) ([^\s[\]]+)((?: [^\s[\]]+)+)\]/;

/** Reads what arrived where the engine records it; the engine keeps no push notifications, so those are what SNS was asked and did. */
export async function readArrivals(
  target: StormTarget,
  chats: Table,
  crowd: Crowd,
  witnessed: readonly WitnessedRequest[],
): Promise<readonly Arrival[]> {
  return [
    ...(await emails(target)),
    ...(await texts(target, witnessed)),
    ...(await pushes(target, crowd, witnessed)),
    ...((await chats.items()) as unknown as readonly Said[]).map(({ room, text, at }) => arrival('chat', room, text, at, 'chat')),
  ];
}

interface Said {
  readonly room: string;
  readonly text: string;
  readonly at: number;
}

async function emails(target: StormTarget): Promise<readonly Arrival[]> {
  const answer = await ask<{ readonly messages: readonly SentEmail[] }>(target, '/_ministack/ses/messages');
  return Object.values(answer.messages)
    .flat()
    .map(({ Source, To, BodyText, Timestamp }) => arrival('email', To[0]!, BodyText, Timestamp * 1000, Source));
}

interface SentEmail {
  readonly Source: string;
  readonly To: readonly string[];
  readonly BodyText: string;
  /** Seconds. */
  readonly Timestamp: number;
}

/** The engine does not keep when; whoever stood between did. */
async function texts(target: StormTarget, witnessed: readonly WitnessedRequest[]): Promise<readonly Arrival[]> {
  const answer = await ask<{ readonly sms_messages: Readonly<Record<string, ReadonlyArray<{ readonly Message: string }>>> }>(
    target,
    '/_ministack/sns/sms-messages',
  );
  const times = new Map(published(witnessed).map(({ Message = '', at }) => [Message, at]));
  return Object.entries(answer.sms_messages).flatMap(([number, messages]) =>
    messages.map(({ Message }) => arrival('sms', number, Message, times.get(Message) ?? Number.NaN, 'sns')),
  );
}

/** An endpoint is a device's, and the device is known by its token. */
async function pushes(target: StormTarget, crowd: Crowd, witnessed: readonly WitnessedRequest[]): Promise<readonly Arrival[]> {
  const found = published(witnessed)
    .filter(({ TargetArn }) => TargetArn !== undefined)
    .map(({ TargetArn, Message = '', at }) => arrival('push', TargetArn!, innerText(Message), at, 'sns'));
  const tokens = await endpointsOf(target, crowd, [...new Set(found.map(({ recipient }) => recipient))]);
  return found.map((one) => ({ ...one, to: tokens.get(one.to) ?? one.to }));
}

/** Parameters of what was published by SNS. */
export function published(
  witnessed: readonly WitnessedRequest[],
): ReadonlyArray<Readonly<Record<string, string>> & { readonly at: number }> {
  return witnessed
    .filter(({ operation }) => operation === 'sns:POST')
    .map(
      ({ body, at }) =>
        ({ ...Object.fromEntries(new URLSearchParams(body)), at }) as Readonly<Record<string, string>> & { readonly at: number },
    )
    .filter(({ Action }) => Action === 'Publish');
}

/** For each platform there is another text; `default` is what all have. */
function innerText(message: string): string {
  return (JSON.parse(message) as { readonly default: string }).default;
}

function arrival(channel: string, to: string, text: string, at: number, provider: string): Arrival {
  const [, recipient = '', rule = '', events = ''] = MARK.exec(text) ?? [];
  return { channel, to, recipient, rule, events: events.trim().split(' '), text, at, provider };
}

async function ask<T>({ clientConfig }: StormTarget, path: string): Promise<T> {
  const answer = await fetch(`${clientConfig.endpoint}${path}`);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
