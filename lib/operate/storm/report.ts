import type { Account, Percentiles } from './account';
import type { KillFigures, RequestFigures } from './armed-proxy';
import type { Operated } from './contract';
import type { DisturbanceFigures } from './disturbances';
import type { Resources } from './resources';

export interface SoakFigures {
  readonly disturbances: readonly DisturbanceFigures[];
  /** Disturbances that were to befall the engine. */
  readonly planned: number;
  /** The most of each that was seen. */
  readonly resources: Resources;
}

/** What one storm came to: the account, and what it cost. */
export interface StormResult extends Account, KillFigures, RequestFigures {
  readonly example: string;
  readonly seed: number;
  readonly senders: number;
  /** Of a soak only. */
  readonly soak?: SoakFigures;
  /** What a person did after the events were in; only of an example with an operator. */
  readonly operated?: Operated;
  /** Requests to DynamoDB for each event that was accepted; null when they could not be counted. */
  readonly dynamoDbRequestsPerEvent: number | null;
  readonly deliveriesPerSecond: number;
  readonly seconds: { readonly sending: number; readonly untilQuiet: number; readonly operating?: number };
  readonly clean: boolean;
}

const FACT_NAME_WIDTH = 15;

export const number = (value: number): string => value.toLocaleString('en-US');

/** The account as a person reads it. */
export function describe(result: StormResult): string {
  const { events, deliveries, senders, seed } = result;
  const rejected = sum(result.rejected);
  const parked = sum(result.parked);
  const discarded = sum(result.discarded);
  const killed = sum(result.kills);
  return [
    `${result.example}, seed ${seed}: ${number(events)} events, ${number(deliveries)} deliveries, ${plural(senders, 'sender')}, ${plural(killed, 'process', 'processes')} killed`,
    '',
    row('rejected', rejected, list(result.rejected)),
    row(
      'done once',
      result.done - result.doubled.length,
      result.doneAfterRetry > 0 ? `${number(result.doneAfterRetry)} of them after a retry` : '',
    ),
    row('parked', parked, list(result.parked)),
    ...(discarded > 0 ? [row('discarded', discarded, list(result.discarded))] : []),
    row('lost', result.lost.length),
    row('done twice', result.doubled.length),
    `  ${'-'.repeat(20)}`,
    row('events', rejected + result.done + parked + discarded + result.lost.length, verdict(result)),
    '',
    fact('answers', list(result.answered, ' x ')),
    fact('answer time', times(result.latencyMs.answer)),
    fact('whole way', times(result.latencyMs.endToEnd)),
    fact(
      'rate',
      `${result.deliveriesPerSecond.toFixed(0)} deliveries/s for ${result.seconds.sending.toFixed(1)} s, quiet after ${result.seconds.untilQuiet.toFixed(1)} s`,
    ),
    ...(result.seconds.operating === undefined ? [] : [fact('operator', `${result.seconds.operating.toFixed(1)} s at work`)]),
    fact('DynamoDB', requests(result)),
    fact('killed', killsOf(result)),
    ...soakFacts(result.soak),
    ...(result.supersededCopies > 0
      ? [fact('parked copies', `${number(result.supersededCopies)} beside an event that has its end already`)]
      : []),
    ...(result.operated?.pages ?? []).map(({ title, text }) => `\n${title}\n\n${indented(text)}`),
    ...failures(result).map((failure) => `\nFAILED  ${failure}`),
  ].join('\n');
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function row(name: string, value: number, detail = ''): string {
  return `  ${name.padEnd(12)}${number(value).padStart(8)}   ${detail}`.trimEnd();
}

export function fact(name: string, text: string): string {
  return `  ${name.padEnd(FACT_NAME_WIDTH)}${text}`;
}

function list(counts: Readonly<Record<string, number>>, separator = ' '): string {
  return Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, value]) => `${name.replaceAll('_', ' ')}${separator}${number(value)}`)
    .join(', ');
}

