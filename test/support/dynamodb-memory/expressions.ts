import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Condition, type Operand, type Path, parseCondition, parseUpdate } from '../../../lib/runtime/transaction/expression-syntax';

export type Item = Record<string, AttributeValue>;

export interface Placeholders {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>>;
}

/** What DynamoDB throws when an expression meets an item it can't work on. */
export class ExpressionError extends Error {}

export function meets(text: string, item: Item, placeholders: Placeholders): boolean {
  return new Evaluator(item, placeholders).condition(parseCondition(text));
}

/** The item after the update. Every value is read from the item as it was before. */
export function updated(text: string, item: Item, placeholders: Placeholders): Item {
  const before = new Evaluator(item, placeholders);
  const after = structuredClone(item);
  const writer = new Evaluator(after, placeholders);
  for (const action of parseUpdate(text)) {
    switch (action.kind) {
      case 'set':
        writer.assign(action.path, before.value(action.value));
        break;
      case 'remove':
        writer.remove(action.path);
        break;
      case 'add':
        writer.assign(action.path, added(before.at(action.path), before.value(action.value)));
        break;
      case 'delete': {
        const rest = subtracted(before.at(action.path), before.value(action.value));
        if (rest === undefined) writer.remove(action.path);
        else writer.assign(action.path, rest);
      }
    }
  }
  return after;
}

class Evaluator {
  readonly #item: Item;
  readonly #placeholders: Placeholders;

  constructor(item: Item, placeholders: Placeholders) {
    this.#item = item;
    this.#placeholders = placeholders;
  }

