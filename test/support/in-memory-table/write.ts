import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { mapValues, type StoredItem, stored, sum, typeOf } from './attribute-values';
import { validationException } from './exceptions';
import { type Condition, parseCondition, parseUpdate, type SetOperand, type UpdateAction } from './expression-parser';
import { Expressions, type Placeholders } from './expressions';
import type { Table } from './table';

/** The parameters that put, update, delete and condition check share, inside a transaction and outside of one. */
export interface WriteParameters extends Placeholders {
  readonly TableName?: string;
  readonly Item?: StoredItem;
  readonly Key?: StoredItem;
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
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
  readonly #expressions: Expressions;

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
    const { ConditionExpression = '', UpdateExpression = '' } = parameters;
    this.#expressions = new Expressions(`${ConditionExpression} ${UpdateExpression}`, parameters);
    if (this.#condition !== undefined) this.#expressions.check(this.#condition);
    this.#checkActions();
  }

  /** @throws ValidationException */
  get key(): string {
    const { Item = {}, Key = {} } = this.#parameters;
    return this.#kind === 'Put' ? this.table.keyOf(Item, 'item') : this.table.keyOf(Key, 'key');
  }

  verdict(): Verdict {
    const old = this.table.items.get(this.key);
    if (this.#condition !== undefined && !this.#expressions.holds(this.#condition, old ?? {})) return { kind: 'condition failed', old };
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

  #update(old: StoredItem | undefined): Verdict {
    const item = old ?? {};
    let next: StoredItem = { ...item, ...mapValues(this.#parameters.Key!, stored) };
    try {
      for (const action of this.#actions) {
        next = changed(next, this.#expressions.path(action.name), this.#outcome(action, item));
      }
    } catch (error) {
      if (error instanceof InvalidUpdate) return { kind: 'invalid', message: error.message };
      throw error;
    }
    return { kind: 'write', old, next };
  }

  #outcome(action: UpdateAction, item: StoredItem): AttributeValue | undefined {
    switch (action.kind) {
      case 'remove':
        return undefined;
      case 'set':
        return this.#assigned(action, item);
      case 'add':
        return this.#added(this.#expressions.read({ name: action.name }, item), this.#expressions.value(action.value));
    }
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
    if ('list' in operand) {
      const [list, appended] = [this.#readForUpdate(operand.list, item), this.#readForUpdate(operand.appended, item)];
      if (list.L === undefined || appended.L === undefined)
        throw new InvalidUpdate('An operand in the update expression has an incorrect data type');
      return { L: [...list.L, ...appended.L] };
    }
    const found =
      'unlessExists' in operand
        ? (this.#expressions.read({ name: operand.unlessExists }, item) ?? this.#expressions.read(operand.otherwise, item))
        : this.#expressions.read(operand, item);
    if (found === undefined) throw new InvalidUpdate('The provided expression refers to an attribute that does not exist in the item');
    return found;
  }

  #checkActions(): void {
    const paths = this.#actions.map((action) => this.#expressions.path(action.name));
    const overlap = (path: readonly string[], other: readonly string[]) => path.every((name, index) => name === (other[index] ?? name));
    if (paths.some((path, index) => paths.some((other, place) => place !== index && overlap(path, other)))) {
      throw validationException('Two document paths overlap with each other');
    }
    if (paths.some(([name]) => this.table.keyNames.includes(name!))) throw validationException('This attribute is part of the key');
    for (const action of this.#actions) {
      if (action.kind === 'add' && typeOf(this.#expressions.value(action.value)) !== 'N') {
        throw validationException('Incorrect operand type for operator or function; operator: ADD');
      }
    }
  }
}

class InvalidUpdate extends Error {}

/** @param value undefined to take it away */
function changed(item: StoredItem, [name, ...rest]: readonly string[], value: AttributeValue | undefined): StoredItem {
  if (rest.length > 0) {
    const within = item[name!]?.M;
    if (within === undefined) throw new InvalidUpdate('The document path provided in the update expression is invalid for update');
    return { ...item, [name!]: { M: changed(within, rest, value) } };
  }
  const { [name!]: _, ...others } = item;
  return value === undefined ? others : { ...item, [name!]: value };
}
