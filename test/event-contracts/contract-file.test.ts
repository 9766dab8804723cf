import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkContract, parseContract } from '../../lib/event-contracts/contract-file';
import { readContractFile, readContracts } from '../../lib/event-contracts/contract-folder';
import { contractFolder, orderShipped } from '../support/event-contracts/contract-files';

const draft = (name: string) => ({ $schema: name, type: 'object' });

test('the smallest contract says name, version, source and schema', () => {
  expect(checkContract('2.json', orderShipped())).toEqual(orderShipped());
});

test.each([
  [{ version: 0 }, '/version: must be >= 1, given 0'],
  [{ version: '1' }, '/version: must be integer, given "1"'],
  [{ name: 'a/b' }, '/name: must match pattern "^[A-Za-z][A-Za-z0-9_.-]{0,127}$", given "a/b"'],
  [{ source: 'aws.orders' }, '/source: must match pattern "^(?!aws\\.)[A-Za-z0-9_./-]{1,128}$", given "aws.orders"'],
  [{ source: undefined }, '/source: is missing'],
  [{ schemas: {} }, '/schemas: is not allowed'],
  [{ schema: true }, '/schema: must be object, given true'],
  [
    { schema: { type: 'objekt' } },
    '/schema: is not a JSON Schema that can be used: schema is invalid: data/type must be equal to one of the',
  ],
  [{ schema: { $ref: '#/$defs/order' } }, "/schema: is not a JSON Schema that can be used: can't resolve reference #/$defs/order"],
  [{ schema: draft('http://json-schema.org/draft-04/schema#') }, '/schema: is not a JSON Schema that can be used: $schema: must be one of'],
  [{ schema: { $async: true } }, '/schema/$async: is not allowed, given true'],
  [
    { schema: { properties: { a: { required: ['constructor'] } } } },
    '/schema/properties/a/required: constructor is the name of what every',
  ],
  [{ schema: { properties: { toString: {} } } }, '/schema/properties: toString is the name of what every object inherits; choose another'],
  [{ examples: [] }, '/examples: must NOT have fewer than 1 items'],
  [{ examples: [{ order: 'o-1' }, { order: 2 }] }, '/examples/1/order: must be string, given 2'],
  [{ examples: [{ parcels: 2 }] }, '/examples/0/order: is missing'],
  [{ compatibleFrom: 2 }, '/compatibleFrom: must be at most the version, 1, given 2'],
])('a contract with %j is refused', (change, message) => {
  expect(() => parseContract('contracts/order.shipped/1.json', JSON.stringify(orderShipped(change)))).toThrow(
    `contracts/order.shipped/1.json: ${message}`,
  );
});

test('what is no JSON is refused with the name of the file', () => {
  expect(() => parseContract('1.json', '{"name": ')).toThrow('1.json: not valid JSON: ');
});

describe('a folder of contracts', () => {
  const second = orderShipped({ version: 2 });
  const tenth = orderShipped({ version: 10 });

  test('is read by name, and of each name oldest first', () => {
    const folder = contractFolder(tenth, orderShipped({ name: 'a.b' }), second, orderShipped());
    expect(readContracts(folder).map((versions) => versions.map(({ name, version }) => `${name} ${version}`))).toEqual([
      ['a.b 1'],
      ['order.shipped 1', 'order.shipped 2', 'order.shipped 10'],
    ]);
  });

  test('has each contract where its name and version say', () => {
    const folder = contractFolder(second);
    const [file, other] = [path.join(folder, 'order.shipped/2.json'), path.join(folder, 'order.shipped/3.json')];
    expect(readContractFile(file)).toEqual(second);
    renameSync(file, other);
    expect(() => readContractFile(other)).toThrow(`${other}: /version: must be that of the file, <version>.json, given 2`);
    const elsewhere = path.join(mkdtempSync(path.join(tmpdir(), 'elsewhere-')), '2.json');
    writeFileSync(elsewhere, JSON.stringify(second));
    expect(() => readContractFile(elsewhere)).toThrow('/name: must be that of the folder, elsewhere-');
  });

  test('that is not there, or is empty, is refused', () => {
    expect(() => readContracts('no-such-folder')).toThrow('no-such-folder: there is no such folder');
    const folder = contractFolder();
    expect(() => readContracts(folder)).toThrow(`${folder}: has no contracts; they are kept as ${folder}/<name>/<version>.json`);
    expect(() => readContractFile(path.join(folder, 'x/1.json'))).toThrow('ENOENT');
  });
});
