/** What stands in a text in place of something that is only known after deployment. */
export type Mark =
  | { readonly kind: 'resource'; readonly resource: string; readonly attribute?: string }
  | { readonly kind: 'unresolved'; readonly reason: string }
  /** The branches of a condition, or the values of a mapping. */
  | { readonly kind: 'any'; readonly texts: readonly string[] };

const OPEN = '\uE000';
const CLOSE = '\uE001';
const MARK = /\uE000(\d+)\uE001/g;

/**
 * Keeps references inside texts, so that a text may be joined, split and parsed as JSON before anybody asks what it refers to. Marks are private characters,
 * which no template holds on purpose; one that does gets them read as unresolved.
 */
export class Marks {
  private readonly table: Mark[] = [];
  private readonly known = new Map<string, string>();

  public resource(resource: string, attribute?: string): string {
    return this.intern(`r ${resource} ${attribute ?? ''}`, { kind: 'resource', resource, attribute });
  }

  public unresolved(reason: string): string {
    return this.intern(`u ${reason}`, { kind: 'unresolved', reason });
  }

  public any(texts: readonly string[]): string {
    const different = [...new Set(texts)];
    if (different.length === 1) return different[0]!;
    return this.intern(`a ${different.join('\n')}`, { kind: 'any', texts: different });
  }

  /** Every resource the text refers to, in the order of the text, branches of conditions included. */
  public resourcesIn(text: string): ReadonlyArray<Extract<Mark, { kind: 'resource' }>> {
    return this.within(text).filter((mark) => mark.kind === 'resource');
  }

  public unresolvedIn(text: string): string[] {
    return this.within(text).flatMap((mark) => (mark.kind === 'unresolved' ? [mark.reason] : []));
  }

  /** The texts that a text with branches can be. At most `most`; marks of other kinds stay inside. */
  public variants(text: string, most = 32): string[] {
    const mark = this.firstAny(text);
    if (!mark) return [text];
    const result: string[] = [];
    for (const branch of mark.mark.texts) {
      for (const variant of this.variants(text.replaceAll(mark.text, branch), most)) {
        if (result.length >= most) return result;
        if (!result.includes(variant)) result.push(variant);
      }
    }
    return result;
  }

  /** For a person: `${Queue.Arn}`. */
  public readable(text: string, depth = 0): string {
    return text.replace(MARK, (_, index: string) => {
      const mark = this.table[Number(index)];
      if (mark?.kind === 'resource')
        return `\${${mark.resource.slice(mark.resource.lastIndexOf('/') + 1)}${mark.attribute ? `.${mark.attribute}` : ''}}`;
      if (mark?.kind === 'any' && depth < 8) return this.readable(mark.texts[0]!, depth + 1);
      return '?';
    });
  }

  /** Whether the text is known to the last character. */
  public static isPlain(text: string): boolean {
    return !text.includes(OPEN);
  }

  private within(text: string, seen = new Set<Mark>()): Mark[] {
    if (!text.includes(OPEN)) return [];
    const marks: Mark[] = [];
    for (const match of text.matchAll(MARK)) {
      const mark: Mark = this.table[Number(match[1])] ?? { kind: 'unresolved', reason: 'a private character in the template' };
      if (seen.has(mark)) continue;
      seen.add(mark);
      if (mark.kind === 'any') for (const branch of mark.texts) marks.push(...this.within(branch, seen));
      else marks.push(mark);
    }
    return marks;
  }

  private firstAny(text: string) {
    if (!text.includes(OPEN)) return undefined;
    for (const match of text.matchAll(MARK)) {
      const mark = this.table[Number(match[1])];
      if (mark?.kind === 'any') return { mark, text: match[0] };
    }
    return undefined;
  }

  private intern(key: string, mark: Mark): string {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const text = `${OPEN}${this.table.length}${CLOSE}`;
    this.table.push(mark);
    this.known.set(key, text);
    return text;
  }
}