export function indented(text: string): string {
  return text.trimEnd().replace(/^(?=.)/gm, '  ');
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

function times({ p50, p95, p99 }: Percentiles): string {
  return `p50 ${number(p50)} ms, p95 ${number(p95)} ms, p99 ${number(p99)} ms`;
}

function verdict(result: StormResult): string {
  if (!result.clean) return '';
  return `each with exactly one end; the books hold ${number(result.booksTotal)}, as the done events say`;
}

function requests({ dynamoDbRequestsPerEvent }: StormResult): string {
  return dynamoDbRequestsPerEvent === null
    ? 'not counted: this engine was started elsewhere'
    : `${dynamoDbRequestsPerEvent.toFixed(2)} requests per accepted event`;
}

export function killsOf(result: KillFigures): string {
  if (result.notKilled !== undefined) return `none: ${result.notKilled}`;
  const struck = Object.entries(result.kills).map(([name, kills]) => `${kills} x ${name}`);
  if (result.killsMissed > 0) struck.push(`${number(result.killsMissed)} never came to their moment`);
  return struck.join(`\n${' '.repeat(FACT_NAME_WIDTH + 2)}`) || 'none planned';
}

const BEFELL: Readonly<Record<DisturbanceFigures['name'], (seconds: string) => string>> = {
  outage: (seconds) => `the engine stood still for ${seconds} s`,
  restart: (seconds) => `the engine was stopped, and was back with all that stood in it after ${seconds} s`,
};

function soakFacts(soak: SoakFigures | undefined): readonly string[] {
  if (soak === undefined) return [];
  const { stormMegabytes, engineMegabytes, functions } = soak.resources;
  return [
    ...soak.disturbances.map(({ name, seconds, unanswered }) =>
      fact(name, `${BEFELL[name](seconds.toFixed(1))}; ${plural(unanswered, 'request')} without an answer, sent again`),
    ),
    fact(
      'at most',
      `${number(stormMegabytes)} MB here, ${number(engineMegabytes)} MB in the engine, ${plural(functions, 'function process', 'function processes')}`,
    ),
  ];
}

/** Share of a soak's kills that must strike: of the others, the moment may never come. */
const SOAK_KILLS_TO_STRIKE = 0.8;

/** Why a storm with a clean account proves less than it claims: kills that could strike and did not, an outage that nobody met. */
export function provesLess({
  kills,
  killsMissed,
  notKilled,
  soak,
}: Pick<StormResult, 'kills' | 'killsMissed' | 'notKilled' | 'soak'>): string[] {
  const struck = sum(kills);
  const planned = struck + killsMissed;
  const enough = soak === undefined ? Math.min(1, planned) : SOAK_KILLS_TO_STRIKE * planned;
  const { disturbances = [], planned: disturbancesPlanned = 0 } = soak ?? {};
  return [
    notKilled === undefined && struck < enough && `${struck === 0 ? 'none' : `only ${struck}`} of the ${planned} planned kills struck`,
    soak !== undefined && notKilled !== undefined && 'no process could be killed',
    disturbances.length < disturbancesPlanned && `only ${disturbances.length} of ${disturbancesPlanned} disturbances befell the engine`,
    ...disturbances.filter(({ unanswered }) => unanswered === 0).map(({ name }) => `no request met the ${name}`),
  ]
    .filter((shortcoming) => shortcoming !== false)
    .map((shortcoming) => `${shortcoming}: this storm proves less than it claims`);
}

/** One line for each thing that must not be. Empty for a clean storm. */
export function failures(result: StormResult): string[] {
  const { lost, doubled, wronglyAccepted, misplaced, strangers, booksOff, unsettled } = result;
  return [
    lost.length > 0 && `lost: ${lost.join(' ')}`,
    doubled.length > 0 && `done twice: ${doubled.join(' ')}`,
    wronglyAccepted.length > 0 && `accepted, but had to be refused: ${wronglyAccepted.join(' ')}`,
    misplaced.length > 0 && `ended elsewhere than they must: ${misplaced.map(({ id, kind, end }) => `${id} (${kind}) ${end}`).join(', ')}`,
    strangers.length > 0 && `of no event that was sent: ${strangers.join(', ')}`,
    booksOff.length > 0 &&
      `books: ${booksOff.map(({ book, expected, found }) => `${book} holds ${number(found)}, the done events say ${number(expected)}`).join('; ')}`,
    unsettled > 0 && `${plural(unsettled, 'message')} still in the queue when waiting was given up`,
    ...(result.operated?.faults ?? []),
    ...provesLess(result),
  ].filter((failure) => failure !== false);
}
