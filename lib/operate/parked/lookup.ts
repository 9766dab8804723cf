import type { DeskAnswers, DeskRequest, ParkedGroup } from '../../blocks/parking-contract';
import { Refusal } from '../commands/invoke';
import { nearestWord, UsageError } from '../usage-error';
import { ask, type Desk } from './desks';

const GROUP = /^[0-9a-f]{4,12}$/;
const MESSAGE = /^[0-9a-f]{16}$/;

export interface FoundGroup {
  readonly desk: Desk;
  readonly group: ParkedGroup;
}

/** Whether a name is that of a message; otherwise it is a group's. @throws {UsageError} when it is neither's */
export function isMessage(name: string): boolean {
  if (MESSAGE.test(name)) return true;
  if (GROUP.test(name)) return false;
  throw new UsageError(
    `${JSON.stringify(name)} names nothing: a group has 12 hex digits (its first 4 do), a message 16. \`parked groups\` shows them.`,
  );
}

/** The group of that name, or the only one that begins so, in whatever desk it is. @throws when there is none, or more than one */
export async function findGroup(desks: readonly Desk[], name: string): Promise<FoundGroup> {
  if (isMessage(name)) throw new UsageError(`${name} is a message, and this takes a group: \`parked show ${name}\` says which it is of.`);
  const all = (
    await Promise.all(desks.map(async (desk) => (await ask(desk, { command: 'groups' })).groups.map((group) => ({ desk, group }))))
  ).flat();
  const [found, ...more] = all.filter(({ group }) => group.group.startsWith(name));
  if (found === undefined) {
    const near = nearestWord(
      name,
      all.map(({ group }) => group.group),
    );
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    throw new Error(`no group ${name} at ${named(desks)}${hint} \`parked groups\` shows all.`);
  }
  if (more.length > 0) {
    const which = [found, ...more].map(({ desk, group }) => `${group.group} at ${desk.path}`).join(', ');
    throw new Error(`${name} is the beginning of several groups: ${which}. Give more of it, or --desk PATH.`);
  }
  return found;
}

/** What one desk answers to a question that only one of them can. @throws {Refusal} when none does, with what each said */
export async function askEach<Request extends DeskRequest>(
  desks: readonly Desk[],
  request: Request,
): Promise<{ readonly desk: Desk; readonly answer: DeskAnswers[Request['command']] }> {
  const refusals: string[] = [];
  for (const desk of desks) {
    try {
      return { desk, answer: await ask(desk, request) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusals.push(desks.length === 1 ? error.message : `${desk.path}: ${error.message}`);
    }
  }
  throw new Refusal(refusals.join('\n  '));
}

/** Messages of one group. @throws when one isn't known, or they are of several groups */
export async function findMessages(desks: readonly Desk[], ids: readonly string[]) {
  const found = [];
  for (const message of ids) {
    const { desk, answer } = await askEach(desks, { command: 'show', message });
    found.push({ desk, message: answer.message });
  }
  const groups = new Set(found.map(({ message }) => message.group));
  if (groups.size > 1) throw new UsageError(`these messages are of several groups (${[...groups].join(', ')}): one group at a time.`);
  const [{ desk, message }] = found as [(typeof found)[number]];
  return { desk, group: message.group, messages: found.map((one) => one.message) };
}

export function named(desks: readonly Desk[]): string {
  return desks.map(({ path }) => path).join(', ');
}
