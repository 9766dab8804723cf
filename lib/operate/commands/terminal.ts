import { createInterface } from 'node:readline';

/** Where a command's words go, and where its answers come from. */
export interface Terminal {
  /** What was asked for: standard output. */
  out(text: string): void;
  /** Progress, questions and notes: standard error. */
  note(text: string): void;
  /** Columns of a line; unlimited when nobody looks on. */
  readonly columns: number;
  readonly colours: boolean;
  /** Columns of a line of progress. */
  readonly noteColumns: number;
  /** Whether a line of progress can be written over. */
  readonly rewrites: boolean;
  /** Whether somebody can answer. */
  readonly answers: boolean;
  /** @returns the answer; empty when there is none */
  ask(question: string): Promise<string>;
  /** @returns ends the listening */
  onInterrupt(listener: () => void): () => void;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  return {
    out: (text) => stdout.write(text),
    note: (text) => stderr.write(text),
    columns: stdout.isTTY ? (stdout.columns ?? 80) : Number.POSITIVE_INFINITY,
    // https://no-color.org
    colours: stdout.isTTY && !env.NO_COLOR && env.TERM !== 'dumb',
    noteColumns: stderr.columns ?? 80,
    rewrites: stderr.isTTY && env.TERM !== 'dumb',
    answers: stdin.isTTY,
    ask: (question) =>
      new Promise((resolve) => {
        const lines = createInterface({ input: stdin, output: stderr });
        lines.once('SIGINT', () => {
          stderr.write('\n');
          lines.close();
        });
        lines.once('close', () => resolve(''));
        lines.question(question, (answer) => {
          resolve(answer);
          lines.close();
        });
      }),
    onInterrupt(listener) {
      process.once('SIGINT', listener);
      return () => process.removeListener('SIGINT', listener);
    },
  };
}

const CODES = { red: '31', green: '32', yellow: '33', dim: '2', bold: '1' } as const;
export type Colour = keyof typeof CODES;

export function paint({ colours }: Pick<Terminal, 'colours'>, colour: Colour | undefined, text: string): string {
  return colours && colour !== undefined ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
}

/** One JSON document, or one line of several. Nothing in it can move a terminal's cursor or turn its writing round. */
export function json(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent);
  return `${text.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Co}\u2028\u2029]/gu, (character) => character.split('').map(escapeUnit).join(''))}\n`;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
