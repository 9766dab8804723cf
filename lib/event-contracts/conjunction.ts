import { nodeId, type SchemaNode } from './schema-document';
import { KINDS, type Kind, type NumberKeyword, type SchemaView, viewOf } from './schema-view';

/** What is known of a case beyond its schemas. */
interface Known {
  readonly denied: readonly SchemaNode[];
  readonly kinds: ReadonlySet<Kind>;
  /** Fields that are there. */
  readonly present: readonly string[];
  /** Schemas whose alternatives were taken apart. */
  readonly split: ReadonlySet<string>;
}

/** Of every value that is valid, at least one of these is right. */
interface Cases {
  readonly of: 'alternatives' | 'kinds';
  readonly all: readonly Conjunction[];
}

function alternativesOf(all: readonly Conjunction[]): Cases {
  return { of: 'alternatives', all };
}

const ALL_KINDS: ReadonlySet<Kind> = new Set(KINDS);
const UNKNOWN: Known = { denied: [], kinds: ALL_KINDS, present: [], split: new Set() };

/** Schemas that all hold for one value, with what follows from them: it may know less than they say, never more. */
export class Conjunction {
  /** Without `true` and `false`. */
  readonly views: readonly SchemaView[];
  /** Schemas that do not hold. */
  readonly denied: readonly SchemaNode[];
  readonly kinds: ReadonlySet<Kind>;
  /** One of them is `false`. */
  readonly hasFalse: boolean;
  readonly required: ReadonlySet<string>;

  constructor(
    private readonly nodes: readonly SchemaNode[],
    private readonly known: Known = UNKNOWN,
  ) {
    const { views, hasFalse, required, kinds } = flattened(nodes, known);
    this.views = views;
    this.hasFalse = hasFalse;
    this.required = required;
    this.denied = [...known.denied, ...views.flatMap(({ not }) => not ?? [])];
    this.kinds = kinds;
  }

  /** The same for the same schemas and knowledge. */
  get id(): string {
    const { denied, kinds, present, split } = this.known;
    const names = [this.nodes.map(nodeId).sort(), denied.map(nodeId).sort(), [...kinds], [...present].sort(), [...split].sort()];
    return JSON.stringify(names);
  }

  with(node: SchemaNode | undefined): Conjunction {
    return node === undefined ? this : new Conjunction([...this.nodes, node], this.known);
  }

  /** The objects among them that have this field. */
  withPresent(name: string): Conjunction {
    return new Conjunction(this.nodes, { ...this.known, kinds: new Set(['object']), present: [...this.known.present, name] });
  }

  /** What is said of the names of fields, as texts. */
  namesOfFields(): Conjunction {
    return new Conjunction(
      this.views.flatMap(({ propertyNames }) => propertyNames ?? []),
      { ...UNKNOWN, kinds: new Set(['string']) },
    );
  }

  /** Cases of which one holds, by the first alternative that was not taken apart yet. */
  cases(): Cases | undefined {
    const { known, nodes } = this;
    for (const { node, anyOf, oneOf, condition } of this.views) {
      for (const [keyword, alternatives] of Object.entries({ anyOf, oneOf })) {
        const id = `${nodeId(node)} ${keyword}`;
        if (alternatives === undefined || known.split.has(id)) continue;
        const split = new Set([...known.split, id]);
        return alternativesOf(alternatives.map((one) => new Conjunction([...nodes, one], { ...known, split })));
      }
      const id = `${nodeId(node)} if`;
      if (condition === undefined || known.split.has(id)) continue;
      const split = new Set([...known.split, id]);
      return alternativesOf([
        new Conjunction([...nodes, condition.premise, ...some(condition.consequence)], { ...known, split }),
        new Conjunction([...nodes, ...some(condition.otherwise)], { ...known, split, denied: [...known.denied, condition.premise] }),
      ]);
    }
    if (this.kinds.size < 2) return undefined;
    return { of: 'kinds', all: [...this.kinds].map((kind) => new Conjunction(nodes, { ...known, kinds: new Set([kind]) })) };
  }

  least(keyword: NumberKeyword): number | undefined {
    return extreme(this.views, keyword, Math.max);
  }

  most(keyword: NumberKeyword): number | undefined {
    return extreme(this.views, keyword, Math.min);
  }
}

function flattened(nodes: readonly SchemaNode[], known: Known) {
  const seen = new Set<string>();
  const views: SchemaView[] = [];
  const required = new Set(known.present);
  let kinds = known.kinds;
  let hasFalse = false;
  const take = (node: SchemaNode): void => {
    if (node.schema === false) hasFalse = true;
    if (typeof node.schema === 'boolean' || seen.has(nodeId(node))) return;
    seen.add(nodeId(node));
    const view = viewOf(node);
    views.push(view);
    if (view.kinds !== undefined) kinds = intersection(kinds, view.kinds);
    for (const name of view.required) required.add(name);
    for (const one of [...view.allOf, ...some(view.reference)]) take(one);
  };
  for (const node of nodes) take(node);
  for (let size = -1; size !== required.size + views.length; ) {
    size = required.size + views.length;
    for (const { dependentRequired, dependentSchemas } of [...views]) {
      for (const [name, others] of dependentRequired) if (required.has(name)) for (const other of others) required.add(other);
      // Of what is no object, neither says anything.
      const objects = kinds.size === 1 && kinds.has('object');
      for (const [name, schema] of dependentSchemas) if (objects && required.has(name)) take(schema);
    }
  }
  return { views, hasFalse, required, kinds };
}

function extreme(views: readonly SchemaView[], keyword: NumberKeyword, choose: (...values: number[]) => number): number | undefined {
  const values = views.map(({ numbers }) => numbers[keyword]).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : choose(...values);
}

function intersection<T>(left: ReadonlySet<T>, right: ReadonlySet<T>): ReadonlySet<T> {
  return new Set([...left].filter((one) => right.has(one)));
}

function some<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
