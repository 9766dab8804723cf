import type { ParkedGroup, ParkedMessage, ParkingJob } from '../../blocks/parking-contract';
import type { GroupItem, JobItem, MessageItem } from './items';

/** Items as they are told: without what only the desk needs. */

export function groupView({ openedAt: _openedAt, announced: _announced, ...group }: GroupItem): ParkedGroup {
  return group;
}

export function messageView(message: MessageItem): ParkedMessage {
  const {
    bodyKey: _body,
    claimedBodyKey: _claim,
    versions: _versions,
    attributes: _attributes,
    traceHeader: _trace,
    attributesKey: _key,
    ...rest
  } = message;
  const { sentAs: _as, sentAt: _at, payloadHash: _hash, redrives: _redrives, ...view } = rest;
  return view;
}

export function jobView(job: JobItem): ParkingJob {
  const { sameFingerprint: _same, executions: _executions, steps: _steps, step: _step, stepUntil: _until, ...rest } = job;
  const { batch: _batch, paidUntil: _paid, told: _told, until: _end, ...view } = rest;
  return view;
}
