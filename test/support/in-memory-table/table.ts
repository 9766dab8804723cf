import { canonical, type StoredItem, typeOf } from './attribute-values';
import { validationException } from './exceptions';

/** Items of one table by their key. */
export class Table {
  readonly items = new Map<string, StoredItem>();
  /** Keys of each index by its name. */
  readonly indexes = new Map<string, readonly string[]>();

  /** @param keyNames the partition key, and the sort key if there is one; both hold text */
  constructor(readonly keyNames: readonly string[]) {}

  /** @throws ValidationException for a key that the table does not have */
  keyOf(attributes: StoredItem, from: 'item' | 'key'): string {
    const values = this.keyNames.map((name) => attributes[name]);
    const extra = from === 'key' && Object.keys(attributes).length !== this.keyNames.length;
    if (extra || values.some((value) => value === undefined || typeOf(value) !== 'S' || value.S === '')) {
      throw validationException('The provided key element does not match the schema');
    }
    return values.map((value) => canonical(value!)).join(' ');
  }

  /** @throws ValidationException for an index that the table does not have */
  index(name: string): readonly string[] {
    const keyNames = this.indexes.get(name);
    if (keyNames === undefined) throw validationException('The table does not have the specified index');
    return keyNames;
  }
}
