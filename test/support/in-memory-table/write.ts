import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { compareValues, mapValues, type StoredItem, sameValue, stored, sum, typeOf } from './attribute-values';
import { validationException } from './exceptions';
import {
  type Condition,
  type Operand,
  parseCondition,
  parseUpdate,
  placeholdersOf,
  type SetOperand,
  type UpdateAction,
} from './expression-parser';
import type { Table } from './table';

/** The parameters that put, update, delete and condition check share, inside a transaction and outside of one. */
export interface WriteParameters {
  readonly TableName?: string;
  readonly Item?: StoredItem;
  readonly Key?: StoredItem;
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: StoredItem;
  readonly ReturnValuesOnConditionCheckFailure?: string;
}

export type WriteKind = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';

export type Verdict =
  | { readonly kind: 'write'; readonly old?: StoredItem; readonly next?: StoredItem }
  | { readonly kind: 'condition failed'; readonly old?: StoredItem }
  | { readonly kind: 'invalid'; readonly message: string };

/** A write whose expressions were found to be well-formed. */
export class Write {
  readonly #kind: WriteKind;
  readonly #parameters: WriteParameters;
  readonly #condition: Condition | undefined;
  readonly #actions: readonly UpdateAction[];

  /** @throws ValidationException for expressions that fit no item */
  constructor(
    readonly table: Table,
    kind: WriteKind,
    parameters: WriteParameters,
  ) {
    this.#kind = kind;
    this.#parameters = parameters;
    this.#condition = parameters.ConditionExpression === undefined ? undefined : parseCondition(parameters.ConditionExpression);
    this.#actions = parameters.UpdateExpression === undefined ? [] : parseUpdate(parameters.UpdateExpression);
    this.#checkPlaceholders();
    if (this.#condition !== undefined) this.#checkCondition(this.#condition);
    this.#checkActions();
  }

  /** @throws ValidationException */
  get key(): string {
    const { Item = {}, Key = {} } = this.#parameters;
    return this.#kind === 'Put' ? this.table.keyOf(Item, 'item') : this.table.keyOf(Key, 'key');
  }

  verdict(): Verdict {
    const old = this.table.items.get(this.key);
    if (this.#condition !== undefined && !this.#holds(this.#condition, old ?? {})) return { kind: 'condition failed', old };
    switch (this.#kind) {
      case 'Put':
        return { kind: 'write', old, next: mapValues(this.#parameters.Item!, stored) };
      case 'Delete':
        return { kind: 'write', old };
      case 'ConditionCheck':
        return { kind: 'write', old, next: old };
      case 'Update':
        return this.#update(old);
    }
  }

  apply(next: StoredItem | undefined): void {
    if (next === undefined) this.table.items.delete(this.key);
    else this.table.items.set(this.key, next);
  }

  #holds(condition: Condition, item: StoredItem): boolean {
    switch (condition.kind) {
      case 'or':
        return condition.parts.some((part) => this.#holds(part, item));
      case 'and':
        return condition.parts.every((part) => this.#holds(part, item));
      case 'not':
        return !this.#holds(condition.part, item);
      case 'exists':
        return (item[this.#attribute(condition.name)] !== undefined) === condition.wanted;
      case 'comparison': {
        const left = this.#read(condition.left, item);
        const right = this.#read(condition.right, item);
        if (condition.comparator === '<>') return left === undefined || right === undefined || !sameValue(left, right);
        if (left === undefined || right === undefined) return false;
        if (condition.comparator === '=') return sameValue(left, right);
        const order = compareValues(left, right);
        if (order === undefined) return false;
        return condition.comparator.startsWith('<')
          ? order < 0 || (order === 0 && condition.comparator === '<=')
          : order > 0 || (order === 0 && condition.comparator === '>=');
      }
    }
  }

  #update(old: StoredItem | undefined): Verdict {
    const item = old ?? {};
    const next: Record<string, AttributeValue> = { ...item, ...mapValues(this.#parameters.Key!, stored) };
    try {
      for (const action of this.#actions) {
        const name = this.#attribute(action.name);
        if (action.kind === 'remove') delete next[name];
        else next[name] = action.kind === 'set' ? this.#assigned(action, item) : this.#added(item[name], this.#value(action.value));
      }
    } catch (error) {
      if (error instanceof InvalidUpdate) return { kind: 'invalid', message: error.message };
      throw error;
    }
    return { kind: 'write', old, next };
  }

  #assigned({ first, operator, second }: Extract<UpdateAction, { kind: 'set' }>, item: StoredItem): AttributeValue {
    const left = this.#readForUpdate(first, item);
    if (operator === undefined) return stored(left);
    const right = this.#readForUpdate(second!, item);
    if (left.N === undefined || right.N === undefined)
      throw new InvalidUpdate('An operand in the update expression has an incorrect data type');
    return { N: sum(left.N, right.N, operator === '+' ? 1 : -1) };
  }

  #added(current: AttributeValue | undefined, value: AttributeValue): AttributeValue {
    if (current === undefined) return stored(value);
    if (current.N === undefined) throw new InvalidUpdate('An operand in the update expression has an incorrect data type');
    return { N: sum(current.N, value.N!, 1) };
  }

  #readForUpdate(operand: SetOperand, item: StoredItem): AttributeValue {
    const found =
      'unlessExists' in operand
        ? (item[this.#attribute(operand.unlessExists)] ?? this.#read(operand.otherwise, item))
        : this.#read(operand, item);
    if (found === undefined) throw new InvalidUpdate('The provided expression refers to an attribute that does not exist in the item');
    return found;
  }

  #read(operand: Operand, item: StoredItem): AttributeValue | undefined {
    return 'value' in operand ? this.#value(operand.value) : item[this.#attribute(operand.name)];
  }

  #value(name: string): AttributeValue {
    return this.#parameters.ExpressionAttributeValues![name]!;
  }

  #attribute(name: string): string {
    return name.startsWith('#') ? this.#parameters.ExpressionAttributeNames![name]! : name;
  }

  #checkPlaceholders(): void {
    const { ConditionExpression = '', UpdateExpression = '', ExpressionAttributeNames, ExpressionAttributeValues } = this.#parameters;
    const placeholders = placeholdersOf(`${ConditionExpression} ${UpdateExpression}`);
    for (const [sigil, given] of [
      ['#', ExpressionAttributeNames],
      [':', ExpressionAttributeValues],
    ] as const) {
      const used = placeholders.filter((name) => name.startsWith(sigil));
      for (const name of used) if (given?.[name] === undefined) throw validationException(`${name} is used and not defined`);
      for (const name of Object.keys(given ?? {})) if (!used.includes(name)) throw validationException(`${name} is defined and not used`);
      if (given !== undefined && Object.keys(given).length === 0) throw validationException('no placeholders are given');
    }
  }

  #checkCondition(condition: Condition): void {
    if (condition.kind === 'not') this.#checkCondition(condition.part);
    if (condition.kind === 'and' || condition.kind === 'or') for (const part of condition.parts) this.#checkCondition(part);
    if (condition.kind !== 'comparison' || !('name' in condition.left && 'name' in condition.right)) return;
    if (this.#attribute(condition.left.name) === this.#attribute(condition.right.name)) {
      throw validationException('The first operand must be distinct from the remaining operands for this operator or function');
    }
  }

  #checkActions(): void {
    const names = this.#actions.map((action) => this.#attribute(action.name));
    if (new Set(names).size < names.length) throw validationException('Two document paths overlap with each other');
    if (names.some((name) => this.table.keyNames.includes(name))) throw validationException('This attribute is part of the key');
    for (const action of this.#actions) {
      if (action.kind === 'add' && typeOf(this.#value(action.value)) !== 'N') {
        throw validationException('Incorrect operand type for operator or function; operator: ADD');
      }
    }
  }
}

class InvalidUpdate extends Error {}
