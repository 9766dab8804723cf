import type { Kill, Random } from '../../../lib/operate/storm/contract';
import { EARLY, type PlannedStorm } from './events';

/** Processes killed at each moment, as a share of the events. */
const SHARE = 0.003;
const FEWEST_EVENTS = 30;

const COMMIT = 'dynamodb:TransactWriteItems';
const SEND = 'sqs:SendMessage';
const PUT = 's3:PutObject';

/** Kills before, between and after the writes of both functions; `random` decides whom they hit. None in a storm of under 30 events. */
export function planKills(
  random: Random,
  { ids, events }: PlannedStorm,
  { queue, parkingLot }: { readonly queue: string; readonly parkingLot: string },
): Kill[] {
  if (events.length < FEWEST_EVENTS) return [];
  const each = Math.max(1, Math.round(SHARE * events.length));
  const victims = (...kinds: readonly string[]): string[] =>
    random.shuffle(kinds.flatMap((kind) => (ids[kind] ?? []).slice(0, Math.ceil(EARLY * (ids[kind] ?? []).length))));
  const payments = victims('payment');
  const parked = victims('negative amount', 'malformed JSON');
  const large = victims('large body');
  const kill = (name: string, operation: string, moment: Kill['moment'], ids: string[], ...holding: readonly string[]): Kill[] =>
    ids.splice(0, each).map((id) => ({ name, operation, moment, holding: [id, ...holding] }));
  return [
    ...kill('worker before its commit', COMMIT, 'before', payments),
    ...kill('worker after its commit', COMMIT, 'after', payments),
    ...Array.from({ length: each }, () => ({
      name: 'worker between two commits',
      operation: COMMIT,
      moment: 'between' as const,
      holding: [],
      occurrence: random.integer(1, Math.ceil(events.length / 10)),
    })),
    ...kill('worker before parking', SEND, 'before', parked, parkingLot),
    ...kill('worker after parking', SEND, 'after', parked, parkingLot),
    ...kill('receiver before its enqueue', SEND, 'before', payments, queue),
    ...kill('receiver after its enqueue', SEND, 'after', payments, queue),
    ...kill('receiver between S3 and queue', PUT, 'after', large),
  ];
}
