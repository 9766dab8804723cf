import { spawnSync } from 'node:child_process';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { type Review, RULES, reviewStacks } from '../../lib/review';
import type { ReviewConfig } from '../../lib/review/config';
import { FORMATS, presenterOf } from '../../lib/review/presenters';
import { stackOfTemplate } from '../../lib/topology';
import { RULE_CASES } from '../support/review/rule-cases';
import { reviewOf } from '../support/topology/read';
import { arn, lambda, mapping, queue, type Resources, ref, subscription, topic } from '../support/topology/resources';

const present = (format: string, review: Review) => presenterOf(format)!(review);
const lossy: Resources = {
  Queue: queue(),
  Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Handler') }),
  Handler: lambda(),
};

/** Texts that are markup, table, mention, control character or half a character to somebody. */
const HOSTILE = 'https://x.example/a|b\\|c`d`<script>alert(1)</script>[x](y) @everyone & "q" \'r\' \u0001\ud800 ]]> --> $x$\nnext';
const hostile: Resources = {
  Topic: topic(),
  Web: {
    ...subscription({ TopicArn: ref('Topic'), Protocol: 'https', Endpoint: HOSTILE }),
    Metadata: { 'aws:cdk:path': `Shop/${HOSTILE}` },
  },
};
const everything = Object.entries(RULE_CASES).map(([rule, { shows, config }]): [string, Review, Review] => [
  rule,
  reviewOf(shows, config),
  reviewOf(shows, { ...config, ignore: [{ rule, resource: '*', because: 'seen & accepted <for now>' }] }),
]);

