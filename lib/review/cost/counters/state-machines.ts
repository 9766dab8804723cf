import type { Edge, Model, Resource } from '../../../topology';
import { readMachines } from '../../../topology/readers/state-machines';
import type { Definition } from '../../../topology/state-language';
import { gigabytes, shown } from '../amounts';
import type { Counter, Counting } from '../charge';
import { countPutsElsewhere } from './event-buses';
import { runTimesOf } from './functions';
import { archivedBytes } from './logs';

/** Express executions are billed in units of 64 MB and 100 ms. */
const EXPRESS_MEMORY_STEP = 64;
const EXPRESS_DURATION_STEP = 100;

/** Step Functions: transitions, or requests and memory over time for express ones. */
export const stateMachines: Counter = {
  types: ['AWS::StepFunctions::StateMachine'],
  sentTo: true,
  count(machine, counting) {
    const flow = counting.flows.node(machine.id);
    const executions = flow.handling.handled;
    const definition = definitionOf(machine, counting.topology.model);
    if (machine.get('StateMachineType').canBe('EXPRESS')) countExpress(machine, counting, executions);
    else {
      const each = counting.traffic.given('transitions', machine) ?? statesOf(machine, definition, counting);
      const transitions = executions * each;
      counting.quantity(
        machine,
        'requests',
        'AmazonStates/StateTransition',
        transitions,
        () => `${shown(executions)} executions x ${shown(each)} transitions`,
      );
    }
    const children = definition ? countChildren(machine, definition, counting, executions) : 0;
    countLogs(machine, counting, executions + children);
    countPutsElsewhere(machine, counting);
  },
};

function countExpress(machine: Resource, counting: Counting, executions: number, length?: number) {
  const milliseconds = length ?? counting.traffic.resource('durationMilliseconds', machine, 1000, '1 s an express execution', 'each');
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

/** Every state once and the start: what a choice skips, a map repeats or a loop comes back to is not in a template. */
function statesOf(machine: Resource, definition: Definition | undefined, counting: Counting): number {
  return counting.traffic.assume(
    machine.ref.logicalId,
    'transitions',
    definition === undefined ? 5 : 1 + definition.states,
    definition === undefined
      ? 'the definition is not in the template'
      : 'each state that no failure leads to is entered once, items of a map one time',
  );
}

/**
 * Executions that distributed maps start: each is a transition of the machine, and then costs as an execution of its kind does. There are as many as the first
 * of its tasks is called.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-transitions.html
 * @returns how many there are
 */
function countChildren(machine: Resource, { maps }: Definition, counting: Counting, executions: number): number {
  const calls = (counting.topology.graph.edgesFrom.get(machine.id) ?? []).filter((edge) => edge.role === 'delivery');
  return maps.reduce((sum, { name, express, tasks, states }) => {
    const inside = calls.filter(({ task }) => task !== undefined && tasks.includes(task));
    const items = inside.length === 0 ? 1 : Math.max(...inside.map((edge) => counting.flows.timesOver(edge)));
    const children = executions * items;
    const each = express ? 1 : 1 + states;
    counting.quantity(
      machine,
      'requests',
      'AmazonStates/StateTransition',
      children * each,
      () => `${shown(children)} items of ${name} x ${each} transitions`,
    );
    if (express) countExpress(machine, counting, children, lengthOf(inside, counting));
    return sum + children;
  }, 0);
}

/** A child takes as long as the functions that it waits for. */
function lengthOf(calls: readonly Edge[], counting: Counting): number | undefined {
  const functions = calls.flatMap(({ to, afterFailure }) => {
    const resource = counting.topology.model.resources.get(to);
    return resource?.type === 'AWS::Lambda::Function' && !afterFailure ? [resource] : [];
  });
  if (functions.length === 0) return undefined;
  return functions.reduce((sum, one) => sum + runTimesOf(one, counting.traffic).milliseconds, 0);
}

/** The same for every load. */
const DEFINITIONS = new WeakMap<Model, ReadonlyMap<Resource, Definition>>();

function definitionOf(machine: Resource, model: Model): Definition | undefined {
  const known =
    DEFINITIONS.get(model) ??
    new Map(readMachines({ model }).flatMap(({ resource, definitions: [first] }) => (first ? [[resource, first] as const] : [])));
  DEFINITIONS.set(model, known);
  return known.get(machine);
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
