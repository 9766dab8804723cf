import { parseDocument } from 'yaml';
import type { CST } from 'yaml/parse-cst';
import { Alias, Merge, Pair, Scalar, type Schema, YAMLMap, YAMLSeq } from 'yaml/types';
import { parseMap, parseSeq } from 'yaml/util';
import { lineOf } from './json-fault';
import { isRecord } from './record';
import { TemplateError } from './template-error';

/** Short forms of intrinsic functions. `!Ref` and `!Condition` are the two without `Fn::`. */
const SHORT_FORMS = [
  'And',
  'Base64',
  'Cidr',
  'Equals',
  'FindInMap',
  'ForEach',
  'GetAtt',
  'GetAZs',
  'GetStackOutput',
  'If',
  'ImportValue',
  'Join',
  'Length',
  'Not',
  'Or',
  'Select',
  'Split',
  'Sub',
  'ToJsonString',
  'Transform',
] as const;
const LONG_FORM = new Map<string, string>([
  ...SHORT_FORMS.map((name): [string, string] => [`!${name}`, `Fn::${name}`]),
  ['!Ref', 'Ref'],
  ['!Condition', 'Condition'],
]);

const TAGS: Schema.CustomTag[] = [...LONG_FORM.keys()].map((tag) => ({
  tag,
  identify: () => false,
  resolve: (document, cst) => {
    const node = cst as unknown as CST.Node;
    if (node.type === 'MAP' || node.type === 'FLOW_MAP') return parseMap(document, node as CST.Map);
    if (node.type === 'SEQ' || node.type === 'FLOW_SEQ') return parseSeq(document, node as CST.Seq);
    const text: unknown = (node as CST.PlainValue).strValue;
    return typeof text === 'string' || text === null ? text : (text as { str: string }).str;
  },
}));

/** Aliases may repeat a node, never grow a template beyond what any stack could hold. */
const MOST_NODES = 2_000_000;
const DEEPEST = 200;

/**
 * Reads YAML with CloudFormation's short forms into what the same template would be in JSON.
 *
 * @throws TemplateError with file, line and reason
 */
export function parseYaml(file: string, text: string): unknown {
  try {
    const document = parseDocument(text, { merge: true, customTags: TAGS, keepCstNodes: false });
    const fault = document.errors[0];
    if (fault) {
      const odd = fault.message.startsWith('All collection items') ? oddItem(text, fault.source) : undefined;
      fault.makePretty();
      // The parser repeats the place in its message.
      const reason = fault.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '');
      throw new TemplateError(file, odd ?? fault.linePos?.start.line ?? 1, `not valid YAML: ${reason}`);
    }
    return new Conversion(file, text).convert(document.contents, 0);
  } catch (error) {
    if (error instanceof RangeError) throw new TemplateError(file, undefined, 'nested too deeply');
    if (error instanceof TemplateError) throw error;
    throw new TemplateError(file, undefined, `not valid YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Line of the first item that is indented unlike the others; the parser blames the whole collection. */
function oddItem(text: string, source: CST.Node | undefined): number | undefined {
  const items = source !== undefined && 'items' in source && Array.isArray(source.items) ? source.items : [];
  const starts = items.flatMap((item) =>
    isRecord(item) && item.type !== 'COMMENT' && isRecord(item.range) && typeof item.range.start === 'number' ? [item.range.start] : [],
  );
  const columnOf = (start: number) => start - text.lastIndexOf('\n', start - 1);
  const first = starts[0];
  const odd =
    first === undefined
      ? undefined
      : starts.find((start) => text.slice(first, start).includes('\n') && columnOf(start) !== columnOf(first));
  return odd === undefined ? undefined : lineOf(text, odd);
}

class Conversion {
  private nodes = 0;

  constructor(
    private readonly file: string,
    private readonly text: string,
  ) {}

  public convert(node: unknown, depth: number): unknown {
    this.nodes += 1;
    if (this.nodes > MOST_NODES) throw new TemplateError(this.file, this.line(node), 'aliases make this template too large');
    if (depth > DEEPEST) throw new TemplateError(this.file, this.line(node), 'nested too deeply');
    if (node instanceof Alias) return this.convert(node.source, depth + 1);
    if (node instanceof YAMLMap) return this.tagged(node.tag, node, this.mapping(node, depth));
    if (node instanceof YAMLSeq)
      return this.tagged(
        node.tag,
        node,
        node.items.map((item) => this.convert(item, depth + 1)),
      );
    if (node instanceof Scalar) return this.tagged(node.tag, node, node.value);
    return node ?? null;
  }

  private mapping(node: YAMLMap, depth: number) {
    const result: Record<string, unknown> = Object.create(null);
    for (const item of node.items) {
      if (item instanceof Merge) {
        for (const source of (item.value as YAMLSeq).items) {
          const merged = this.convert(source, depth + 1);
          for (const [key, value] of Object.entries(merged as object)) result[key] ??= value;
        }
      } else if (item instanceof Pair) {
        const key = item.key instanceof Scalar ? item.key.value : item.key;
        if (typeof key === 'object' && key !== null) throw new TemplateError(this.file, this.line(node), 'keys of a template are text');
        result[String(key)] = this.convert(item.value, depth + 1);
      }
    }
    return result;
  }

  private tagged(tag: string | undefined, node: unknown, value: unknown): unknown {
    if (tag === undefined || tag.startsWith('tag:yaml.org')) return value;
    const name = LONG_FORM.get(tag);
    if (!name) throw new TemplateError(this.file, this.line(node), `unknown tag ${tag}: CloudFormation has no such function`);
    return { [name]: value };
  }

  private line(node: unknown): number | undefined {
    const range = (node as { range?: [number, number] } | null)?.range;
    return range ? lineOf(this.text, range[0]) : undefined;
  }
}
