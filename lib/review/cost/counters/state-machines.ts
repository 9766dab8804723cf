import type { Resource } from '../../../topology';
import { isRecord } from '../../../topology/record';
import { gigabytes, shown } from '../amounts';
import type { Counter, Counting } from '../charge';
import { countPutsElsewhere } from './event-buses';
import { archivedBytes } from './logs';

/** Express executions are billed in units of 64 MB and 100 ms. */
const EXPRESS_MEMORY_STEP = 64;
const EXPRESS_DURATION_STEP = 100;

/** Step Functions: transitions, or requests and memory over time for express ones. */
export const stateMachines: Counter = {
  types: ['AWS::StepFunctions::StateMachine'],
  count(machine, counting) {
    const flow = counting.flows.node(machine.id);
    const executions = flow.handling.handled;
    if (machine.get('StateMachineType').canBe('EXPRESS')) countExpress(machine, counting, executions);
    else {
      const each = counting.traffic.given('transitions', machine) ?? statesOf(machine, counting);
      const transitions = executions * each;
      counting.quantity(
        machine,
        'requests',
        'AmazonStates/StateTransition',
        transitions,
        () => `${shown(executions)} executions x ${shown(each)} transitions`,
      );
    }
    countLogs(machine, counting, executions);
    countPutsElsewhere(machine, counting);
  },
};

function countExpress(machine: Resource, counting: Counting, executions: number) {
  const milliseconds = counting.traffic.resource('durationMilliseconds', machine, 1000, '1 s an express execution', 'each');
  const memory = counting.traffic.resource('memoryMegabytes', machine, 64, '64 MB an express execution', 'each');
  const seconds = (Math.ceil(milliseconds / EXPRESS_DURATION_STEP) * EXPRESS_DURATION_STEP) / 1000;
  const gigabyteSeconds = executions * seconds * ((Math.ceil(memory / EXPRESS_MEMORY_STEP) * EXPRESS_MEMORY_STEP) / 1024);
  counting.quantity(machine, 'requests', 'AmazonStates/StepFunctions-Request', executions, () => `${shown(executions)} express executions`);
  counting.quantity(
    machine,
    'compute',
    'AmazonStates/StepFunctions-GB-Second',
    gigabyteSeconds,
    () => `${shown(executions)} executions x ${seconds} s x ${memory} MB`,
  );
}

/** Every state once and the start: what a choice skips and a map repeats is not in a template. */
function statesOf(machine: Resource, counting: Counting): number {
  const { marks } = counting.topology.model;
  const inline = machine.get('Definition').plain(marks);
  const text = machine.get('DefinitionString').plain(marks);
  const definition = isRecord(inline) ? inline : parse(text);
  const states = definition === undefined ? 5 : 1 + countStates(definition.States, 0);
  return counting.traffic.assume(
    machine.ref.logicalId,
    'transitions',
    states,
    definition === undefined ? 'the definition is not in the template' : 'each state is entered once, items of a map one time',
  );
}

function countStates(states: unknown, depth: number): number {
  if (!isRecord(states) || depth > 20) return 0;
  let count = 0;
  for (const state of Object.values(states)) {
    if (!isRecord(state)) continue;
    count += 1;
    for (const inner of [state.ItemProcessor, state.Iterator, ...(Array.isArray(state.Branches) ? state.Branches : [])])
      if (isRecord(inner)) count += countStates(inner.States, depth + 1);
  }
  return count;
}

function parse(text: unknown): Record<string, unknown> | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

function countLogs(machine: Resource, counting: Counting, executions: number) {
  const logging = machine.get('LoggingConfiguration');
  if (logging.isAbsent || logging.get('Level').canBe('OFF')) return;
  const all = logging.get('Level').canBe('ALL');
  const each = counting.traffic.resource(
    'logBytes',
    machine,
    all ? 5000 : 50,
    all ? '5 KB of logs an execution' : 'logs of failures alone, 50 bytes an execution in the mean',
    'each',
  );
  const bytes = executions * each;
  const group = logging.get('Destinations').items()[0]?.get('CloudWatchLogsLogGroup', 'LogGroupArn');
  const stored = archivedBytes(bytes, group && counting.topology.model.single(group, 'AWS::Logs::LogGroup'), counting);
  counting.quantity(
    machine,
    'logs',
    'AmazonCloudWatch/DataProcessing-Bytes',
    gigabytes(bytes),
    () => `${shown(executions)} executions x ${each} bytes`,
  );
  counting.quantity(machine, 'storage', 'AmazonCloudWatch/TimedStorage-ByteHrs', gigabytes(stored.bytes), stored.because);
}
