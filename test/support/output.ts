export interface Line {
  readonly [key: string]: unknown;
}

/** What is written to standard output and error from now on, until jest restores its mocks. Powertools writes there, past jest's console. */
export function captureOutput(): { readonly text: () => string; readonly lines: () => Line[] } {
  const chunks: string[] = [];
  const keep = (chunk: unknown): boolean => {
    chunks.push(String(chunk));
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(keep);
  jest.spyOn(process.stderr, 'write').mockImplementation(keep);
  const text = (): string => chunks.join('');
  return {
    text,
    lines: () =>
      text()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Line),
  };
}
