import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { validatorsFile } from '../../lib/operate/contracts/types-file';
import { contractFolder, orderShipped } from '../support/event-contracts/contract-files';

const snippets = path.resolve(__dirname, '../../docs/snippets');
/** In a process of its own: the package that writes types loads modules as jest does not. */
function contracts(...args: string[]) {
  const cli = path.resolve(__dirname, '../../dist/bin/breakwater.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'contracts', ...args], { encoding: 'utf8' });
  return { code: status, out: stdout, error: stderr };
}

const emptyFolder = () => mkdtempSync(path.join(tmpdir(), 'breakwater-types-'));

describe('contracts check', () => {
  const broken = contractFolder(orderShipped(), orderShipped({ version: 2, schema: { type: 'object' } }));

  test('says that versions are compatible', () => {
    expect(contracts('check', '--from', path.join(snippets, 'contracts'))).toMatchObject({
      ...{ code: 0, out: '2 contracts, each compatible with the versions that it serves\n' },
    });
  });

  test('fails with the fields that break consumers', () => {
    const { code, out } = contracts('check', '--from', broken);
    expect([code, out]).toEqual([
      1,
      expect.stringContaining('order.shipped version 2 breaks consumers of version 1:\n  /order: was required, is optional\n'),
    ]);
    const { out: json } = contracts('check', '--from', broken, '--json');
    expect(JSON.parse(json)).toMatchObject({
      contracts: 2,
      broken: [
        { name: 'order.shipped', version: 2, previous: 1, faults: [{ pointer: '/order', was: 'required', is: 'optional' }, {}, {}] },
      ],
    });
  });

  test('refuses what is no contract, and options that are missing', () => {
    const folder = contractFolder(orderShipped({ source: 'aws.orders' }));
    expect(contracts('check', '--from', folder)).toMatchObject({
      code: 2,
      error: expect.stringContaining('order.shipped/1.json: /source: must'),
    });
    expect(contracts('check')).toMatchObject({ code: 2, error: expect.stringContaining('contracts check: --from is missing') });
    expect(contracts('chek')).toMatchObject({ code: 2, error: expect.stringContaining('did you mean "check"?') });
  });
});

describe('contracts types', () => {
  test('writes the file that the documents show, which is compiled with all others', () => {
    const out = path.join(emptyFolder(), 'contracts.ts');
    expect(contracts('types', '--from', path.join(snippets, 'contracts'), '--out', out)).toMatchObject({ code: 0 });
    expect(readFileSync(out, 'utf8')).toBe(readFileSync(path.join(snippets, 'src/contracts.ts'), 'utf8'));
  });

  test('writes validators beside them, imported as the package around asks for', () => {
    const folder = emptyFolder();
    const [out, validators] = [path.join(folder, 'src/contracts.ts'), path.join(folder, 'src/built/validators.ts')];
    const args = ['types', '--from', path.join(snippets, 'contracts'), '--out', out, '--validators', validators];
    contracts(...args);
    expect(readFileSync(out, 'utf8')).toContain("import { validators } from './built/validators';\n");
    expect(readFileSync(out, 'utf8')).toContain("schema: contractSchema<OrderShippedV2>(validators['order.shipped@2']!)");
    expect(readFileSync(validators, 'utf8')).toContain('export { validators };');
    writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
    contracts(...args);
    expect(readFileSync(out, 'utf8')).toContain("import { validators } from './built/validators.js';\n");
  });

  test('the validators are a module of its own', () => {
    const { validators } = new Function(validatorsFile([orderShipped()]).replace('export { validators };', 'return { validators };'))();
    expect(validators['order.shipped@1']({ order: 1 })).toEqual({ pointer: '/order', message: 'must be string' });
  });

  test('refuses two contracts whose types would have one name', () => {
    const folder = contractFolder(orderShipped(), orderShipped({ name: 'order-shipped' }));
    expect(contracts('types', '--from', folder, '--out', path.join(folder, 'x.ts'))).toMatchObject({
      ...{
        code: 2,
        error: expect.stringContaining('order.shipped@1: its type would be called OrderShippedV1, as that of order-shipped@1'),
      },
    });
  });
});
