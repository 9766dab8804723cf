import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { diagramCommand } from '../../lib/review/diagram';
import { runbookCommand } from '../../lib/review/runbook';
import { mapping, parkingLot, queue, ref } from '../support/topology/resources';

let folder: string;
let template: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'breakwater-drawing-'));
  template = path.join(folder, 'Shop.template.json');
  const Queue = queue({ RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['ParkingLot', 'Arn'] }, maxReceiveCount: 3 } });
  writeFileSync(
    template,
    JSON.stringify({
      Resources: {
        Queue,
        ...parkingLot(),
        Source: mapping({ EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: ref('Missing') }),
      },
    }),
  );
  writeFileSync(path.join(folder, 'broken.json'), '{');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(command: typeof diagramCommand, ...args: string[]) {
  const said = { out: '', error: '' };
  const code = await command(args, { out: (text) => (said.out += text), error: (text) => (said.error += text) });
  return { code, ...said };
}

test.each([
  ['diagram', diagramCommand, /^flowchart TB\n/],
  ['runbook', runbookCommand, /^# Runbook of `Shop`\n/],
] as const)('breakwater %s prints, or writes the same to a file', async (_, command, begins) => {
  const printed = await run(command, template);
  expect(printed).toMatchObject({ code: 0, error: '' });
  expect(printed.out).toMatch(begins);
  const file = path.join(folder, 'written');
  expect(await run(command, template, '--output', file)).toEqual({ code: 0, out: '', error: '' });
  expect(readFileSync(file, 'utf8')).toBe(printed.out);
});

test('breakwater diagram draws SVG when it is asked to', async () => {
  expect((await run(diagramCommand, template, '--format', 'svg')).out).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
});

test.each([
  [diagramCommand, [], /^breakwater diagram: give a folder/],
  [diagramCommand, ['broken.json'], /^breakwater diagram: .*broken\.json:1/],
  [diagramCommand, ['Shop.template.json', '--format', 'pdf'], /--format: one of mermaid, svg, given "pdf"/],
  [diagramCommand, ['Shop.template.json', '--format', 'toString'], /--format: one of/],
  [runbookCommand, [], /^breakwater runbook: give a folder/],
  [runbookCommand, ['broken.json'], /^breakwater runbook: .*broken\.json:1/],
  [runbookCommand, ['Shop.template.json', '--config', 'absent.json'], /absent\.json: no such file/],
] as const)('what can not be read ends with the reason and exit code 2: %#', async (command, args, reason) => {
  const { code, out, error } = await run(command, ...args.map((arg) => (/\.json$/.test(arg) ? path.join(folder, arg) : arg)));
  expect([code, out]).toEqual([2, '']);
  expect(error).toMatch(reason);
});

test.each([
  ['diagram', diagramCommand],
  ['runbook', runbookCommand],
] as const)('breakwater %s --help tells its options and exit codes', async (name, command) => {
  const { code, out } = await run(command, '--help');
  expect(code).toBe(0);
  expect(out).toMatch(new RegExp(`^usage: breakwater ${name} PATH`));
  expect(out).toMatch(/exit code: 0 .*; 2 /);
});
