import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import { CATEGORIES, CONFIG_SCHEMA, REPORT_SCHEMA, RULES } from '../../lib/review';
import { checkConfig, parseConfig, type ReviewConfig } from '../../lib/review/config';
import { readConfig } from '../../lib/review/config-file';
import { RULE_CASES } from '../support/review/rule-cases';
import { reviewOf } from '../support/topology/read';
import {
  arn,
  idempotent,
  lambda,
  mapping,
  parkingLot,
  queue,
  type Resources,
  ref,
  subscription,
  topic,
} from '../support/topology/resources';

const consumed: Resources = {
  Queue: queue({ RedrivePolicy: { deadLetterTargetArn: arn('ParkingLot'), maxReceiveCount: 5 } }),
  ...parkingLot(),
  Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Handler') }),
  Handler: lambda(),
};
const found = (resources: Resources, config: ReviewConfig, rule: string) =>
  reviewOf(resources, config).report.findings.filter((finding) => finding.rule === rule);

describe('a configuration', () => {
  const validate = new Ajv({ strict: true, allErrors: true }).compile(CONFIG_SCHEMA);
  const whole = {
    $schema: './node_modules/cdk-breakwater/dist/schemas/config.json',
    objectives: { synchronousSeconds: 2, asynchronousSeconds: 3600 },
    budget: { handlerRuns: 5, seconds: 7200 },
    assumptions: { idempotent: ['Ledger*'], mayDrop: ['Shop/Clicks'], heard: ['OnCall'] },
    ignore: [{ rule: 'loss-retention', resource: '*', because: 'nothing waits that long' }],
    rules: ['loss', 'storm-jitter'],
    severity: { checklist: 'error', 'loss-retention': 'info' },
  };

  test('may say everything or nothing', () => {
    for (const config of [{}, whole]) {
      expect(checkConfig('breakwater.json', config)).toEqual(config);
      expect(validate(config)).toBe(true);
    }
  });

  test.each<[string, unknown]>([
    ['the file must be a mapping, given \\[]', []],
    ['objektives must be one of .*objectives.*, given "objektives"', { objektives: {} }],
    ['\\$schema must be a text, given 1', { $schema: 1 }],
    ['objectives.synchronousSeconds must be a number above 0, given 0', { objectives: { synchronousSeconds: 0 } }],
    ['objectives.asynchronousSeconds must be a number above 0, given "1 h"', { objectives: { asynchronousSeconds: '1 h' } }],
    ['budget.runs must be one of handlerRuns, seconds, given "runs"', { budget: { runs: 3 } }],
    ['budget.handlerRuns must be a number above 0, given -1', { budget: { handlerRuns: -1 } }],
    ['assumptions must be a mapping, given "idempotent"', { assumptions: 'idempotent' }],
    ['assumptions.idempotent must be a list of texts, given "Handler"', { assumptions: { idempotent: 'Handler' } }],
    ['assumptions.heard must be a list of texts, given \\[" "\\]', { assumptions: { heard: [' '] } }],
    ['ignore must be a list, given {}', { ignore: {} }],
    ['ignore\\[0\\].because must be the reason, in words, given undefined', { ignore: [{ rule: 'loss', resource: '*' }] }],
    ['ignore\\[0\\].because must be the reason, in words, given " "', { ignore: [{ rule: 'loss', resource: '*', because: ' ' }] }],
    ['ignore\\[0\\].until must be one of', { ignore: [{ rule: 'loss', resource: '*', because: 'so', until: '2027' }] }],
    ['rules must be a list of texts, given "loss"', { rules: 'loss' }],
    ['severity must be a mapping', { severity: [] }],
    ['severity.loss must be error, warning, info, given "fatal"', { severity: { loss: 'fatal' } }],
  ])('is refused by the reader and by its schema: %s', (reason, config) => {
    expect(() => checkConfig('breakwater.json', config)).toThrow(new RegExp(`^breakwater\\.json: ${reason}`));
    expect(validate(config)).toBe(false);
  });

  test('that is no JSON is refused with the line', () => {
    expect(() => parseConfig('breakwater.json', '{\n  "rules": ["loss"],\n  "budget": {\n')).toThrow(
      "breakwater.json:4: not valid JSON: '{' is never closed",
    );
    expect(() => parseConfig('breakwater.json', '{\n  "rules": [loss]\n}')).toThrow(
      /^breakwater\.json:2: not valid JSON: expected a value/,
    );
    expect(() => parseConfig('breakwater.json', '')).toThrow('breakwater.json:1: not valid JSON: the file is empty');
  });

  test('is documented in its schema, each property', () => {
    const undocumented = (schema: object, path: string): string[] =>
      Object.entries(schema).flatMap(([key, value]) => {
        if (key === 'properties')
          return Object.entries(value as Record<string, { description?: string }>).flatMap(([name, one]) => [
            ...(one.description ? [] : [`${path}${name}`]),
            ...undocumented(one, `${path}${name}.`),
          ]);
        return value !== null && typeof value === 'object' ? undocumented(value, path) : [];
      });
    expect(undocumented(CONFIG_SCHEMA, '')).toEqual([]);
  });
});