describe('every format', () => {
  test.each(FORMATS)('%s tells the same input in the same bytes, and ends its last line', (format) => {
    for (const resources of [lossy, hostile, {}]) {
      const text = present(format, reviewOf(resources));
      expect(text).toBe(present(format, reviewOf(resources)));
      expect(text.endsWith('\n')).toBe(true);
      expect(text).not.toMatch(/undefined|\[object/);
    }
  });
});

describe('sarif', () => {
  const { $schema: _, id: __, ...schema } = require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json') as Record<string, unknown>;
  const validate = addFormats(new Ajv({ strict: false, allErrors: true, unicodeRegExp: false })).compile(schema);
  interface Place {
    readonly physicalLocation: { readonly artifactLocation: { readonly uri: string }; readonly region: { readonly startLine: number } };
    readonly logicalLocations: ReadonlyArray<{ readonly name: string; readonly fullyQualifiedName: string }>;
  }
  interface Result {
    readonly ruleId: string;
    readonly ruleIndex: number;
    readonly level: string;
    readonly message: { readonly text: string };
    readonly locations: readonly Place[];
    readonly relatedLocations?: readonly Place[];
    readonly partialFingerprints: { readonly primaryLocationLineHash: string };
    readonly suppressions: ReadonlyArray<{ readonly justification: string }>;
  }
  const runOf = (review: Review) => {
    const sarif = JSON.parse(present('sarif', review));
    validate(sarif);
    expect(validate.errors ?? []).toEqual([]);
    return sarif.runs[0] as {
      readonly tool: { readonly driver: { readonly rules: ReadonlyArray<Record<string, unknown> & { readonly id: string }> } };
      readonly invocations: ReadonlyArray<{ readonly toolExecutionNotifications: ReadonlyArray<{ readonly message: { text: string } }> }>;
      readonly results: readonly Result[];
    };
  };
  const fingerprintOf = (resources: Resources, rule: string) =>
    runOf(reviewOf(resources)).results.find((result) => result.ruleId === rule)!.partialFingerprints.primaryLocationLineHash;

  type Run = ReturnType<typeof runOf>;
  let runs: ReadonlyArray<readonly [rule: string, found: Run, ignored: Run]>;
  beforeAll(() => {
    runs = everything.map(([rule, found, ignored]) => [rule, runOf(found), runOf(ignored)]);
  });

  test('is what its schema says, for every rule found and ignored, and for hostile texts', () => {
    expect(runs.map(([rule]) => rule)).toEqual(Object.keys(RULE_CASES));
    runOf(reviewOf(hostile));
  });

  test('describes every rule with its page, its help and its level', () => {
    const { rules } = runOf(reviewOf(lossy)).tool.driver;
    expect(rules.map((rule) => rule.id)).toEqual(RULES.map((rule) => rule.id));
    expect(rules.find((rule) => rule.id === 'loss-retention')).toMatchObject({
      shortDescription: { text: RULES.find((rule) => rule.id === 'loss-retention')!.reason },
      helpUri: 'https://github.com/cdk-breakwater/cdk-breakwater/blob/main/docs/rules/loss-retention.md',
      defaultConfiguration: { level: 'warning' },
      properties: { tags: ['loss'] },
    });
  });

  test('puts each result on the line of its resource, with the logical ids and construct paths', () => {
    const Resources = { ...lossy, Queue: { ...lossy.Queue, Metadata: { 'aws:cdk:path': 'Shop/Orders/Resource' } } };
    const body = JSON.stringify({ Resources }, undefined, 1);
    const stack = stackOfTemplate('Shop', { Resources });
    const review = reviewStacks([{ ...stack, template: { ...stack.template, file: './cdk.out/Shop 1.template.json', text: body } }]);
    const result = runOf(review).results.find((one) => one.ruleId === 'loss-queue-without-dead-letter')!;
    expect(result).toMatchObject({
      ruleIndex: RULES.findIndex((rule) => rule.id === 'loss-queue-without-dead-letter'),
      level: 'error',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'cdk.out/Shop%201.template.json' },
            region: { startLine: body.split('\n').findIndex((line) => line.includes('"Queue": {')) + 1 },
          },
          logicalLocations: [{ name: 'Queue', fullyQualifiedName: 'Shop/Orders/Resource', kind: 'resource' }],
        },
      ],
      suppressions: [],
    });
    expect(result.message.text).toContain('Path: Queue -> Handler\nFix: ');
    const [finding] = review.report.findings.filter((one) => one.rule === 'loss-queue-without-dead-letter');
    expect((result.relatedLocations ?? []).map((place) => place.logicalLocations[0]!.name)).toEqual(finding!.resources.slice(1));
  });

  test('gives every result a place, even where no resource has one', () => {
    for (const [, { results }] of runs)
      for (const { locations } of results) expect(locations[0]!.physicalLocation.region.startLine).toBeGreaterThan(0);
  });

  test('suppresses what is ignored, with the reason', () => {
    for (const [rule, , ignored] of runs) {
      const results = ignored.results.filter((result) => result.ruleId === rule);
      expect(results.length).toBeGreaterThan(0);
      for (const { suppressions } of results)
        expect(suppressions).toEqual([{ kind: 'external', status: 'accepted', justification: 'seen & accepted <for now>' }]);
    }
  });

  test('keeps a fingerprint while anything else changes, and not when the resource does', () => {
    const rule = 'loss-queue-without-dead-letter';
    const before = fingerprintOf(lossy, rule);
    const { Handler, Source, Queue } = lossy as Required<typeof lossy>;
    const renamed: Resources = {
      Unrelated: topic(),
      Worker: Handler!,
      Poller: mapping({ ...Source!.Properties, FunctionName: ref('Worker') }),
      Queue: queue({ VisibilityTimeout: 60 }),
    };
    expect(fingerprintOf(renamed, rule)).toBe(before);
    const other: Resources = {
      Orders: Queue!,
      Source: mapping({ EventSourceArn: arn('Orders'), FunctionName: ref('Handler') }),
      Handler: Handler!,
    };
    expect(fingerprintOf(other, rule)).not.toBe(before);
  });

  test('gives no two results one fingerprint', () => {
    for (const [, { results }] of runs) {
      const all = results.map((result) => `${result.ruleId} ${result.partialFingerprints.primaryLocationLineHash}`);
      expect(new Set(all).size).toBe(all.length);
    }
  });

  test('says what was not followed', () => {
    const unknown: Resources = {
      Source: mapping({ EventSourceArn: { 'Fn::ImportValue': 'Elsewhere' }, FunctionName: ref('Handler') }),
      Handler: lambda(),
    };
    const [invocation] = runOf(reviewOf(unknown)).invocations;
    expect(invocation!.toolExecutionNotifications.map((one) => one.message.text).join()).toMatch(/Source EventSourceArn: /);
  });
});

