import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONFIG_SCHEMA, REPORT_SCHEMA, type Report, RULES, reviewCommand } from '../../lib/review';
import { FORMATS } from '../../lib/review/presenters';
import { RULE_CASES } from '../support/review/rule-cases';
import { arn, idempotent, mapping, queue, type Resources, ref } from '../support/topology/resources';

const before = process.cwd();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-review-'));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

const { shows, clean } = RULE_CASES['loss-queue-without-dead-letter']!;
const write = (file: string, content: unknown) => writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
const template = (file: string, Resources: Resources, rest: object = {}) => write(file, { Resources, ...rest });

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await reviewCommand(args, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}
const reportOf = async (...args: string[]) => JSON.parse((await run(...args, '--format', 'json')).out) as Report;

describe('the exit code', () => {
  test('is 1 when an error is found', async () => {
    template('lossy.json', shows);
    const { code, out, err } = await run('lossy.json');
    expect([code, err]).toEqual([1, '']);
    expect(out).toMatch(/^error {3}loss-queue-without-dead-letter {2}lossy\.json:1$/m);
  });

  test('is 0 when nothing worse than a warning is found', async () => {
    template('fine.json', clean);
    expect(await run('fine.json')).toMatchObject({ code: 0, err: '' });
    template('lossy.json', shows);
    write('breakwater.json', { severity: { loss: 'warning', blocking: 'warning', storm: 'warning' } });
    const { code, out } = await run('lossy.json');
    expect(code).toBe(0);
    expect(out).toMatch(/^warning loss-queue-without-dead-letter/m);
  });

  test.each<[string, RegExp, string[]]>([
    ['no path', /give a folder that cdk synth has written/, []],
    ['a path that is not there', /^breakwater review: nowhere\.json: no such file or folder\n$/, ['nowhere.json']],
    ['a folder that is no assembly', /^breakwater review: \.: no manifest\.json/, ['.']],
    ['a template that is no JSON', /^breakwater review: broken\.json:2: not valid JSON: expected ','/, ['broken.json']],
    ['a format that is not known', /--format: one of text, json.*, given "pdf"/, ['fine.json', '--format', 'pdf']],
    ['a format that is a property of every object', /--format: one of/, ['fine.json', '--format', 'toString']],
    ['a rule that is not known', /--rule: no rule and no category is called "los"/, ['fine.json', '--rule', 'los']],
    ['an ignored rule that is not known', /--ignore: no rule.*"los"/, ['fine.json', '--ignore', 'los@Queue', '--because', 'so']],
    ['an ignore without a resource', /--ignore: RULE@RESOURCE, given "loss"/, ['fine.json', '--ignore', 'loss', '--because', 'so']],
    ['an ignore without a reason', /--ignore loss@Queue: give the reason right after it/, ['fine.json', '--ignore', 'loss@Queue']],
    [
      'an ignore whose reason follows the next',
      /--ignore loss@A: give the reason right after it/,
      ['fine.json', '--ignore', 'loss@A', '--ignore', 'loss@B', '--because', 'so'],
    ],
    ['an empty reason', /the reason is empty/, ['fine.json', '--ignore', 'loss@Queue', '--because', ' ']],
    ['a reason for nothing', /--because belongs right after --ignore/, ['fine.json', '--because', 'so']],
    ['an option that is not known', /Unknown option '--frmat'/, ['fine.json', '--frmat', 'json']],
    ['a configuration that is not there', /none\.json: no such file/, ['fine.json', '--config', 'none.json']],
    ['a configuration that is no JSON', /broken\.json:2: not valid JSON/, ['fine.json', '--config', 'broken.json']],
    ['a configuration that is no mapping', /list\.json: the file must be a mapping/, ['fine.json', '--config', 'list.json']],
    ['a schema that is not known', /--schema: report or config, given "x"/, ['--schema', 'x']],
  ])('is 2 for %s, with the reason and nothing on standard output', async (_, reason, args) => {
    template('fine.json', clean);
    write('broken.json', '{ "Resources": {}\n "b" }');
    write('list.json', []);
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(reason);
  });
});

describe('breakwater.json', () => {
  test('in the current folder is read without being named, and another when it is', async () => {
    template('lossy.json', shows);
    write('breakwater.json', { rules: ['storm'] });
    write('other.json', { $schema: './config.json', rules: ['loss-queue-without-dead-letter'] });
    expect((await reportOf('lossy.json')).findings.filter((finding) => finding.category !== 'storm')).toEqual([]);
    const { findings } = await reportOf('lossy.json', '--config', 'other.json');
    expect(findings.map((finding) => finding.rule)).toEqual(['loss-queue-without-dead-letter']);
  });
});

