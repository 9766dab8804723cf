import type { QueueWorker } from '../../blocks/queue-worker';

/** A channel's queues and functions, one for each lane: transactional messages never wait behind bulk. */
export interface ChannelWorkers {
  /** Messages of rules with `urgency: "transactional"`. */
  readonly transactional: QueueWorker;
  /** Messages of rules with `urgency: "bulk"`, and digests of such. */
  readonly bulk: QueueWorker;
}
