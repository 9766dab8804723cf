import type { Terminal } from '../../lib/operate/commands/terminal';

export interface TestTerminal extends Terminal {
  readonly written: { out: string; note: string };
  /** As Ctrl-C would. */
  interrupt(): void;
}

/** A terminal without anybody, unless the test says otherwise. */
export function testTerminal(given: Partial<Omit<Terminal, 'ask'>> & { readonly answer?: string } = {}): TestTerminal {
  const written = { out: '', note: '' };
  const listeners = new Set<() => void>();
  const { answer, ...rest } = given;
  return {
    written,
    interrupt: () => {
      for (const listener of listeners) listener();
    },
    out: (text) => {
      written.out += text;
    },
    note: (text) => {
      written.note += text;
    },
    columns: Number.POSITIVE_INFINITY,
    noteColumns: 80,
    colours: false,
    rewrites: false,
    answers: answer !== undefined,
    ask: async (question) => {
      written.note += question;
      return answer ?? '';
    },
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ...rest,
  };
}
