import type { Session } from './session';

/** Asks before much is changed. @returns false when the answer isn't yes @throws without anybody to answer */
export async function confirmed({ terminal, yes }: Pick<Session, 'terminal' | 'yes'>, question: string): Promise<boolean> {
  if (yes) return true;
  if (!terminal.answers)
    throw new Error(`${question} Nobody is here to answer: give --yes when that is what you want. Nothing was changed.`);
  const answer = await terminal.ask(`${question} [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return true;
  terminal.note('nothing was changed\n');
  return false;
}
