import { jsonMembers, plainNumber, stringOf } from './json-members';

const KINDS: Readonly<Record<string, string>> = {
  B: 'bytes',
  SS: 'a set',
  NS: 'a set',
  BS: 'a set',
  L: 'a list',
  M: 'a map',
};

/**
 * Attributes of one item as DynamoDB's export to S3 writes it: `{"Item":{"amount":{"N":"12.30"}}}`. Numbers keep their text. An attribute that is not there is an empty
 * text, as tables write nothing where others write NULL.
 *
 * @returns texts of the attributes, or why the line is no row
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
export function itemTexts(text: string, columns: readonly string[]): readonly string[] | string {
  const item = jsonMembers(text).get('Item');
  if (item === undefined) return 'has no "Item"; a full export in DynamoDB JSON is needed';
  if (item.isRepeated) return 'has "Item" twice';
  if (!item.json.startsWith('{')) return 'Item: is not a JSON object';
  const attributes = jsonMembers(item.json);
  const texts: string[] = [];
  for (const column of columns) {
    const attribute = attributes.get(column);
    if (attribute?.isRepeated) return `has ${JSON.stringify(column)} twice`;
    const value = attribute === undefined ? { text: '' } : attributeText(attribute.json);
    if ('fault' in value) return `${column}: ${value.fault}`;
    texts.push(value.text);
  }
  return texts;
}

function attributeText(json: string): { readonly text: string } | { readonly fault: string } {
  const [first, ...others] = json.startsWith('{') ? [...jsonMembers(json)] : [];
  if (first === undefined || others.length > 0 || first[1].isRepeated)
    return { fault: 'is no attribute value; one member is needed, named by its type' };
  const [type, { json: value }] = first;
  const isString = value.startsWith('"');
  if (type === 'S' && isString) return { text: stringOf(value) };
  if (type === 'N' && isString) return { text: plainNumber(stringOf(value)) };
  if (type === 'BOOL' && /^(true|false)$/.test(value)) return { text: value };
  if (type === 'NULL' && value === 'true') return { text: '' };
  return { fault: `is ${KINDS[type] ?? `of type ${JSON.stringify(type)}`}; a text, a number, true, false or NULL is needed` };
}
