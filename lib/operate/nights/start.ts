import type { StartAnswer, StartRequest } from '../../blocks/contract';
import { showable } from '../../markup/showable';
import { InputFault } from '../../reconciliation-rules/input-fault';
import { businessDayOf } from '../../runtime/reconciliation/business-day';
import { confirmed } from '../commands/confirm';
import { invoke } from '../commands/invoke';
import { json } from '../commands/terminal';
import { UsageError } from '../usage-error';
import { type Night, nightDocument, onlyNight } from './nights';
import type { NightCommand } from './session';

const DOES = {
  start: 'start the run of a business date; does nothing when it was started already',
  resume: 'go on with the run of a date that failed or was stopped, where it was',
  again: 'a new run of a date with new copies of its sources: one of them was restated',
} as const;
type What = keyof typeof DOES;

/** Commands that start an execution. */
export const starts = Object.fromEntries(Object.keys(DOES).map((what) => [what, starting(what as What)]));

function starting(what: What): NightCommand {
  return {
    usage: 'DATE',
    summary: DOES[what],
    example: `npx breakwater nights ${what} 2026-11-20`,
    names: [1, 1],
    async run(session, given) {
      const { terminal } = session;
      const date = dateOf(given.names[0]!);
      const night = onlyNight(await session.nights());
      if (what === 'again') {
        const question = `Run ${date} of ${night.path} again, with new copies of its sources? The reports of that date are replaced.`;
        if (!(await confirmed(session, question))) return 1;
      }
      const answer = await ask(night, { date, do: what });
      if (session.json) terminal.out(json({ night: nightDocument(night), ...answer }, 2));
      else terminal.out(`${described(night, answer)}\nexecution ${showable(answer.execution)}\n`);
      return 0;
    },
  };
}

function described({ path }: Night, { date, run, attempt, started }: StartAnswer): string {
  const which = `run ${run} of ${date} at ${path}, attempt ${attempt}`;
  return started ? `started: ${which}` : `not started, it is there already: ${which}`;
}

/** @throws {UsageError} for anything but a day of the calendar */
function dateOf(given: string): string {
  try {
    businessDayOf(given);
    return given;
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    throw new UsageError(error.message);
  }
}

/** Names of errors by which the start function says no. */
const REFUSALS = ['StartRefused', 'InputFault'];

/** Only a start is the same when it is asked for twice. */
async function ask(
  { path, startFunction, access }: Night,
  request: Extract<StartRequest, { readonly date: string }>,
): Promise<StartAnswer> {
  const to = {
    functionName: startFunction,
    access,
    called: 'start function',
    refusals: REFUSALS,
    seeAlso: '"nights start" of the date says what stands.',
  };
  const answer = await invoke(to, request, {
    doing: `asking ${path} to ${request.do} ${request.date}`,
    isRepeatable: request.do === 'start',
  });
  return answer as StartAnswer;
}