describe('--rule', () => {
  test('keeps the rules and categories that are named, and goes before the configuration', async () => {
    template('lossy.json', shows);
    write('breakwater.json', { rules: ['storm'] });
    const { findings } = await reportOf('lossy.json', '--rule', 'loss-queue-without-dead-letter', '--rule', 'checklist');
    const rules = new Set(findings.map((finding) => finding.rule));
    expect(rules).toContain('loss-queue-without-dead-letter');
    expect([...rules].filter((rule) => rule !== 'loss-queue-without-dead-letter' && !rule.startsWith('checklist-'))).toEqual([]);
  });
});

describe('--ignore', () => {
  test('sets findings aside with their reasons, beside those of the configuration', async () => {
    template('lossy.json', shows);
    const all = await reportOf('lossy.json');
    const errors = all.findings.filter((finding) => finding.severity === 'error');
    expect(errors.length).toBeGreaterThan(0);
    write('breakwater.json', { ignore: [{ rule: 'checklist', resource: '*', because: 'not yet' }] });
    const ignores = errors.flatMap((finding) => ['--ignore', `${finding.rule}@${finding.resources[0]}`, '--because', 'moved next week']);
    const { code, out } = await run('lossy.json', ...ignores, '--format', 'json');
    const report = JSON.parse(out) as Report;
    expect(code).toBe(0);
    expect(report.findings.length + report.ignored.length).toBe(all.findings.length);
    expect(new Set(report.ignored.map((finding) => finding.because))).toEqual(new Set(['moved next week', 'not yet']));
  });

  test('that matches nothing is reported for a person and in JSON', async () => {
    template('fine.json', clean);
    const args = ['fine.json', '--ignore', 'storm-loop@Gone', '--because', 'it was a loop once'];
    const { code, out } = await run(...args);
    expect(code).toBe(0);
    expect(out).toContain('Ignored, but no such finding is left: take these out\n  storm-loop@Gone: it was a loop once\n');
    expect((await reportOf(...args)).unmatchedIgnores).toEqual([{ rule: 'storm-loop', resource: 'Gone', because: 'it was a loop once' }]);
  });
});

describe('several paths', () => {
  const consumer: Resources = {
    Source: mapping({ EventSourceArn: { 'Fn::ImportValue': 'Orders' }, FunctionName: ref('Handler') }),
    Handler: idempotent(),
  };

  test('are one flow of events over their exports and imports', async () => {
    template('one.json', { Queue: queue() }, { Outputs: { Out: { Value: arn('Queue'), Export: { Name: 'Orders' } } } });
    template('two.json', consumer);
    const { stacks, findings } = await reportOf('one.json', 'two.json');
    expect(stacks.map((stack) => stack.name)).toEqual(['one', 'two']);
    expect(findings.filter((finding) => finding.rule === 'loss-queue-without-dead-letter')).toMatchObject([
      { path: ['Queue', 'Handler'], locations: [{ template: 'one.json' }, { template: 'two.json' }].slice(0, 1) },
    ]);
  });

  test('make one report in which findings stand by severity, category, rule and place', async () => {
    template('lossy.json', shows);
    template('again.json', shows);
    const { out: one } = await run('lossy.json', 'again.json', '--format', 'json');
    const { out: two } = await run('lossy.json', 'again.json', '--format', 'json');
    expect(two).toBe(one);
    const { findings } = JSON.parse(one) as Report;
    const severities = findings.map((finding) => ['error', 'warning', 'info'].indexOf(finding.severity));
    expect(severities).toEqual([...severities].sort());
    const lost = findings.filter((finding) => finding.rule === 'loss-queue-without-dead-letter');
    expect(lost.map((finding) => finding.locations[0]!.stack)).toEqual(['again', 'lossy']);
  });

  test('in another order of resources tell the same findings', async () => {
    template('lossy.json', shows);
    const { findings } = await reportOf('lossy.json');
    template('lossy.json', Object.fromEntries(Object.entries(shows).reverse()));
    expect((await reportOf('lossy.json')).findings).toEqual(findings);
  });
});

describe('what the command tells of itself', () => {
  test('--help names every format and the exit codes', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const format of FORMATS) expect(out).toContain(format);
    expect(out).toMatch(/exit code: 0 .* 1 .* 2 /);
  });

  test('--rules lists every rule with its reason', async () => {
    const { out } = await run('--rules');
    expect(out.trim().split('\n')).toEqual(RULES.map((rule) => `${rule.id}  ${rule.reason}`));
  });

  test('--schema prints the schemas that are shipped', async () => {
    expect(JSON.parse((await run('--schema', 'report')).out)).toEqual(JSON.parse(JSON.stringify(REPORT_SCHEMA)));
    expect(JSON.parse((await run('--schema', 'config')).out)).toEqual(JSON.parse(JSON.stringify(CONFIG_SCHEMA)));
  });
});
