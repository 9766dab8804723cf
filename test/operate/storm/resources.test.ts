import { readProcessTable, resourcesNow } from '../../../lib/operate/storm/resources';

test('the engine is told by its process id, its functions by their parent', () => {
  const table = '    1     0   9000\n  500     1 204800\n  501   500  51200\n  502   500  51200\n  503   501   1024\n 5000     1   1024\n';
  expect(readProcessTable(table, 500)).toEqual({ engineMegabytes: 200, functions: 2 });
});

test('an engine that is not there, as in a restart, has neither memory nor functions', () => {
  expect(readProcessTable('    1     0   9000\n', 500)).toEqual({ engineMegabytes: 0, functions: 0 });
});

test('what ps prints on this machine is understood', async () => {
  const { stormMegabytes, engineMegabytes } = await resourcesNow(process.pid);
  expect(stormMegabytes).toBeGreaterThan(10);
  expect(engineMegabytes).toBeGreaterThan(10);
});