  condition(condition: Condition): boolean {
    switch (condition.kind) {
      case 'and':
        return this.condition(condition.left) && this.condition(condition.right);
      case 'or':
        return this.condition(condition.left) || this.condition(condition.right);
      case 'not':
        return !this.condition(condition.condition);
      case 'comparison': {
        const left = this.#maybe(condition.left);
        const right = this.#maybe(condition.right);
        if (condition.comparator === '=') return left !== undefined && isDeepStrictEqual(comparable(left), comparable(right));
        if (condition.comparator === '<>') return left === undefined || !isDeepStrictEqual(comparable(left), comparable(right));
        const order = compare(left, right);
        if (order === undefined) return false;
        return { '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[condition.comparator];
      }
      case 'between': {
        const operand = this.#maybe(condition.operand);
        const low = compare(operand, this.#maybe(condition.low));
        const high = compare(operand, this.#maybe(condition.high));
        return low !== undefined && high !== undefined && low >= 0 && high <= 0;
      }
      case 'in': {
        const operand = this.#maybe(condition.operand);
        return operand !== undefined && condition.list.some((one) => isDeepStrictEqual(comparable(operand), comparable(this.#maybe(one))));
      }
      case 'function':
        return this.#predicate(condition.name, condition.operands);
    }
  }

  #predicate(name: string, [first, second]: readonly Operand[]): boolean {
    const operand = this.#maybe(first!);
    switch (name) {
      case 'attribute_exists':
        return operand !== undefined;
      case 'attribute_not_exists':
        return operand === undefined;
      case 'attribute_type':
        return operand !== undefined && typeOf(operand) === this.value(second!).S;
      case 'begins_with': {
        const prefix = this.#maybe(second!);
        return operand?.S !== undefined && prefix?.S !== undefined && operand.S.startsWith(prefix.S);
      }
      case 'contains': {
        const part = this.#maybe(second!);
        if (operand === undefined || part === undefined) return false;
        if (operand.S !== undefined) return part.S !== undefined && operand.S.includes(part.S);
        if (operand.SS !== undefined) return part.S !== undefined && operand.SS.includes(part.S);
        if (operand.NS !== undefined) return part.N !== undefined && operand.NS.some((one) => Number(one) === Number(part.N));
        return operand.L?.some((one) => isDeepStrictEqual(comparable(one), comparable(part))) ?? false;
      }
      default:
        throw new Error(`the memory table has no function ${name}`);
    }
  }

  value(operand: Operand): AttributeValue {
    const value = this.#maybe(operand);
    if (value === undefined) throw new ExpressionError('The provided expression refers to an attribute that does not exist in the item');
    return value;
  }

  #maybe(operand: Operand): AttributeValue | undefined {
    switch (operand.kind) {
      case 'path':
        return this.at(operand.path);
      case 'value':
        return this.#placeholders.ExpressionAttributeValues![operand.name]!;
      case 'arithmetic': {
        const [left, right] = [operand.left, operand.right].map((one) => this.value(one).N);
        if (left === undefined || right === undefined)
          throw new ExpressionError('An operand in the update expression has an incorrect data type');
        return { N: String(operand.operator === '+' ? Number(left) + Number(right) : Number(left) - Number(right)) };
      }
      case 'function': {
        const [first, second] = operand.operands;
        if (operand.name === 'if_not_exists') return this.#maybe(first!) ?? this.value(second!);
        if (operand.name === 'size') {
          const bytes = sizeOf(this.#maybe(first!));
          return bytes === undefined ? undefined : { N: String(bytes) };
        }
        if (operand.name === 'list_append') {
          const [left, right] = [this.value(first!).L, this.value(second!).L];
          if (left === undefined || right === undefined)
            throw new ExpressionError('An operand in the update expression has an incorrect data type');
          return { L: [...left, ...right] };
        }
        throw new Error(`the memory table has no function ${operand.name}`);
      }
    }
  }

  at(path: Path): AttributeValue | undefined {
    let value: AttributeValue | undefined = { M: this.#item };
    for (const element of path) {
      value = element.kind === 'index' ? value?.L?.[element.index] : value?.M && own(value.M, this.#name(element.name));
    }
    return value;
  }

  assign(path: Path, value: AttributeValue): void {
    const { parent, last } = this.#parent(path);
    if (last.kind === 'index') {
      if (parent?.L === undefined) throw new ExpressionError(INVALID_PATH);
      if (last.index < parent.L.length) parent.L[last.index] = value;
      else parent.L.push(value);
    } else {
      if (parent?.M === undefined) throw new ExpressionError(INVALID_PATH);
      parent.M[this.#name(last.name)] = value;
    }
  }

  remove(path: Path): void {
    const { parent, last } = this.#parent(path);
    if (last.kind === 'index') {
      if (parent?.L === undefined) throw new ExpressionError(INVALID_PATH);
      parent.L.splice(last.index, 1);
    } else {
      if (parent?.M === undefined) throw new ExpressionError(INVALID_PATH);
      delete parent.M[this.#name(last.name)];
    }
  }

  #parent(path: Path): { readonly parent: AttributeValue | undefined; readonly last: Path[number] } {
    return { parent: path.length === 1 ? { M: this.#item } : this.at(path.slice(0, -1)), last: path.at(-1)! };
  }

  #name(name: string): string {
    return name.startsWith('#') ? this.#placeholders.ExpressionAttributeNames![name]! : name;
  }
}

const INVALID_PATH = 'The document path provided in the update expression is invalid for update';

function own(map: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

function typeOf(value: AttributeValue): string {
  return Object.keys(value).find((type) => value[type as 'S'] !== undefined)!;
}

/** Sets have no order, numbers no form. */
function comparable(value: AttributeValue | undefined): unknown {
  if (value?.N !== undefined) return { N: Number(value.N) };
  if (value?.SS !== undefined) return { SS: [...value.SS].sort() };
  if (value?.NS !== undefined) return { NS: value.NS.map(Number).sort((a, b) => a - b) };
  if (value?.L !== undefined) return { L: value.L.map(comparable) };
  if (value?.M !== undefined) return { M: Object.fromEntries(Object.entries(value.M).map(([name, one]) => [name, comparable(one)])) };
  return value;
}

function compare(left: AttributeValue | undefined, right: AttributeValue | undefined): number | undefined {
  if (left?.N !== undefined && right?.N !== undefined) return Number(left.N) - Number(right.N);
  if (left?.S !== undefined && right?.S !== undefined) return Buffer.compare(Buffer.from(left.S), Buffer.from(right.S));
  return undefined;
}

function sizeOf(value: AttributeValue | undefined): number | undefined {
  if (value?.S !== undefined) return Buffer.byteLength(value.S);
  const elements = value?.L ?? value?.SS ?? value?.NS ?? (value?.M && Object.keys(value.M));
  return elements?.length;
}

function added(value: AttributeValue | undefined, addition: AttributeValue): AttributeValue {
  if (value === undefined) return addition;
  if (value.N !== undefined && addition.N !== undefined) return { N: String(Number(value.N) + Number(addition.N)) };
  if (value.SS !== undefined && addition.SS !== undefined) return { SS: [...new Set([...value.SS, ...addition.SS])] };
  throw new ExpressionError('An operand in the update expression has an incorrect data type');
}

function subtracted(value: AttributeValue | undefined, removal: AttributeValue): AttributeValue | undefined {
  if (value === undefined) return undefined;
  if (value.SS === undefined || removal.SS === undefined)
    throw new ExpressionError('An operand in the update expression has an incorrect data type');
  const rest = value.SS.filter((one) => !removal.SS!.includes(one));
  return rest.length === 0 ? undefined : { SS: rest };
}
