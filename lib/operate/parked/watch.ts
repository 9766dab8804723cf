import { setTimeout as pause } from 'node:timers/promises';
import type { ParkedGroup } from '../../blocks/parking-contract';
import { showable } from '../../markup/showable';
import { json, paint } from '../commands/terminal';
import { wholeNumber } from '../commands/whole-number';
import { ask, type Desk } from './desks';
import type { DeskSession, ParkedCommand } from './session';
import { countsOf, deskDocument, errorOf } from './wording';

const EVERY_SECONDS = '10';

export const watch: ParkedCommand = {
  usage: '',
  summary: 'groups that open or change, until Ctrl-C',
  example: 'npx breakwater parked watch --json',
  options: { every: { value: 'SECONDS', says: `looks so often (default ${EVERY_SECONDS})` } },
  names: [0, 0],
  async run(session, given) {
    const { terminal } = session;
    const every = wholeNumber('--every', given.text('every') ?? EVERY_SECONDS, 1, 3600) * 1000;
    const desks = await session.desks();
    const known = new Map<string, ParkedGroup>();
    for (const { desk, group } of await look(desks)) known.set(keyOf(desk, group), group);
    const open = [...known.values()].filter(({ state }) => state === 'open').length;
    terminal.note(`watching ${known.size} groups, ${open} of them open, at ${desks.map(({ path }) => path).join(', ')}; Ctrl-C ends it\n`);
    const leave = new AbortController();
    const listensNoMore = terminal.onInterrupt(() => leave.abort());
    try {
      while (!leave.signal.aborted) {
        await pause(every, undefined, { signal: leave.signal });
        await tellChanges(session, desks, known);
      }
    } catch (error) {
      if (!leave.signal.aborted) throw error;
    } finally {
      listensNoMore();
    }
    return 0;
  },
};

interface Seen {
  readonly desk: Desk;
  readonly group: ParkedGroup;
}

async function look(desks: readonly Desk[]): Promise<Seen[]> {
  return (
    await Promise.all(desks.map(async (desk) => (await ask(desk, { command: 'groups' })).groups.map((group) => ({ desk, group }))))
  ).flat();
}

function keyOf(desk: Desk, group: ParkedGroup): string {
  return `${desk.region}/${desk.functionName}/${group.group}`;
}

/** A look that fails is told and tried again: what changed meanwhile is seen at the next. */
async function tellChanges(session: DeskSession, desks: readonly Desk[], known: Map<string, ParkedGroup>): Promise<void> {
  let seen: readonly Seen[];
  try {
    seen = await look(desks);
  } catch (error) {
    session.terminal.note(`${(error as Error).message}\n`);
    return;
  }
  for (const { desk, group } of seen) {
    const before = known.get(keyOf(desk, group));
    known.set(keyOf(desk, group), group);
    const change = changeOf(before, group);
    if (change !== undefined) tell(session, desk, group, change);
  }
}

/** `opened` also when it comes back. @returns undefined when nothing that matters differs */
function changeOf(before: ParkedGroup | undefined, now: ParkedGroup): 'opened' | 'changed' | undefined {
  if (now.state === 'open' && before?.state !== 'open') return 'opened';
  if (before === undefined || before.state !== now.state || countsOf(before) !== countsOf(now) || before.job !== now.job) return 'changed';
  return undefined;
}

function tell({ terminal, json: isForScripts, now }: DeskSession, desk: Desk, group: ParkedGroup, change: 'opened' | 'changed'): void {
  const at = new Date(now()).toISOString();
  if (isForScripts) terminal.out(json({ at, change, desk: deskDocument(desk), group }));
  else {
    const job = group.job === undefined ? '' : `, job ${group.job}`;
    const line = `${group.group} ${group.fault} ${group.state}: ${countsOf(group)}${job}  ${errorOf(group)}  ${desk.path}`;
    terminal.out(`${at.slice(11, 19)} ${paint(terminal, change === 'opened' ? 'red' : undefined, change)} ${showable(line)}\n`);
  }
}
