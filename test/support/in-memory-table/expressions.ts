import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { compareValues, type StoredItem, sameValue } from './attribute-values';
import { validationException } from './exceptions';
import { type Condition, type Operand, placeholdersOf } from './expression-parser';

/** What stands for names and values in the expressions of one request. */
export interface Placeholders {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: StoredItem;
}

/** The expressions of one request, read against an item. */
export class Expressions {
  readonly #placeholders: Placeholders;

  /** @throws ValidationException for placeholders that are not used or not defined */
  constructor(text: string, placeholders: Placeholders) {
    this.#placeholders = placeholders;
    const { ExpressionAttributeNames, ExpressionAttributeValues } = placeholders;
    const found = placeholdersOf(text);
    for (const [sigil, given] of [
      ['#', ExpressionAttributeNames],
      [':', ExpressionAttributeValues],
    ] as const) {
      const used = found.filter((name) => name.startsWith(sigil));
      for (const name of used) if (given?.[name] === undefined) throw validationException(`${name} is used and not defined`);
      for (const name of Object.keys(given ?? {})) if (!used.includes(name)) throw validationException(`${name} is defined and not used`);
      if (given !== undefined && Object.keys(given).length === 0) throw validationException('no placeholders are given');
    }
  }

  holds(condition: Condition, item: StoredItem): boolean {
    switch (condition.kind) {
      case 'or':
        return condition.parts.some((part) => this.holds(part, item));
      case 'and':
        return condition.parts.every((part) => this.holds(part, item));
      case 'not':
        return !this.holds(condition.part, item);
      case 'exists':
        return (this.read({ name: condition.name }, item) !== undefined) === condition.wanted;
      case 'comparison': {
        const left = this.read(condition.left, item);
        const right = this.read(condition.right, item);
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

  /** @throws ValidationException for a comparison that the service refuses whatever the item */
  check(condition: Condition): void {
    if (condition.kind === 'not') this.check(condition.part);
    if (condition.kind === 'and' || condition.kind === 'or') for (const part of condition.parts) this.check(part);
    if (condition.kind !== 'comparison' || !('name' in condition.left && 'name' in condition.right)) return;
    if (this.path(condition.left.name).join('.') === this.path(condition.right.name).join('.')) {
      throw validationException('The first operand must be distinct from the remaining operands for this operator or function');
    }
  }

  read(operand: Operand, item: StoredItem): AttributeValue | undefined {
    if ('value' in operand) return this.value(operand.value);
    const [first, ...rest] = this.path(operand.name);
    return rest.reduce<AttributeValue | undefined>((within, name) => within?.M?.[name], item[first!]);
  }

  value(name: string): AttributeValue {
    return this.#placeholders.ExpressionAttributeValues![name]!;
  }

  /** The attribute, and what lies in it when it is a map. */
  path(name: string): readonly string[] {
    return name.split('.').map((part) => (part.startsWith('#') ? this.#placeholders.ExpressionAttributeNames![part]! : part));
  }
}
