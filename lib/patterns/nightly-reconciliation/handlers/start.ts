import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { StartAnswer, StartRequest } from '../../../blocks/contract';
import { InputFault } from '../../../reconciliation-rules/input-fault';
import type { Clock } from '../../../runtime/clock';
import { businessDayOf } from '../../../runtime/reconciliation/business-day';
import type { Telemetry } from '../../../runtime/telemetry';
import { type CalendarSettings, NightMetric, type NightRun } from '../contract';
import { businessDateOf } from './business-date';
import type { Night, Nights } from './nights';
import { scheduledTimeOf } from './scheduled-time';

export interface StartDependencies {
  readonly calendar: CalendarSettings;
  readonly stateMachine: string;
  readonly nights: Pick<Nights, 'find' | 'begin' | 'launched'>;
  readonly sfn: Pick<SFNClient, 'send'>;
  readonly telemetry: Pick<Telemetry, 'count' | 'logger'>;
  readonly clock: Clock;
}

/** What was asked for can't be done as things are: the message says why, and what to do. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/** Step Functions answers for what was started a moment ago as if it were not there; and forgets what ended 90 days ago. */
const SEEN_AFTER_MILLISECONDS = 86_400_000;

/**
 * Starts the run of a business date.
 *
 * The table says which attempt a date is at, and the execution's name is made of that. So whoever is killed between writing and starting is repaired by the next call,
 * a second call finds the execution there, and two calls at once come to one execution.
 *
 * AWS actions: those of {@link Nights}; `states:StartExecution` on the state machine; `states:DescribeExecution` on its executions.
 *
 * @throws StartRefused, InputFault for a request that makes no sense
 */
export function createStart(dependencies: StartDependencies): (request: StartRequest) => Promise<StartAnswer> {
  const { calendar, nights, telemetry } = dependencies;
  return async (request) => {
    if ('scheduledTime' in request) {
      telemetry.count(NightMetric.CALLED);
      return begin(businessDateOf(scheduledTimeOf(request.scheduledTime), calendar), dependencies);
    }
    const { date, do: what = 'start' } = request;
    businessDayOf(date);
    if (what === 'start') return begin(date, dependencies);
    if (what !== 'resume' && what !== 'again') throw new InputFault(`do: must be start, resume or again, given ${JSON.stringify(what)}`);
    const last = await nights.find(date);
    if (last !== undefined) return beginNext(last, what, dependencies);
    if (what === 'resume') throw new StartRefused(`there is no run of ${date} to resume: start it`);
    return begin(date, dependencies);
  };
}

async function begin(date: string, dependencies: StartDependencies): Promise<StartAnswer> {
  const { nights } = dependencies;
  const night = (await nights.find(date)) ?? (await nights.begin({ date, run: 1, attempt: 1 }, undefined));
  return launch(night, dependencies);
}

async function beginNext(last: Night, what: 'resume' | 'again', dependencies: StartDependencies): Promise<StartAnswer> {
  const { date, run, attempt } = last;
  const status = await statusOf(last, dependencies);
  // Somebody was killed before it came to be.
  if (status === 'NEVER_STARTED') return launch(last, dependencies);
  if (status === 'RUNNING')
    throw new StartRefused(`run ${run} of ${date} is running: wait for its end, or stop ${executionArn(last, dependencies.stateMachine)}`);
  if (what === 'again') return launch(await dependencies.nights.begin({ date, run: run + 1, attempt: 1 }, last), dependencies);
  if (status === 'SUCCEEDED')
    throw new StartRefused(`run ${run} of ${date} has succeeded: there is nothing to resume. For new snapshots, do it again`);
  if (status === 'FORGOTTEN') throw new StartRefused(`run ${run} of ${date} ended too long ago to resume: do it again`);
  return launch(await dependencies.nights.begin({ date, run, attempt: attempt + 1 }, last), dependencies);
}

async function launch(night: Night, { sfn, stateMachine, nights, telemetry }: StartDependencies): Promise<StartAnswer> {
  const { date, run, attempt } = night;
  const execution = executionArn(night, stateMachine);
  const answer = { date, run, attempt, execution };
  if (night.execution !== undefined) return { ...answer, started: false };
  const input: NightRun = { date, run, attempt };
  let isNew = true;
  try {
    await sfn.send(new StartExecutionCommand({ stateMachineArn: stateMachine, name: nameOf(night), input: JSON.stringify(input) }));
  } catch (error) {
    if ((error as Error).name !== 'ExecutionAlreadyExists') throw error;
    isNew = false;
  }
  // AWS answers alike whether an execution was started or runs already: who notes it first has started it.
  const isFirst = await nights.launched(night, execution);
  const started = isNew && isFirst;
  telemetry.logger.info('a run of a business date', { ...answer, started });
  return { ...answer, started };
}

async function statusOf(night: Night, { sfn, stateMachine, clock }: StartDependencies): Promise<string> {
  try {
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn: executionArn(night, stateMachine) }));
    return status === 'PENDING_REDRIVE' ? 'RUNNING' : status!;
  } catch (error) {
    if ((error as Error).name !== 'ExecutionDoesNotExist') throw error;
    if (night.execution === undefined) return 'NEVER_STARTED';
    return clock.now() - Date.parse(night.startedAt) < SEEN_AFTER_MILLISECONDS ? 'RUNNING' : 'FORGOTTEN';
  }
}

/** Its characters and its length fit the name of an execution: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
function nameOf({ date, run, attempt }: NightRun): string {
  return `${date}-${run}-${attempt}`;
}

function executionArn(night: NightRun, stateMachine: string): string {
  return `${stateMachine.replace(':stateMachine:', ':execution:')}:${nameOf(night)}`;
}
