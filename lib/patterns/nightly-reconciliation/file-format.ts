import type { SourceContent } from './contract';

/** How the files of a source are written. Compression (`.gz`, `.zst`) is always told by their names. */
export class FileFormat {
  /** Comma-separated values with a header (RFC 4180). */
  public static readonly CSV = new FileFormat('csv');
  /** One JSON object a line. */
  public static readonly JSON_LINES = new FileFormat('jsonLines');
  /** Apache Parquet. */
  public static readonly PARQUET = new FileFormat('parquet');

  /** @internal */
  public readonly _content: SourceContent;

  private constructor(content: SourceContent) {
    this._content = content;
  }
}
