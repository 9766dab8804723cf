import type { Resource } from '../../../topology';
import { chunks, gigabytes, shown } from '../amounts';
import type { Counter, Counting } from '../charge';

const CHUNK_BYTES = 64 * 1024;

/** EventBridge buses: events that somebody puts there. What AWS services put there is free. */
export const buses: Counter = {
  types: ['AWS::Events::EventBus'],
  sentTo: true,
  count(bus, counting) {
    const { events, copies, bytes } = counting.flows.node(bus.id);
    const put = (events + copies) * chunks(bytes, CHUNK_BYTES);
    counting.quantity(bus, 'requests', 'AWSEvents/Event-64K-Chunks', put, () => `${shown(put)} events in units of 64 KB`);
  },
};

/** What a function or machine puts on a bus that is in no template, as the account's default bus is: counted where it comes from. */
export function countPutsElsewhere(from: Resource, counting: Counting) {
  const { graph } = counting.topology;
  const elsewhere = (graph.edgesFrom.get(from.id) ?? []).filter(
    ({ to }) => graph.nodes.get(to)!.kind === 'bus' && !graph.nodes.get(to)!.resource,
  );
  const put = elsewhere.reduce((sum, edge) => {
    const { events, copies, bytes } = counting.flows.edge(edge);
    return sum + (events + copies) * chunks(bytes, CHUNK_BYTES);
  }, 0);
  counting.quantity(
    from,
    'requests',
    'AWSEvents/Event-64K-Chunks',
    put,
    () => `${shown(put)} events put on a bus outside of the templates, in units of 64 KB`,
  );
}

/** Rules cost nothing; API destinations and logs behind them do. */
export const rules: Counter = {
  types: ['AWS::Events::Rule'],
  count(rule, counting) {
    const { graph, model } = counting.topology;
    const keepsLogs = rule
      .get('Targets')
      .items()
      .some((target) => model.single(target.get('Arn'), 'AWS::Logs::LogGroup') !== undefined);
    if (keepsLogs) counting.unpriced(rule, 'events that it writes to a log group');
    for (const edge of graph.edgesFrom.get(rule.id) ?? []) {
      const target = model.resources.get(edge.to);
      if (target?.type !== 'AWS::Events::ApiDestination') continue;
      const { events, copies, bytes } = counting.flows.edge(edge);
      const calls = (events + copies) * chunks(bytes, CHUNK_BYTES);
      counting.quantity(
        rule,
        'requests',
        'AWSEvents/APIDestinations-Invocations',
        calls,
        () => `${shown(calls)} calls of an API destination`,
      );
    }
  },
};

export const schedules: Counter = {
  types: ['AWS::Scheduler::Schedule'],
  count(schedule, counting) {
    const { events } = counting.flows.node(schedule.id);
    counting.quantity(schedule, 'requests', 'AWSEvents/ScheduledInvocation', events, () => `${shown(events)} firings`);
  },
};

export const pipes: Counter = {
  types: ['AWS::Pipes::Pipe'],
  count(pipe, counting) {
    const { events, copies, bytes } = counting.flows.node(pipe.id);
    const together = counting.traffic.resource('recordsPerRun', pipe, 1, 'a pipe hands over each event by itself', 'each');
    const requests = ((events + copies) / together) * chunks(bytes * together, CHUNK_BYTES);
    counting.quantity(
      pipe,
      'requests',
      'AWSEvents/PipesRequest-64K-Chunks',
      requests,
      () => `${shown(requests)} requests of ${shown(together)} events after the filter, in units of 64 KB`,
    );
  },
};

export const archives: Counter = {
  types: ['AWS::Events::Archive'],
  count(archive, counting) {
    const bus = counting.topology.model.single(archive.get('SourceArn'), 'AWS::Events::EventBus');
    if (!bus) return counting.unpriced(archive, 'archive of a bus that is not in the reviewed templates');
    const bytes = bytesOn(bus, counting);
    const days = counting.traffic.given('keptDays', archive) ?? daysOf(archive, counting);
    counting.quantity(archive, 'storage', 'AWSEvents/ArchivedEvents-Bytes', gigabytes(bytes), () => `${shown(bytes)} bytes archived`);
    counting.quantity(
      archive,
      'storage',
      'AWSEvents/TimedStorage-ByteHrs',
      gigabytes(bytes * (days / (730 / 24))),
      () => `what ${shown(days)} days of events hold`,
    );
  },
};

function bytesOn(bus: Resource, counting: Counting): number {
  const { events, copies, bytes } = counting.flows.node(bus.id);
  return bytes === 0 ? 0 : (events + copies) * bytes;
}

function daysOf(archive: Resource, counting: Counting): number {
  const days = archive.get('RetentionDays').number(0);
  if (typeof days === 'number' && days > 0) return days;
  return counting.traffic.assume(
    archive.ref.logicalId,
    'keptDays',
    365,
    'an archive without a retention is never deleted: storage after a year',
  );
}
