import type { Publication } from '../events';
import { grouped } from './index-of';
import type { Finding, Observed } from './observed';

/** Every event that is as its contract has it was accepted, once and with its first body; every other one lies before a person, with the field named. */
export function eventFindings({ published, accepted, parked, steering }: Observed): readonly Finding[] {
  const events = grouped(accepted, ({ id }) => id);
  const bodies = grouped(published, ({ id }) => id);
  const findings: Finding[] = [];
  for (const [id, all] of bodies) {
    const good = all.filter(({ rejectedFor }) => rejectedFor === undefined);
    const found = events.get(id) ?? [];
    if (good.length === 0 && found.length > 0) findings.push({ kind: 'against', what: `${id} was accepted, and breaks its contract` });
    if (good.length > 0 && found.length === 0) findings.push({ kind: 'missing', what: `${id} was not accepted` });
    if (found.length > 1) findings.push({ kind: 'doubled', what: `${id} was accepted ${found.length} times` });
    if (found.length === 1 && good.length > 0 && !isSame(found[0]!.payload, good[0]!.data))
      findings.push({ kind: 'wrong', what: `${id} was accepted with another body than its first` });
    // Once the id is claimed by a body that is right, a wrong one is a repetition.
    if (good.length > 0) continue;
    for (const event of distinct(all.filter(({ rejectedFor }) => rejectedFor !== undefined)))
      findings.push(...rejectionFindings(event, parked));
  }
  for (const id of events.keys())
    if (!bodies.has(id)) findings.push({ kind: 'wrong', what: `${id} was accepted, and nobody published it` });
  for (const { id, state } of accepted) {
    const ends = id === steering.cancelled.event ? 'cancelled' : 'done';
    if (state !== ends) findings.push({ kind: 'unaccounted', what: `${id} is ${state}, not ${ends}` });
  }
  return findings;
}

function rejectionFindings({ id, rejectedFor }: Publication, parked: Observed['parked']): readonly Finding[] {
  const copies = parked.filter(({ body }) => body.includes(JSON.stringify(id)));
  if (copies.length === 0) return [{ kind: 'unaccounted', what: `${id} breaks its contract, and nobody is told` }];
  const isNamed = copies.some(({ reason }) => reason.includes(rejectedFor!));
  return isNamed ? [] : [{ kind: 'wrong', what: `${id} was rejected without the field ${rejectedFor}: ${copies[0]!.reason}` }];
}

function distinct(all: readonly Publication[]): readonly Publication[] {
  return [...new Map(all.map((one) => [JSON.stringify(one.data), one])).values()];
}

function isSame(one: object, other: object): boolean {
  const text = (value: object): string => JSON.stringify(Object.entries(value).sort());
  return text(one) === text(other);
}
