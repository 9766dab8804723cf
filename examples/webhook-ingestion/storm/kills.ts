import type { Kill, Random } from '../../../lib/operate/storm/contract';
import { EARLY, type PlannedStorm } from './events';

/** Processes killed at each moment, as a share of the events. */
const SHARE = 0.003;
const FEWEST_EVENTS = 30;
/** Workers killed in a soak, and receivers at each of their moments. */
const SOAK_SHARE = { workers: 0.01, receivers: 0.001 };
const FEWEST_SOAK_WORKERS = 16;
/** A soak's kills go on nearly to its end: some strike in the outage, some after the restart. */
const LATE = 0.95;

const COMMIT = 'dynamodb:TransactWriteItems';
const SEND = 'sqs:SendMessage';
const PUT = 's3:PutObject';
/** What the key of a message's item at the parking desk begins with: no other function writes such a one. */
const AT_THE_DESK = 'message#';

interface Targets {
  readonly queue: string;
  readonly parkingLot: string;
  /** Half of the killed workers die between commit and answer. */
  readonly soak?: boolean;
}

/** Kills before, between and after the writes of both functions; `random` decides whom they hit. None in a storm of under 30 events. */
export function planKills(random: Random, { ids, events }: PlannedStorm, { queue, parkingLot, soak = false }: Targets): Kill[] {
  if (events.length < FEWEST_EVENTS) return [];
  const each = Math.max(1, Math.round((soak ? SOAK_SHARE.receivers : SHARE) * events.length));
  const workers = soak ? Math.max(FEWEST_SOAK_WORKERS, Math.round(SOAK_SHARE.workers * events.length)) : 0;
  const afterCommit = soak ? Math.round(workers / 2) : each;
  const otherwise = soak ? Math.round((workers - afterCommit) / 4) : each;
  const part = soak ? LATE : EARLY;
  const victims = (...kinds: readonly string[]): string[] =>
    random.shuffle(kinds.flatMap((kind) => (ids[kind] ?? []).slice(0, Math.ceil(part * (ids[kind] ?? []).length))));
  const payments = victims('payment');
  const parked = victims('negative amount', 'malformed JSON');
  const large = victims('large body');
  const kill = (name: string, operation: string, moment: Kill['moment'], ids: string[], ...holding: readonly string[]): Kill[] =>
    ids.map((id) => ({ name, operation, moment, holding: [id, ...holding] }));
  return [
    ...kill('worker before its commit', COMMIT, 'before', payments.splice(0, otherwise)),
    ...kill('worker after its commit', COMMIT, 'after', payments.splice(0, afterCommit)),
    ...Array.from({ length: otherwise }, () => ({
      name: 'worker between two commits',
      operation: COMMIT,
      moment: 'between' as const,
      holding: [],
      occurrence: random.integer(1, Math.ceil(events.length / 10)),
    })),
    ...kill('worker before parking', SEND, 'before', parked.splice(0, otherwise), parkingLot),
    ...kill('worker after parking', SEND, 'after', parked.splice(0, otherwise), parkingLot),
    ...kill('intake after its S3 put', PUT, 'after', parked.splice(0, each)),
    ...kill('intake before its transaction', COMMIT, 'before', parked.splice(0, each), AT_THE_DESK),
    ...kill('intake after its transaction', COMMIT, 'after', parked.splice(0, each), AT_THE_DESK),
    ...kill('receiver before its enqueue', SEND, 'before', payments.splice(0, each), queue),
    ...kill('receiver after its enqueue', SEND, 'after', payments.splice(0, each), queue),
    ...kill('receiver between S3 and queue', PUT, 'after', large.splice(0, each)),
  ];
}
