import Ajv from 'ajv';
import fc from 'fast-check';
import { REPORT_SCHEMA, reviewStacks } from '../../lib/review';
import type { Finding, Report } from '../../lib/review/report';
import { stackOfTemplate } from '../../lib/topology';
import { type PlausibleTemplate, plausibleTemplates, renamed } from '../support/review/plausible-templates';
import { arn, bucket, parkingLot, queue, role, type TemplateResource, table, topic } from '../support/topology/resources';

const RUNS = { numRuns: Number(process.env.PROPERTY_RUNS ?? 60) };

function reviewed(template: PlausibleTemplate, name = 'Test'): Report {
  return reviewStacks([stackOfTemplate(name, template)]).report;
}

function withResources(template: PlausibleTemplate, more: PlausibleTemplate['Resources']): PlausibleTemplate {
  return { ...template, Resources: { ...template.Resources, ...more } };
}

/** What is concluded, without the places in the file. */
function conclusions({ findings, paths, checklist, unknowns }: Report) {
  return { findings: findings.map(withoutPlace), paths, checklist, unknowns };
}

function withoutPlace({ locations: _, ...finding }: Finding) {
  return finding;
}

/** As a multiset: the order of names decides the order of the report. */
function sorted(values: readonly unknown[]): string[] {
  return values.map((value) => JSON.stringify(value)).sort();
}

/** Of two ways that multiply equally, names decide which is told: what it leads to stays. */
function subject(rule: string, resources: readonly string[]): readonly string[] {
  return rule.startsWith('storm-retry-') ? resources.slice(-1) : resources;
}