describe('a configuration file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'breakwater-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (config: object) => {
    const file = join(folder, 'breakwater.json');
    writeFileSync(file, JSON.stringify(config));
    return file;
  };

  test('that is not there is told', () => {
    expect(() => readConfig(join(folder, 'none.json'))).toThrow(/none\.json: no such file/);
  });

  test.each([
    { rules: ['loss-retentoin'] },
    { severity: { 'loss-retentoin': 'info' } },
    { ignore: [{ rule: 'loss-retentoin', resource: '*', because: 'so' }] },
  ])('naming a rule that does not exist is refused: %j', (config) => {
    expect(() => readConfig(write(config))).toThrow(/breakwater\.json: no rule and no category is called "loss-retentoin"; .*--rules/);
  });

  test('may name rules and categories', () => {
    const config = { rules: [...CATEGORIES, ...RULES.map((rule) => rule.id)] };
    expect(readConfig(write(config))).toEqual(config);
  });
});

describe('what a configuration changes', () => {
  test('objectives: a synchronous and an asynchronous path are each held to their own', () => {
    const slow = RULE_CASES['time-objective']!;
    expect(found(slow.shows, {}, 'time-objective')).toEqual([]);
    expect(found(slow.shows, slow.config!, 'time-objective')).not.toEqual([]);
    const parkedAfter = found(consumed, { objectives: { asynchronousSeconds: 1 } }, 'time-objective');
    expect(parkedAfter).not.toEqual([]);
    expect(found(consumed, { objectives: { synchronousSeconds: 1 } }, 'time-objective')).toEqual([]);
    expect(found(consumed, { objectives: { asynchronousSeconds: 1_000_000 } }, 'time-objective')).toEqual([]);
  });

  test('objectives are evidence on the checklist', () => {
    const line = (config: ReviewConfig) => reviewOf(consumed, config).report.checklist.find((one) => one.id === 'objectives')!.evidence;
    expect(line({ objectives: { asynchronousSeconds: 60 } })).toContain('objectives in the configuration: asynchronousSeconds');
    expect(line({}).join()).not.toContain('configuration');
  });

  test('budget: handler runs and time', () => {
    expect(found(consumed, {}, 'storm-retry-budget')).toEqual([]);
    expect(found(consumed, { budget: { handlerRuns: 4 } }, 'storm-retry-budget')).toMatchObject([{ path: ['Queue', 'Handler'] }]);
    expect(found(consumed, { budget: { seconds: 60 } }, 'storm-time-until-parked')).toMatchObject([
      { path: ['Queue', 'Handler', 'ParkingLot'] },
    ]);
  });

  test('assumption idempotent: by logical id, construct path or pattern', () => {
    const { shows } = RULE_CASES['repetition-effect']!;
    const [handler] = found(shows, {}, 'repetition-effect').flatMap((finding) => finding.resources);
    expect(handler).toBeDefined();
    for (const idempotent of [[handler!], [`${handler!.slice(0, 3)}*`], ['*']])
      expect(found(shows, { assumptions: { idempotent } }, 'repetition-effect')).toEqual([]);
    expect(found(shows, { assumptions: { idempotent: ['Other'] } }, 'repetition-effect')).not.toEqual([]);
  });

  test('assumption mayDrop: a declared drop is no loss', () => {
    const { shows } = RULE_CASES['loss-subscription']!;
    expect(found(shows, {}, 'loss-subscription')).not.toEqual([]);
    for (const mayDrop of found(shows, {}, 'loss-subscription')[0]!.resources)
      expect(found(shows, { assumptions: { mayDrop: [mayDrop] } }, 'loss-subscription')).toEqual([]);
  });

  test('assumption heard: an alarm topic that somebody listens to', () => {
    const unheard: Resources = {
      ...consumed,
      Handler: idempotent(),
      ParkingLotAlarm: {
        ...parkingLot().ParkingLotAlarm!,
        Properties: { ...parkingLot().ParkingLotAlarm!.Properties, AlarmActions: [ref('OnCall')] },
      },
      OnCall: topic(),
    };
    expect(found(unheard, {}, 'loss-alarm-unheard')).toHaveLength(1);
    expect(found(unheard, { assumptions: { heard: ['OnCall'] } }, 'loss-alarm-unheard')).toEqual([]);
    const heard = { ...unheard, Mail: subscription({ TopicArn: ref('OnCall'), Protocol: 'email', Endpoint: 'on-call@example.com' }) };
    expect(found(heard, {}, 'loss-alarm-unheard')).toEqual([]);
  });

  test('severity: of a rule before that of its category', () => {
    const { shows } = RULE_CASES['loss-retention']!;
    const severityOf = (severity: ReviewConfig['severity']) => found(shows, severity ? { severity } : {}, 'loss-retention')[0]!.severity;
    expect(severityOf(undefined)).toBe('warning');
    expect(severityOf({ loss: 'info' })).toBe('info');
    expect(severityOf({ loss: 'info', 'loss-retention': 'error' })).toBe('error');
    expect(severityOf({ storm: 'error' })).toBe('warning');
  });

  test('rules: only those asked for', () => {
    const { shows } = RULE_CASES['loss-retention']!;
    const rules = (config: ReviewConfig) => new Set(reviewOf(shows, config).report.findings.map((finding) => finding.rule));
    expect([...rules({ rules: ['loss-retention'] })]).toEqual(['loss-retention']);
    expect([...rules({ rules: ['loss'] })].filter((rule) => !rule.startsWith('loss-'))).toEqual([]);
    expect(rules({}).size).toBeGreaterThan(1);
  });
});

