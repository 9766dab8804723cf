import { UsageError } from '../usage-error';
import { breakId, findBreak, inRegister } from './register';
import type { NightCommand } from './session';
import { tell } from './show';

const LONGEST = { owner: 100, note: 1_000 } as const;

export const assign: NightCommand = {
  usage: 'BREAK',
  summary: 'say who sees to a break, and what is to be said of it; runs leave it as it is',
  example: 'npx breakwater nights assign 9c1b77d03f2a5e10 --owner ann --note "the bank sends a correction"',
  options: {
    owner: { value: 'NAME', says: 'who sees to it; "" for nobody' },
    note: { value: 'TEXT', says: 'what is to be said of it; "" takes it away' },
  },
  names: [1, 1],
  async run(session, given) {
    const id = breakId(given.names[0]!);
    const owner = checked('owner', given.text('owner'));
    const note = checked('note', given.text('note'));
    if (owner === undefined && note === undefined)
      throw new UsageError('nights assign: say who sees to it with --owner NAME, or what is to be said of it with --note TEXT.');
    const { night } = await findBreak(await session.nights(), id);
    const annotation = { ...(owner !== undefined && { owner }), ...(note !== undefined && { note }) };
    await inRegister(night, 'dynamodb:UpdateItem', (register) => register.annotate(id, annotation));
    tell(session.terminal, session.json, await findBreak([night], id));
    return 0;
  },
};

/** Without the white space around it. @throws {UsageError} */
function checked(option: keyof typeof LONGEST, given: string | undefined): string | undefined {
  const text = given?.trim();
  if (text !== undefined && text.length > LONGEST[option])
    throw new UsageError(`--${option}: must have at most ${LONGEST[option]} characters, got ${text.length}.`);
  return text;
}