describe('any plausible template', () => {
  const validate = new Ajv().compile(REPORT_SCHEMA);

  it('gives a report of the promised shape, twice the same, without a hole in any sentence', () => {
    fc.assert(
      fc.property(plausibleTemplates(), (template) => {
        const report = reviewed(template);
        expect(validate(JSON.parse(JSON.stringify(report)))).toBe(true);
        expect(reviewed(template)).toEqual(report);
        for (const { message, fix } of report.findings) expect(`${message} ${fix}`).not.toMatch(/undefined|NaN|\[object|Infinity|null/);
      }),
      RUNS,
    );
  });

  it('has every hand-over that it configures as an edge, or among what is not followed', () => {
    fc.assert(
      fc.property(plausibleTemplates(), (template) => {
        const { graph } = reviewStacks([stackOfTemplate('Test', template)]);
        const shown = new Set([
          ...graph.edges.flatMap((edge) => edge.via.map((ref) => ref.logicalId)),
          ...graph.unknowns.map((unknown) => unknown.resource.logicalId),
        ]);
        const handOvers = /EventSourceMapping$|Subscription$|Events::Rule$|Schedule$|Pipe$|V2::Integration$/;
        const configured = Object.entries(template.Resources).filter(([, resource]) => handOvers.test(resource.Type));
        expect(configured.map(([id]) => id).filter((id) => !shown.has(id))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('keeps its conclusions when its resources change places', () => {
    fc.assert(
      fc.property(plausibleTemplates(), fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (template, numbers) => {
        const ranked = Object.entries(template.Resources).map(([id, resource]) => ({ rank: numbers.next().value!, id, resource }));
        ranked.sort((a, b) => a.rank - b.rank);
        const Resources = Object.fromEntries(ranked.map(({ id, resource }) => [id, resource]));
        expect(conclusions(reviewed({ ...template, Resources }))).toEqual(conclusions(reviewed(template)));
      }),
      RUNS,
    );
  });

  it('changes nothing but names when its names change and their order stays', () => {
    fc.assert(
      fc.property(plausibleTemplates(), (template) => {
        const before = JSON.stringify(conclusions(reviewed(template)));
        const after = JSON.stringify(conclusions(reviewed(renamed(template, (id) => `Qq${id}`))));
        expect(after.replaceAll('Qq', '')).toBe(before);
      }),
      RUNS,
    );
  });

  it('has the same findings on the same resources, and the same paths, under any names, while no event comes back to where it was', () => {
    fc.assert(
      fc.property(plausibleTemplates(), fc.infiniteStream(fc.nat({ max: 9999 })), (template, numbers) => {
        const names = new Map(Object.keys(template.Resources).map((id) => [id, `N${numbers.next().value}x${id}`]));
        const back = (text: string) => text.replace(/N\d+x/g, '');
        const told = ({ findings, paths }: Report) => ({
          findings: sorted(findings.map(({ rule, severity, resources }) => [rule, severity, subject(rule, resources).map(back).sort()])),
          paths: sorted(
            paths.map(({ resources, ends, handlerRuns, secondsUntilParked }) => [
              resources.map(back),
              ends,
              handlerRuns,
              secondsUntilParked,
            ]),
          ),
        });
        // Where a loop is entered is decided by names.
        fc.pre(!reviewed(template).findings.some(({ rule }) => rule === 'storm-loop'));
        expect(told(reviewed(renamed(template, (id) => names.get(id)!)))).toEqual(told(reviewed(template)));
      }),
      RUNS,
    );
  });
});

/** Resources that take no part in any flow of the template. */
const BYSTANDERS: Readonly<Record<string, TemplateResource>> = {
  network: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
  key: { Type: 'AWS::KMS::Key', Properties: {} },
  logs: { Type: 'AWS::Logs::LogGroup', Properties: {} },
  'role of nobody': role(['sqs:*', '*']),
  table: table(),
  bucket: bucket(),
  queue: queue(),
  topic: topic(),
  metadata: { Type: 'AWS::CDK::Metadata', Properties: { Analytics: 'v2' } },
  'wait handle': { Type: 'AWS::CloudFormation::WaitConditionHandle' },
};

describe('what takes no part', () => {
  it.each(Object.entries(BYSTANDERS))('%s changes no finding and no path', (_, bystander) => {
    fc.assert(
      fc.property(plausibleTemplates(), fc.constantFrom('Aaa', 'Mmm', 'Zzz'), (template, id) => {
        const before = reviewed(template);
        const after = reviewed(withResources(template, { [id]: bystander }));
        expect(after.findings.map(withoutPlace)).toEqual(before.findings.map(withoutPlace));
        expect(after.paths).toEqual(before.paths);
        expect(after.unknowns.filter((unknown) => unknown.resource.logicalId !== id)).toEqual(before.unknowns);
      }),
      { numRuns: Math.ceil(RUNS.numRuns / 4) },
    );
  });
});

describe('a dead-letter queue that is added to a queue without one', () => {
  /** Queues without a redrive policy. */
  const bare = (template: PlausibleTemplate) =>
    Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) =>
      Type === 'AWS::SQS::Queue' && Properties?.RedrivePolicy === undefined ? [id] : [],
    );
  const redriven = (template: PlausibleTemplate, id: string, more: PlausibleTemplate['Resources']): PlausibleTemplate => {
    const { Properties } = template.Resources[id]!;
    const RedrivePolicy = { deadLetterTargetArn: arn('Added'), maxReceiveCount: 5 };
    return withResources(template, { ...more, [id]: { ...template.Resources[id]!, Properties: { ...Properties, RedrivePolicy } } });
  };
  const losses = (report: Report) =>
    report.findings.filter((finding) => finding.category === 'loss').map(({ rule, resources }) => JSON.stringify([rule, resources]));
  const dropping = (report: Report) => sorted(report.paths.filter(({ ends }) => ends === 'drop').map(({ resources }) => resources));

  it('adds no loss when it keeps messages for 14 days and has an alarm that tells somebody', () => {
    fc.assert(
      fc.property(plausibleTemplates(), fc.nat(), (template, chosen) => {
        const queues = bare(template);
        fc.pre(queues.length > 0);
        const id = queues[chosen % queues.length]!;
        const Properties = { MessageRetentionPeriod: 345_600, ...template.Resources[id]!.Properties };
        fc.pre(Properties.MessageRetentionPeriod < 1_209_600);
        const before = reviewed(template);
        const after = reviewed(redriven(template, id, parkingLot('Added')));
        expect(losses(after).filter((one) => !losses(before).includes(one))).toEqual([]);
        expect(dropping(after).filter((one) => !dropping(before).includes(one))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('adds losses about itself alone when nothing was thought of: no alarm, and a retention too short', () => {
    fc.assert(
      fc.property(plausibleTemplates(), fc.nat(), (template, chosen) => {
        const queues = bare(template);
        fc.pre(queues.length > 0);
        const before = reviewed(template);
        const after = reviewed(redriven(template, queues[chosen % queues.length]!, { Added: queue() }));
        const added = losses(after).filter((one) => !losses(before).includes(one));
        expect(added.filter((one) => !/^\["loss-(?:parking-lot-alarm|retention)",\["Added"/.test(one))).toEqual([]);
        expect(dropping(after).filter((one) => !dropping(before).includes(one))).toEqual([]);
      }),
      RUNS,
    );
  });
});

describe('two stacks that have nothing to do with each other', () => {
  it('have, together, the findings and paths of both', () => {
    fc.assert(
      fc.property(plausibleTemplates('A'), plausibleTemplates('B'), (a, b) => {
        const alone = [reviewed(a, 'First'), reviewed(b, 'Second')];
        const together = reviewStacks([stackOfTemplate('First', a), stackOfTemplate('Second', b)]).report;
        expect(sorted(together.findings)).toEqual(sorted(alone.flatMap(({ findings }) => findings)));
        expect(sorted(together.paths)).toEqual(sorted(alone.flatMap(({ paths }) => paths)));
        expect(sorted(together.unknowns)).toEqual(sorted(alone.flatMap(({ unknowns }) => unknowns)));
      }),
      RUNS,
    );
  });

  it('have them in one template too, but for the trace, which is told once for each stack', () => {
    fc.assert(
      fc.property(plausibleTemplates('A'), plausibleTemplates('B'), (a, b) => {
        const alone = [reviewed(a), reviewed(b)];
        const together = reviewed(withResources(a, b.Resources));
        const told = (findings: readonly Finding[]) =>
          sorted(findings.filter(({ rule }) => rule !== 'checklist-tracing').map(withoutPlace));
        expect(told(together.findings)).toEqual(told(alone.flatMap(({ findings }) => findings)));
        expect(sorted(together.paths)).toEqual(sorted(alone.flatMap(({ paths }) => paths)));
      }),
      RUNS,
    );
  });
});
