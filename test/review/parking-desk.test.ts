import { reviewOf } from '../support/topology/read';
import {
  aging,
  arn,
  groupAlarm,
  idempotent,
  lambda,
  mapping,
  parkingDesk,
  queue,
  type Resources,
  ref,
  type TemplateResource,
  watching,
} from '../support/topology/resources';

const atDesk: Resources = {
  Queue: queue({ VisibilityTimeout: 180, RedrivePolicy: { deadLetterTargetArn: arn('ParkingLot'), maxReceiveCount: 5 } }),
  QueueAge: aging('Queue'),
  ParkingLot: queue({ MessageRetentionPeriod: 1_209_600 }),
  Source: mapping({
    EventSourceArn: arn('Queue'),
    FunctionName: ref('Handler'),
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 10 },
  }),
  Handler: idempotent({ Timeout: 30, TracingConfig: { Mode: 'Active' } }),
  ...parkingDesk(),
};
const watched: Resources = { ...atDesk, DeskAlarm: groupAlarm(), IntakeAlarm: aging('ParkingLot') };
const mute = (alarm: TemplateResource): TemplateResource => ({ ...alarm, Properties: { ...alarm.Properties, AlarmActions: [] } });

const found = (resources: Resources) => reviewOf(resources).report.findings.map(({ rule, resources: about }) => [rule, ...about]);

describe('a queue with a parking desk that tells somebody', () => {
  const { report } = reviewOf(watched);

  it('has no findings, and nothing that is not followed', () => {
    expect({ findings: report.findings, unknowns: report.unknowns }).toEqual({ findings: [], unknowns: [] });
  });

  it('is a parking lot with a runbook in the checklist', () => {
    const answers = Object.fromEntries(report.checklist.map(({ id, answer, evidence }) => [id, { answer, evidence }]));
    expect(answers['parking-lot-and-runbook']).toEqual({ answer: 'yes', evidence: ['parking lots: ParkingLot'] });
    expect(answers.idempotency).toEqual({ answer: 'yes', evidence: ['said to be idempotent: Handler'] });
    expect(answers.tracing).toEqual({ answer: 'yes', evidence: ['1 hops trace'] });
  });
});

describe('a parking desk of which nobody is told', () => {
  test.each<[string, Resources]>([
    ['has no alarm on its groups', {}],
    ['has one on the faults of customers alone', { DeskAlarm: groupAlarm('Desk', 'customer') }],
    ['has one that tells nobody', { DeskAlarm: mute(groupAlarm()) }],
    ['has one on the messages that the intake has left for the moment', { DeskAlarm: watching('ParkingLot') }],
  ])('is found when it %s', (_, alarms) => {
    expect(found({ ...atDesk, IntakeAlarm: aging('ParkingLot'), ...alarms })).toContainEqual(
      expect.arrayContaining(['loss-parking-lot-alarm', 'ParkingLot']),
    );
  });

  test.each<[string, TemplateResource]>([
    ['groups that open', groupAlarm()],
    ['arrivals', watching('ParkingLot', { MetricName: 'NumberOfMessagesReceived', Statistic: 'Sum' })],
  ])('is not, once an alarm watches %s', (_, alarm) => {
    expect(found({ ...atDesk, IntakeAlarm: aging('ParkingLot'), DeskAlarm: alarm })).toEqual([]);
  });

  it('is told with what to do', () => {
    const [finding] = reviewOf({ ...atDesk, IntakeAlarm: aging('ParkingLot') }).report.findings;
    expect(finding).toMatchObject({
      message: 'events are parked in ParkingLot, and taken from there by DeskIntake, and no alarm tells of it',
      fix: 'add an alarm on ParkedGroupOpened of DeskIntake (Sum, threshold 1, dimension fault ours) with an action that somebody hears',
    });
  });
});

describe('an intake that stands still', () => {
  it('is found when no alarm watches the age of what it leaves, or one that tells nobody does', () => {
    expect(found({ ...atDesk, DeskAlarm: groupAlarm() })).toEqual([['loss-parking-desk', 'ParkingLot', 'DeskSource']]);
    expect(found({ ...atDesk, DeskAlarm: groupAlarm(), IntakeAlarm: mute(aging('ParkingLot')) })).toEqual([
      ['loss-parking-desk', 'ParkingLot', 'DeskSource', 'IntakeAlarm'],
    ]);
  });
});

describe('a function that empties a dead-letter queue and is no desk', () => {
  it('is judged as any other consumer', () => {
    const { DeskIntake: intake, ...rest } = watched;
    const { Metadata: _, ...unmarked } = intake!;
    const rules = new Set(found({ ...rest, DeskIntake: unmarked }).map(([rule]) => rule));
    expect([...rules]).toEqual(expect.arrayContaining(['storm-retry-budget', 'repetition-effect']));
    const stranger = {
      ...watched,
      Stranger: lambda(),
      Takes: mapping({ EventSourceArn: arn('ParkingLot'), FunctionName: ref('Stranger') }),
    };
    expect(found(stranger)).toContainEqual(['repetition-effect', 'Stranger']);
  });
});
