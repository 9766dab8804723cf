import { Duration, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Alarms, ClaimBucket, Deployment, ParkingLot } from '../../lib';
import type { ParkingLotSettings } from '../../lib/blocks/parking-contract';
import { alarmNamed, desk, environmentOf, lotsOf, NO_ALARMS, orders } from '../support/cdk/desks';
import { permissionsOfRole } from '../support/cdk/policies';
import { resourcesOf, shop } from '../support/cdk/stacks';
import { referencesIn } from '../support/cdk/template-walk';

describe('the way back to a worker', () => {
  test('is told with everything that shows an effect or stops a redrive', () => {
    const { stack, worker } = orders();
    worker.readClaimsFrom(new ClaimBucket(stack, 'Claims', { messageLifetime: worker.messageLifetime }));
    const told: ParkingLotSettings[] = [
      {
        arn: '<OrdersParkingLot>',
        url: '<OrdersParkingLot>',
        targetUrl: '<OrdersQueue>',
        idempotencyTable: '<OrdersIdempotencyTable>',
        claimBucket: '<ClaimsBucket>',
        worker: '<OrdersWorkerLive>',
        alarms: ['<OrdersAlarmsoldestMessageAge>', '<OrdersAlarmsworkerErrors>', '<OrdersAlarmsworkerThrottles>'],
        settledWithinSeconds: worker.retryPlan.untilParked.toSeconds() + worker.retryPlan.visibilityTimeout.toSeconds(),
      },
    ];
    for (const one of ['Intake', 'Operate', 'Job']) expect(lotsOf(stack, `OrdersDesk${one}`)).toEqual(told);
  });

  test('asks only for alarms that are there at the end', () => {
    const { stack, worker } = orders();
    worker.alarms.remove('workerErrors');
    worker.alarms.remove('workerThrottles');
    expect(lotsOf(stack, 'OrdersDeskJob')[0]!.alarms).toEqual(['<OrdersAlarmsoldestMessageAge>']);
    for (const role of ['OrdersDeskJobRole', 'OrdersDeskOperateRole']) {
      expect(permissionsOfRole(stack, role).filter((line) => line.startsWith('cloudwatch:'))).toEqual([
        'cloudwatch:DescribeAlarms on OrdersAlarmsoldestMessageAge',
      ]);
    }
    expect(lotsOf(orders(NO_ALARMS).stack, 'OrdersDeskJob')[0]!.alarms).toBeUndefined();
  });

  test('is taken by an intake that Lambda lets read the queue: ten at a time, each failing by itself', () => {
    const { stack } = orders();
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^OrdersParkingLot'), 'Arn'] },
      FunctionName: Match.objectLike({ 'Fn::Join': ['', Match.arrayWith([':live'])] }),
      BatchSize: 10,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    const lot = Object.entries(resourcesOf(stack, 'AWS::SQS::Queue')).find(([id]) => id.startsWith('OrdersParkingLot'))![1];
    const [intake] = Object.entries(resourcesOf(stack, 'AWS::Lambda::Function')).filter(([id]) => id.startsWith('OrdersDeskIntake'));
    expect(lot.Properties.VisibilityTimeout).toBe(6 * Number(intake![1].Properties.Timeout));
  });

  test('leaves the bare queue as it was with ParkingLot.queueOnly()', () => {
    const { stack, worker } = orders({ parkingLot: ParkingLot.queueOnly() });
    expect(worker.parkingDesk).toBeUndefined();
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 0);
    template.resourceCountIs('AWS::Lambda::Function', 1);
    template.hasResourceProperties('AWS::SQS::Queue', { RedriveAllowPolicy: Match.anyValue(), VisibilityTimeout: Match.absent() });
  });
});

describe('a record of an effect outlives every copy that the desk can send again', () => {
  const DAY = 86_400;

  test.each([
    [ParkingLot.queueOnly(), 0],
    [undefined, 90],
    [ParkingLot.withDesk({ retention: Duration.days(15) }), 15],
    [ParkingLot.withDesk({ retention: Duration.days(365) }), 365],
  ])('%#: on the last day of the desk after the last day of everything before it', (parkingLot, deskDays) => {
    const { worker } = orders({
      parkingLot,
      retention: Duration.days(3),
      parkingLotRetention: Duration.days(10),
      senderHorizon: Duration.days(30),
      ...NO_ALARMS,
    });
    // The sender repeats itself at the last moment; the copy waits out the queue, then the parking lot while the intake stands still, then the desk; then the queue again.
    const lastCopy = (30 + 3 + 10 + deskDays + 3) * DAY;
    const kept = worker.idempotencyRetention.toSeconds();
    expect(kept).toBeGreaterThan(lastCopy);
    expect(kept - lastCopy).toBe(DAY);
  });

  test('also of one that is redriven after 60 days', () => {
    const { stack, worker } = orders(NO_ALARMS);
    expect(worker.idempotencyRetention.toDays()).toBeGreaterThan(60 + worker.messageLifetime.toDays());
    expect(environmentOf(stack, 'OrdersWorkerFunction').BREAKWATER_IDEMPOTENCY_RETENTION_SECONDS).toBe(String((4 + 14 + 90 + 4 + 1) * DAY));
  });

  test('while claimed bodies need not: the desk has copies, and puts them back', () => {
    expect(orders(NO_ALARMS).worker.messageLifetime.toDays()).toBe(4 + 14 + 4);
  });
});

