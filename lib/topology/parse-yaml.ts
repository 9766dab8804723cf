import { isAlias, isMap, isScalar, isSeq, type Node, type ParsedNode, parseDocument, type YAMLMap } from 'yaml';
import { lineOf } from './json-fault';
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
    // Tags which the parser doesn't know are only warnings to it, and stay on their nodes.
    const document = parseDocument(text, { prettyErrors: false });
    const fault = document.errors[0];
    // The parser reports its own overflow as a fault of the text.
    if (fault && /call stack/.test(fault.message)) throw new TemplateError(file, undefined, 'nested too deeply');
    if (fault) throw new TemplateError(file, lineOf(text, fault.pos[0]), `not valid YAML: ${fault.message}`);
    return new Conversion(file, text).convert(document.contents, 0);
  } catch (error) {
    if (error instanceof RangeError) throw new TemplateError(file, undefined, 'nested too deeply');
    if (error instanceof TemplateError) throw error;
    throw new TemplateError(file, undefined, `not valid YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

class Conversion {
  private nodes = 0;
  private readonly anchors = new Map<string, Node>();

  constructor(
    private readonly file: string,
    private readonly text: string,
  ) {}

  public convert(node: Node | null, depth: number): unknown {
    this.nodes += 1;
    if (this.nodes > MOST_NODES) throw new TemplateError(this.file, this.line(node), 'aliases make this template too large');
    if (depth > DEEPEST) throw new TemplateError(this.file, this.line(node), 'nested too deeply');
    if (isAlias(node)) {
      const source = this.anchors.get(node.source);
      if (!source) throw new TemplateError(this.file, this.line(node), `not valid YAML: no anchor is called ${node.source}`);
      return this.convert(source, depth + 1);
    }
    if (node?.anchor !== undefined) this.anchors.set(node.anchor, node);
    if (isMap(node)) return this.tagged(node.tag, node, this.mapping(node as YAMLMap<ParsedNode, ParsedNode | null>, depth));
    if (isSeq<ParsedNode>(node))
      return this.tagged(
        node.tag,
        node,
        node.items.map((item) => this.convert(item, depth + 1)),
      );
    return isScalar(node) ? this.tagged(node.tag, node, node.value) : null;
  }

  private mapping(node: YAMLMap<ParsedNode, ParsedNode | null>, depth: number) {
    const result: Record<string, unknown> = Object.create(null);
    const merged: unknown[] = [];
    for (const { key, value } of node.items) {
      if (!isScalar(key)) throw new TemplateError(this.file, this.line(key), 'keys of a template are text');
      if (key.value === '<<' && key.type === 'PLAIN') merged.push(this.convert(value, depth + 1));
      else result[String(this.convert(key, depth + 1))] = this.convert(value, depth + 1);
    }
    for (const source of merged.flat()) for (const [key, value] of Object.entries(source ?? {})) if (!(key in result)) result[key] = value;
    return result;
  }

  private tagged(tag: string | undefined, node: Node, value: unknown): unknown {
    if (tag === undefined || tag.startsWith('tag:yaml.org')) return value;
    const name = LONG_FORM.get(tag);
    if (!name) throw new TemplateError(this.file, this.line(node), `unknown tag ${tag}: CloudFormation has no such function`);
    return { [name]: value };
  }

  private line(node: Node | null): number | undefined {
    return node?.range ? lineOf(this.text, node.range[0]) : undefined;
  }
}
