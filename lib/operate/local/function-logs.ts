import type { LocalEngine } from './contract';
import { engineRequest, jsonRequest, type RequestTarget, targetOf } from './engine-request';

export interface LogLine {
  readonly time: number;
  readonly functionName: string;
  readonly message: string;
}

export interface LogReader {
  /** Lines that came since the last call, oldest first; at the first call, all. */
  next(): Promise<readonly LogLine[]>;
}

interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** How far a log group was read: several events may share the last millisecond. */
interface Position {
  readonly time: number;
  readonly atThatTime: number;
}

/**
 * Reads the logs of the functions in these environments whose name contains `name`. Functions that are deployed while it reads join in.
 * @throws when no function has such a name, at the first call.
 */
export function functionLogs(
  engine: LocalEngine,
  environments: ReadonlyArray<{ readonly account: string; readonly region: string }>,
  name: string | undefined,
): LogReader {
  const targets = (environments.length > 0 ? environments : [{ account: engine.accountId, region: engine.region }]).map((each) =>
    targetOf(engine, each),
  );
  const positions = new Map<string, Position>();
  let first = true;
  return {
    async next() {
      const lines: LogLine[] = [];
      const known: string[] = [];
      for (const target of targets) {
        for (const { functionName, logGroup } of await listFunctions(target)) {
          known.push(functionName);
          if (name !== undefined && !functionName.toLowerCase().includes(name.toLowerCase())) continue;
          const key = `${target.accessKeyId}/${target.region}/${logGroup}`;
          const { events, position } = await readGroup(target, logGroup, positions.get(key));
          positions.set(key, position);
          lines.push(...events.map((event) => ({ time: event.timestamp, functionName, message: event.message.trimEnd() })));
        }
      }
      if (first && name !== undefined && !known.some((each) => each.toLowerCase().includes(name.toLowerCase()))) {
        throw new Error(
          `no function has ${JSON.stringify(name)} in its name; there ${known.length === 0 ? 'are none' : `are: ${known.sort().join(', ')}`}.`,
        );
      }
      first = false;
      return lines.sort((a, b) => a.time - b.time);
    },
  };
}

async function listFunctions(target: RequestTarget): Promise<ReadonlyArray<{ readonly functionName: string; readonly logGroup: string }>> {
  const functions: { functionName: string; logGroup: string }[] = [];
  let marker: string | undefined;
  do {
    const answer = await engineRequest(target, {
      service: 'lambda',
      method: 'GET',
      path: '/2015-03-31/functions/',
      query: marker === undefined ? {} : { Marker: marker },
    });
    if (answer.status !== 200) throw new Error(`the local engine could not list its functions: ${answer.status} ${answer.text}`);
    const page = JSON.parse(answer.text) as {
      readonly Functions?: ReadonlyArray<{ readonly FunctionName: string; readonly LoggingConfig?: { readonly LogGroup?: string } }>;
      readonly NextMarker?: string;
    };
    for (const { FunctionName: functionName, LoggingConfig: logging } of page.Functions ?? []) {
      functions.push({ functionName, logGroup: logging?.LogGroup ?? `/aws/lambda/${functionName}` });
    }
    marker = page.NextMarker || undefined;
  } while (marker !== undefined);
  return functions;
}

async function readGroup(
  target: RequestTarget,
  logGroupName: string,
  from: Position = { time: 0, atThatTime: 0 },
): Promise<{ readonly events: readonly LogEvent[]; readonly position: Position }> {
  const all: LogEvent[] = [];
  let nextToken: string | undefined;
  try {
    do {
      const page: { readonly events?: readonly LogEvent[]; readonly nextToken?: string } = await jsonRequest(
        target,
        'logs',
        'Logs_20140328.FilterLogEvents',
        { logGroupName, startTime: from.time, nextToken },
      );
      all.push(...(page.events ?? []));
      nextToken = page.nextToken || undefined;
    } while (nextToken !== undefined);
  } catch (error) {
    // A function that has never run has no log group yet.
    if (/ResourceNotFoundException/.test(String(error))) return { events: [], position: from };
    throw error;
  }
  const sorted = all.sort((a, b) => a.timestamp - b.timestamp);
  const time = sorted.at(-1)?.timestamp ?? from.time;
  const atLast = sorted.filter((event) => event.timestamp === time).length;
  return {
    events: sorted.slice(from.atThatTime),
    position: { time, atThatTime: Math.max(atLast, time === from.time ? from.atThatTime : 0) },
  };
}
