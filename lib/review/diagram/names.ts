import { showable } from '../../markup/showable';
import type { Node } from '../../topology/graph';

/** Last parts of construct paths that say no more than the kind that stands beside the name. */
const SAYS_THE_KIND =
  /^(?:lambda)?(?:function|queue|topic|table|bucket|api|restapi|httpapi|stream|statemachine|bus|eventbus|rule|schedule|pipe)$/i;
/** What the CDK calls the resource inside a construct. */
const INSIDE = /^(?:Resource|Default)$/;
const MOST_PARTS = 2;

/**
 * A short name for each node by which a person knows it: the last parts of its construct path, as many as tell it from others of its kind, or its logical id.
 */
export function readableNames(nodes: Iterable<Node>): ReadonlyMap<string, string> {
  const named = [...nodes].map((node) => new Named(node));
  let alike = alikes(named);
  while (alike.filter((one) => one.extend()).length > 0) alike = alikes(named);
  const ambiguous = new Set(alike);
  return new Map(named.map((one) => [one.node.id, ambiguous.has(one) ? one.unmistakable : one.name]));
}

class Named {
  private readonly parts: readonly string[];
  private taken: number;

  constructor(public readonly node: Node) {
    this.parts = partsOf(node);
    this.taken = Math.max(1, Math.min(MOST_PARTS, this.parts.length - 1));
  }

  public get name(): string {
    return this.parts.slice(-this.taken).join('/');
  }

  public get unmistakable(): string {
    return this.node.resource && this.parts.at(-1) !== this.node.label ? `${this.name} ${showable(this.node.label)}` : this.name;
  }

  public extend(): boolean {
    if (this.taken >= this.parts.length) return false;
    this.taken += 1;
    return true;
  }
}

/** All that share kind and name with another. */
function alikes(named: readonly Named[]): Named[] {
  const groups = new Map<string, Named[]>();
  for (const one of named) {
    const key = `${one.node.kind} ${one.name}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()].flatMap((group) => (group.length > 1 ? group : []));
}

/** First the stack, then what is inside of what. */
function partsOf(node: Node): string[] {
  if (!node.resource) return [outside(node.label)];
  const { stack, logicalId, constructPath } = node.resource;
  const path = (constructPath ?? '').split('/').map(showable).filter(Boolean);
  if (path.length > 1 && INSIDE.test(path.at(-1)!)) path.pop();
  if (path.length > 2 && SAYS_THE_KIND.test(path.at(-1)!)) path.pop();
  const parts = path.filter((part, index) => part !== path[index - 1]);
  if (parts.length < 2) return [showable(stack), ...(parts.length === 1 && parts[0] !== showable(stack) ? parts : [showable(logicalId)])];
  return parts;
}

/** `(arn:aws:sqs:eu-west-1:111122223333:orders)` is called `orders`. */
function outside(label: string): string {
  const text = showable(label.replace(/^\(([\s\S]*)\)$/, '$1'));
  const resource = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:(.+)$/.exec(text)?.[1];
  return resource?.split(/[:/]/).filter(Boolean).at(-1) ?? text;
}