describe('junit', () => {
  interface Element {
    readonly tag: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly text: string;
    readonly children: readonly Element[];
  }
  /** What another XML parser reads. */
  const parsed = (documents: readonly string[]): Element[] => {
    const program = `
import json, sys
from xml.etree import ElementTree
def told(one):
    return {'tag': one.tag, 'attributes': one.attrib, 'text': one.text or '', 'children': [told(child) for child in one]}
print(json.dumps([told(ElementTree.fromstring(text.encode())) for text in json.load(sys.stdin)]))`;
    const { stdout, stderr, status } = spawnSync('python3', ['-c', program], { input: JSON.stringify(documents), encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Element[];
  };
  /** Elements and attributes of the schema of Jenkins' xUnit plugin that readers agree on. */
  const ALLOWED: Readonly<Record<string, readonly string[]>> = {
    testsuites: ['name', 'tests', 'failures', 'errors', 'time'],
    testsuite: ['name', 'tests', 'failures', 'errors', 'skipped', 'time'],
    testcase: ['name', 'classname', 'time'],
    failure: ['type', 'message'],
    skipped: ['message'],
    'system-out': [],
  };
  const walk = (element: Element): Element[] => [element, ...element.children.flatMap(walk)];
  const of = (tag: string, element: Element) => walk(element).filter((one) => one.tag === tag);
  const documentOf = (config?: ReviewConfig, resources: Resources = lossy) => parsed([present('junit', reviewOf(resources, config))])[0]!;

  test('is XML of known elements, with counts that hold and names that are single', () => {
    const documents = parsed(
      [...everything.flatMap(([, found, ignored]) => [found, ignored]), reviewOf(hostile)].map((one) => present('junit', one)),
    );
    for (const document of documents) {
      expect(document.tag).toBe('testsuites');
      for (const { tag, attributes } of walk(document))
        expect(Object.keys(attributes).filter((name) => !ALLOWED[tag]!.includes(name))).toEqual([]);
      for (const suite of of('testsuite', document)) {
        expect(suite.attributes).toMatchObject({
          tests: String(of('testcase', suite).length),
          failures: String(of('failure', suite).length),
          skipped: String(of('skipped', suite).length),
          errors: '0',
        });
        const names = of('testcase', suite).map((one) => one.attributes.name);
        expect(new Set(names).size).toBe(names.length);
      }
      expect(document.attributes.tests).toBe(String(of('testcase', document).length));
      expect(document.attributes.failures).toBe(String(of('failure', document).length));
    }
  });

  test('fails for each error, with reason, path, fix and place, and for nothing else', () => {
    const review = reviewOf(lossy);
    const errors = review.report.findings.filter((finding) => finding.severity === 'error');
    const failures = of('failure', documentOf());
    expect(failures.map((failure) => failure.attributes.type)).toEqual(errors.map((finding) => finding.rule));
    const failure = failures.find((one) => one.attributes.type === 'loss-queue-without-dead-letter')!;
    const finding = errors.find((one) => one.rule === 'loss-queue-without-dead-letter')!;
    expect(failure.attributes.message).toBe(finding.message);
    for (const part of [finding.message, 'path: Queue -> Handler', `fix: ${finding.fix}`, 'at: Test.template.json:1 Queue'])
      expect(failure.text).toContain(part);
  });

  test('passes a rule that found nothing, tells warnings, skips what is ignored', () => {
    const document = documentOf({
      severity: { 'loss-queue-without-dead-letter': 'warning' },
      ignore: [{ rule: 'checklist', resource: '*', because: 'not yet' }],
    });
    const cases = of('testcase', document);
    expect(cases.find((one) => one.attributes.name === 'loss-retention')!.children).toEqual([]);
    expect(cases.find((one) => one.attributes.name === 'loss-queue-without-dead-letter: Queue -> Handler')!.children).toMatchObject([
      { tag: 'system-out', text: expect.stringMatching(/^warning: /) },
    ]);
    expect(of('skipped', document).map((one) => one.attributes.message)).toContain('not yet');
  });
});

describe('markdown', () => {
  /** Cells of a row, as GitHub cuts it: a backslash takes the next character with it. */
  const cells = (row: string) => row.match(/(?:\\.|[^|\\])+/g)!.length;
  const rows = (text: string) => text.split('\n').filter((line) => line.startsWith('| '));

  test('tells findings, paths and checklist in tables that hold together, for every rule and for hostile texts', () => {
    for (const review of [...everything.flatMap(([, found, ignored]) => [found, ignored]), reviewOf(hostile)]) {
      const text = present('markdown', review);
      for (const table of text.split(/\n\n/).filter((block) => block.startsWith('| '))) {
        const [head, ...others] = rows(table);
        expect(others.map(cells)).toEqual(others.map(() => cells(head!)));
      }
      expect((text.match(/<details>/g) ?? []).length).toBe((text.match(/<\/details>/g) ?? []).length);
    }
  });

  test('says what to change, where, and links the page of the rule', () => {
    const text = present('markdown', reviewOf(lossy));
    expect(text).toMatch(/^### breakwater review: \d+ error, \d+ warning, \d+ info in 1 stack\n/);
    const row = rows(text).find((line) => line.includes('[loss-queue-without-dead-letter]'))!;
    expect(row).toMatch(
      /^\| error \| \[loss-queue-without-dead-letter\]\(https:\/\/github\.com\/.*\/docs\/rules\/loss-queue-without-dead-letter\.md\) \| `Queue` → `Handler`<br>/,
    );
    expect(row).toContain('`Queue` `Test.template.json:1`');
  });

  test('shows the paths with the product of their retries', () => {
    const { shows } = RULE_CASES['storm-retry-budget']!;
    const review = reviewOf(shows);
    const worst = review.report.paths.find((path) => path.factors.length > 1)!;
    const text = present('markdown', review);
    expect(text).toContain(`<summary>${review.report.paths.length} paths of an event</summary>`);
    expect(text).toContain(`| ${worst.handlerRuns} = `);
  });

  test('lets no text of a template become markup, link or mention', () => {
    const text = present('markdown', reviewOf(hostile));
    expect(text).toContain('script');
    const outsideCode = text.replace(/`[^`\n]*`/g, '').replace(/<code>.*?<\/code>/g, '');
    expect(text).not.toMatch(/<script/);
    expect(outsideCode).not.toMatch(/@everyone/);
    expect(outsideCode).not.toMatch(/(?<!\\)\]\(y\)/);
    expect(text.replace(/<\/?(?:details|summary|br|code)>/g, '')).not.toMatch(/<[a-z/]/i);
  });

  test('stays below what a comment on GitHub holds, and counts what it leaves out', () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [
        [`Queue${index}`, queue()],
        [`Source${index}`, mapping({ EventSourceArn: arn(`Queue${index}`), FunctionName: ref(`Handler${index}`) })],
        [`Handler${index}`, lambda()],
      ]).flat() as Array<[string, Resources[string]]>,
    );
    const text = present('markdown', reviewOf(many));
    expect(text.length).toBeLessThan(65_536);
    expect(text).toMatch(/^and \d{3,} more, all in the JSON report$/m);
  });

  test('tells what is ignored, what no longer is there to ignore, and what was not followed', () => {
    const unknown: Resources = {
      ...lossy,
      Other: mapping({ EventSourceArn: { 'Fn::ImportValue': 'Elsewhere' }, FunctionName: ref('Handler') }),
    };
    const text = present(
      'markdown',
      reviewOf(unknown, {
        ignore: [
          { rule: 'loss', resource: 'Queue', because: 'a |draft|' },
          { rule: 'size', resource: 'Gone', because: 'was too large' },
        ],
      }),
    );
    expect(text).toMatch(/<summary>\d+ ignored with a reason<\/summary>/);
    expect(text).toContain('a \\|draft\\| |');
    expect(text).toContain('| `size` | `Gone` | was too large |');
    expect(text).toMatch(/not followed, so that nothing is said about them/);
  });
});
