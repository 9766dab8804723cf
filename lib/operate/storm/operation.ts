import type { Terminal } from '../commands/terminal';
import { parked } from '../parked/command';
import type { Operated, Operation, PlannedEvent, Storm, StormTarget } from './contract';
import type { KillList } from './kills';
import type { StormRun } from './run';
import type { Attempt } from './sender';

/** Wide enough that nothing an account prints is cut. */
const COLUMNS = 160;

export interface OperationOptions {
  readonly target: StormTarget;
  readonly events: readonly PlannedEvent[];
  readonly attempts: readonly Attempt[];
  /** Undefined when no process can be killed. */
  readonly kills: KillList | undefined;
  /** Waits until all queues are empty. @returns the messages that are left */
  quiet(): Promise<number>;
}

/** Lets the storm's operator work on what its events left. */
export async function operate(
  run: Pick<StormRun, 'deploy' | 'progress' | 'signal'>,
  work: NonNullable<Storm['operate']>,
  { target, events, attempts, kills, quiet }: OperationOptions,
): Promise<Operated> {
  const { progress, signal } = run;
  progress('the operator begins');
  const deliveries = new Map<string, number>();
  for (const { eventId } of attempts) deliveries.set(eventId, (deliveries.get(eventId) ?? 0) + 1);
  const operation: Operation = {
    ...target,
    events,
    deliveries,
    progress,
    deploy: async (context) => {
      signal?.throwIfAborted();
      await run.deploy(context);
    },
    parked: async (args, expected = [0]) => {
      signal?.throwIfAborted();
      const { terminal, written } = recordingTerminal();
      const code = await parked([...args, '--endpoint', target.clientConfig.endpoint], terminal);
      if (expected.includes(code)) return written.out;
      throw new Error(`breakwater parked ${args.join(' ')} ended with exit code ${code}: ${written.err.trim() || written.out.trim()}`);
    },
    arm: (more) => kills?.add(more),
    struck: () => kills?.struck,
    quiet: async () => {
      const left = await quiet();
      if (left > 0) throw new Error(`${left} messages were still in the queues when waiting was given up`);
    },
  };
  return work(operation);
}

/** A terminal that nobody sits at: it keeps what is written. */
function recordingTerminal(): { readonly terminal: Terminal; readonly written: { out: string; err: string } } {
  const written = { out: '', err: '' };
  return {
    written,
    terminal: {
      out: (text) => {
        written.out += text;
      },
      note: (text) => {
        written.err += text;
      },
      columns: COLUMNS,
      noteColumns: COLUMNS,
      colours: false,
      rewrites: false,
      answers: false,
      ask: async () => '',
      onInterrupt: () => () => {},
    },
  };
}
