import type { ParkingDesk } from '../graph';
import { isOfDesk, type Reading } from '../reading';
import { readSource } from './event-sources';

/**
 * Parking desks: their parts carry no event of the business, and a queue that they empty stays the place where events are parked. Called when all other deliveries are
 * known, since a function that also takes events from elsewhere is a handler like any other, whatever it says.
 */
export function readParkingDesks(reading: Reading): ParkingDesk[] {
  const { builder } = reading;
  const givers = giversOf(reading);
  const believed = new Set([...reading.model.resources.values()].filter(isOfDesk).map((resource) => resource.id));
  for (let changed = true; changed; ) {
    changed = false;
    for (const id of believed) {
      const takesEvents =
        reading.intakes.some(({ queue, intake }) => intake === id && !isParkingLot(reading, queue, givers)) ||
        partsOf(reading, id).some((part) => [...(givers.get(part) ?? [])].some((from) => !believed.has(wholeOf(from))));
      if (takesEvents) changed = believed.delete(id) || changed;
    }
  }
  for (const id of believed) {
    const resource = reading.model.resources.get(id)!;
    // What has no node yet would be read as a writer like any other.
    if (resource.type === 'AWS::Lambda::Function') builder.node(resource);
    for (const part of [id, ...partsOf(reading, id)]) builder.describe(part, { outsideFlow: true });
  }
  return reading.intakes.flatMap(({ mapping, queue, intake }) => {
    if (!believed.has(intake)) {
      readSource(reading, mapping, queue, intake);
      return [];
    }
    builder.nodes.get(queue)!.deadLetter = true;
    const keeps = keptBy(reading, intake);
    for (const store of keeps) builder.describe(store, { outsideFlow: true });
    return [{ lot: queue, intake, via: mapping.ref, keeps }];
  });
}

/** A queue that nothing reviewed feeds is where somebody else parks events: the desk is all that says so. */
function isParkingLot(reading: Reading, queue: string, givers: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  return reading.builder.nodes.get(queue)!.deadLetter || !givers.has(queue);
}

function giversOf(reading: Reading): ReadonlyMap<string, ReadonlySet<string>> {
  const givers = new Map<string, Set<string>>();
  for (const { from, to, role } of reading.builder.edges) if (role === 'delivery') givers.set(to, (givers.get(to) ?? new Set()).add(from));
  return givers;
}

/** A function and its internal queues are one resource. */
function partsOf(reading: Reading, id: string): string[] {
  return [...reading.builder.nodes.keys()].filter((node) => wholeOf(node) === id);
}

function wholeOf(node: string): string {
  return node.split('#')[0]!;
}

/** Table and bucket that the intake is given in its environment. */
function keptBy({ model }: Reading, intake: string): string[] {
  const given = model.resources.get(intake)!.get('Environment', 'Variables');
  return [
    model.single(given.get('BREAKWATER_PARKING_TABLE'), 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'),
    model.single(given.get('BREAKWATER_PARKING_BUCKET'), 'AWS::S3::Bucket'),
  ].flatMap((resource) => resource?.id ?? []);
}
