/** A template or assembly that can't be read. The command line ends with code 2. */
export class TemplateError extends Error {
  public override readonly name = 'TemplateError';

  /**
   * @param file as it was given
   * @param line 1-based; absent when the fault has no place, for example a missing file
   */
  constructor(
    public readonly file: string,
    public readonly line: number | undefined,
    public readonly reason: string,
  ) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${reason}`);
  }
}
