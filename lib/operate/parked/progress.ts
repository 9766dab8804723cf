import { setTimeout as pause } from 'node:timers/promises';
import type { ParkingJob } from '../../blocks/parking-contract';
import { showable } from '../../markup/showable';
import { cut } from '../commands/table';
import type { Terminal } from '../commands/terminal';
import { ask, type Desk } from './desks';
import type { DeskSession } from './session';
import { messages, number } from './wording';

const INTERVAL_MS = 1_000;
/** A laptop that loses its network for less than this goes on watching; the job in the stack does anyway. */
const MOST_FAILURES = 10;

/** `12 of 120 sent, 10 done, 1 came back`. */
export function jobCounts({ kind, counts }: ParkingJob): string {
  const parts: ReadonlyArray<readonly [number, string]> = [
    [counts.done, 'done'],
    [counts.returned, 'came back'],
    [counts.handedOver, 'handed over'],
  ];
  if (kind === 'wake') return 'waits for the end of an acknowledgement';
  if (kind === 'adopt') return `${messages(counts.taken)} taken`;
  if (kind === 'discard') return `${number(counts.discarded)} of ${number(counts.total)} discarded`;
  return [
    `${number(counts.sent)} of ${number(counts.total)} sent`,
    ...parts.filter(([count]) => count > 0).map(([count, word]) => `${number(count)} ${word}`),
  ].join(', ');
}

export function isOver({ state }: ParkingJob): boolean {
  return state === 'finished' || state === 'stopped';
}

/** How a job stands, in a line. */
export function jobLine(job: ParkingJob): string {
  return showable(`${job.kind} ${job.id} ${job.state}: ${jobCounts(job)}${job.because === undefined ? '' : `. ${job.because}`}`);
}

/**
 * Shows a job until it is over. The job doesn't need anybody who looks on: Ctrl-C ends the showing only.
 * @returns the job as it was seen last, and whether that is its end
 */
export async function follow(
  session: DeskSession,
  desk: Desk,
  begun: ParkingJob,
): Promise<{ readonly job: ParkingJob; readonly seenToItsEnd: boolean }> {
  const { terminal } = session;
  const leave = new AbortController();
  const listensNoMore = terminal.onInterrupt(() => leave.abort());
  const line = new ChangingLine(terminal);
  let job = begun;
  let failures = 0;
  try {
    line.write(jobLine(job));
    while (!isOver(job)) {
      await pause(INTERVAL_MS, undefined, { signal: leave.signal });
      try {
        ({ job } = await ask(desk, { command: 'job', job: begun.id }));
        failures = 0;
        line.write(jobLine(job));
      } catch (error) {
        failures += 1;
        if (failures >= MOST_FAILURES) throw error;
      }
    }
    line.end();
    return { job, seenToItsEnd: true };
  } catch (error) {
    line.end();
    terminal.note(`job ${begun.id} goes on in the stack: \`parked jobs ${begun.id}\` shows it, \`parked stop ${begun.id}\` stops it\n`);
    if (!leave.signal.aborted) throw error;
    return { job, seenToItsEnd: false };
  } finally {
    listensNoMore();
  }
}

/** One line that is written over on a terminal; elsewhere a line for each change. */
class ChangingLine {
  private last = '';

  public constructor(private readonly terminal: Terminal) {}

  public write(text: string): void {
    if (text === this.last) return;
    this.last = text;
    if (this.terminal.rewrites) this.terminal.note(`\r\u001b[2K${cut(text, this.terminal.noteColumns - 1)}`);
    else this.terminal.note(`${text}\n`);
  }

  public end(): void {
    // The line is left whole: what was cut off may be why the job stopped.
    if (this.terminal.rewrites && this.last !== '') this.terminal.note(`\r\u001b[2K${this.last}\n`);
  }
}