describe('alarms', () => {
  const topic = (stack: Stack) => Alarms.toTopic(new Topic(stack, 'OnCall'));

  test('ring once per group, by whose fault it is, and do not tell of the end of that minute', () => {
    const stack = shop();
    orders({ alarms: topic(stack) }, stack);
    for (const [key, fault] of [
      ['parkedMessages', 'ours'],
      ['parkedCustomerFaults', 'customer'],
    ] as const) {
      expect(alarmNamed(stack, key)).toMatchObject({
        Namespace: 'Breakwater',
        MetricName: 'ParkedGroupOpened',
        Dimensions: expect.arrayContaining([
          { Name: 'service', Value: 'Shop/Orders' },
          { Name: 'fault', Value: fault },
        ]),
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        AlarmActions: [expect.anything()],
      });
      expect(alarmNamed(stack, key)!.OKActions).toBeUndefined();
    }
    expect(environmentOf(stack, 'OrdersDeskIntake').POWERTOOLS_SERVICE_NAME).toBe('Shop/Orders');
    expect(environmentOf(stack, 'OrdersDeskJob').POWERTOOLS_SERVICE_NAME).toBe('Shop/Orders');
  });

  test('ring when the intake does not take for 15 minutes, and tell when it does again', () => {
    const stack = shop();
    orders({ alarms: topic(stack) }, stack);
    expect(alarmNamed(stack, 'parkedMessageAge')).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [expect.stringMatching(/^OrdersParkingLot/), 'QueueName'] } }],
      Threshold: 900,
      OKActions: [expect.anything()],
    });
  });

  test('of arrivals roll a gradual deployment back, tell nobody and are not made otherwise', () => {
    const stack = shop();
    orders({ alarms: topic(stack), deployment: Deployment.canary() }, stack);
    expect(alarmNamed(stack, 'parkedArrivals')).toMatchObject({ MetricName: 'NumberOfMessagesReceived', Statistic: 'Sum', Threshold: 1 });
    expect(alarmNamed(stack, 'parkedArrivals')!.AlarmActions).toBeUndefined();
    const [group] = Object.values(resourcesOf(stack, 'AWS::CodeDeploy::DeploymentGroup'));
    expect(
      referencesIn(group!.Properties.AlarmConfiguration)
        .map((id) => id.slice(0, -8))
        .sort(),
    ).toEqual(['OrdersAlarmsparkedArrivals', 'OrdersAlarmsworkerErrors']);
    expect(orders().worker.alarms.keys).not.toContain('parkedArrivals');
  });

  test('of a desk by itself are its own', () => {
    const { stack, desk: made } = desk({ alarms: undefined });
    expect(made.alarms.keys).toEqual(['parkedMessages', 'parkedCustomerFaults']);
    made.takeFrom(new Queue(stack, 'Lot', { visibilityTimeout: Duration.minutes(3) }), new Queue(stack, 'Target'));
    expect(made.alarms.keys).toEqual(['parkedMessages', 'parkedCustomerFaults', 'parkedMessageAge']);
    expect(alarmNamed(stack, 'parkedMessages')!.Dimensions).toContainEqual({ Name: 'service', Value: 'Shop/Desk' });
  });
});

describe('an operator', () => {
  test('finds the desk by an output, and may call that and nothing else', () => {
    const { stack, worker } = orders(NO_ALARMS);
    worker.grantRedrive(new Role(stack, 'Operator', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
    const [output] = Object.values(Template.fromStack(stack).findOutputs('*'));
    expect(output!.Description).toBe('Parking desk of Shop/Orders');
    const [name, alias] = output!.Value['Fn::Join'][1];
    expect([name.Ref, alias]).toEqual([expect.stringMatching(/^OrdersDeskOperateFunction/), ':live']);
    expect(permissionsOfRole(stack, 'Operator')).toEqual(['lambda:InvokeFunction on OrdersDeskOperateLive']);
  });

  test('is told apart from the way of events: functions and machine say that they belong to a desk', () => {
    const { stack } = orders(NO_ALARMS);
    const marked = ['AWS::Lambda::Function', 'AWS::StepFunctions::StateMachine'].flatMap((type) =>
      Object.entries(Template.fromStack(stack).findResources(type, { Metadata: { 'cdk-breakwater:parkingDesk': true } })).map(([id]) =>
        id.slice(0, -8),
      ),
    );
    expect(marked.sort()).toEqual(['OrdersDeskIntakeFunction', 'OrdersDeskJobFunction', 'OrdersDeskJobs', 'OrdersDeskOperateFunction']);
  });
});