describe('a finding that is ignored', () => {
  const { shows } = RULE_CASES['loss-retention']!;
  const reportFor = (rule: string, resource: string, rest: ReviewConfig = {}) =>
    reviewOf(shows, { ...rest, ignore: [{ rule, resource, because: 'nothing waits that long' }] }).report;

  test.each([
    ['loss-retention', 'ParkingLot'],
    ['loss-retention', 'Queue'],
    ['loss', 'Park*'],
    ['loss-retention', '*'],
  ])('%s@%s is set aside with its reason, and told', (rule, resource) => {
    const report = reportFor(rule, resource);
    expect(report.findings.filter((finding) => finding.rule === 'loss-retention')).toEqual([]);
    expect(report.ignored).toMatchObject([{ rule: 'loss-retention', because: 'nothing waits that long' }]);
    expect(report.unmatchedIgnores).toEqual([]);
  });

  test.each([
    ['loss-retention', 'Handler2'],
    ['storm-loop', '*'],
  ])('%s@%s sets nothing aside, and that is told', (rule, resource) => {
    const report = reportFor(rule, resource);
    expect(report.findings.filter((finding) => finding.rule === 'loss-retention')).toHaveLength(1);
    expect(report.unmatchedIgnores).toEqual([{ rule, resource, because: 'nothing waits that long' }]);
  });

  test('is not told as unmatched because only other rules were asked for', () => {
    expect(reportFor('loss-retention', '*', { rules: ['storm'] }).unmatchedIgnores).toEqual([]);
  });
});

describe('the report', () => {
  const validate = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true }).compile(REPORT_SCHEMA);

  test('of every rule, shown and ignored, is what its schema says', () => {
    for (const [rule, { shows, clean, config }] of Object.entries(RULE_CASES)) {
      const ignore = [{ rule, resource: '*', because: 'seen' }];
      for (const [resources, more] of [
        [shows, {}],
        [clean, {}],
        [shows, { ignore }],
        [clean, { ignore }],
      ] as const) {
        const { report } = reviewOf(resources, { ...config, ...more });
        validate(JSON.parse(JSON.stringify(report)));
        expect(validate.errors ?? []).toEqual([]);
      }
    }
  });

  test('with a part left out or unknown is refused by the schema', () => {
    const report = JSON.parse(JSON.stringify(reviewOf(consumed).report)) as Record<string, unknown>;
    expect(validate(report)).toBe(true);
    for (const key of Object.keys(report)) expect(validate({ ...report, [key]: undefined })).toBe(false);
    expect(validate({ ...report, more: 1 })).toBe(false);
  });
});
