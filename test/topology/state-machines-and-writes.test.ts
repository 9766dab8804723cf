import { edgeOf, edgesBetween, read } from '../support/topology/read';
import {
  arn,
  bus,
  idempotent,
  invokeConfig,
  invokes,
  lambda,
  machine,
  mapping,
  oneTask,
  queue,
  ref,
  role,
  rule,
  stream,
  sub,
  table,
  topic,
} from '../support/topology/resources';

const task = (rest: Record<string, unknown>) => ({ Type: 'Task', End: true, ...rest });

describe('state machines', () => {
  it('are read from a text that names its targets by reference', () => {
    const DefinitionString = sub(
      '{"StartAt":"Work","States":{"Work":{"Type":"Task","End":true,"Resource":"arn:<AWS::Partition>:states:::sqs:sendMessage","Parameters":{"QueueUrl":"<Queue>","MessageBody.$":"$"}}}}',
    );
    const topology = read({ Flow: { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionString } }, Queue: queue() });
    expect(edgeOf(topology, 'Flow', 'Queue')).toMatchObject({ kind: 'step-functions-task', synchronous: false, handlerRuns: 1 });
  });

  it('are read through definition substitutions', () => {
    const Definition = { StartAt: 'Work', States: { Work: task({ Resource: sub('<!handler>')['Fn::Sub'].replace('!', '') }) } };
    const topology = read({ Flow: machine(Definition, { DefinitionSubstitutions: { handler: arn('Handler') } }), Handler: lambda() });
    expect(edgesBetween(topology, 'Flow', 'Handler')).toHaveLength(1);
  });

  it('are read in JSONata, arguments and all', () => {
    const topology = read({
      Flow: oneTask({
        QueryLanguage: 'JSONata',
        Resource: 'arn:aws:states:::dynamodb:putItem',
        Arguments: { TableName: ref('Table'), Item: '{% $states.input %}' },
      }),
      Table: table(),
    });
    expect(edgesBetween(topology, 'Flow', 'Table')).toHaveLength(1);
  });

  it('multiply the retries of a task by those of the maps and branches around it', () => {
    const retry = (MaxAttempts: number) => [{ ErrorEquals: ['States.ALL'], MaxAttempts }];
    const inner = { StartAt: 'Work', States: { Work: task({ ...invokes('Handler'), Retry: retry(3) }) } };
    const branch = { StartAt: 'Each', States: { Each: { Type: 'Map', End: true, ItemProcessor: inner, Retry: retry(1) } } };
    const topology = read({
      Flow: machine({ StartAt: 'All', States: { All: { Type: 'Parallel', End: true, Branches: [branch], Retry: retry(2) } } }),
      Handler: lambda(),
    });
    const edge = edgeOf(topology, 'Flow', 'Handler');
    expect(edge.handlerRuns).toBe(4 * 2 * 3);
    expect(edge.runsBecause).toBe('3 of All x 2 of Each x 1 + retries 3 of Work');
  });

  it('add up the retriers of one task, because errors of different kinds use up each of them', () => {
    const Retry = [
      { ErrorEquals: ['Lambda.ServiceException'], MaxAttempts: 6, IntervalSeconds: 2, JitterStrategy: 'FULL' },
      { ErrorEquals: ['States.ALL'], JitterStrategy: 'FULL' },
    ];
    expect(edgeOf(read({ Flow: oneTask({ ...invokes('Handler'), Retry }), Handler: lambda() }), 'Flow', 'Handler')).toMatchObject({
      handlerRuns: 10,
      jitter: true,
    });
  });

  it('park what they catch and send to a queue', () => {
    const states = {
      Work: { Type: 'Task', Next: 'Done', ...invokes('Handler'), Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Park' }] },
      Done: { Type: 'Succeed' },
      Park: task({ Resource: 'arn:aws:states:::sqs:sendMessage', Parameters: { QueueUrl: ref('Dlq') } }),
    };
    const topology = read({ Flow: machine({ StartAt: 'Work', States: states }), Handler: lambda(), Dlq: queue() });
    expect(edgeOf(topology, 'Flow', 'Handler')).toMatchObject({ exhausted: 'dlq' });
    expect(edgesBetween(topology, 'Flow', 'Dlq').map((edge) => edge.role)).toContain('failure');
  });

  it.each([
    ['fails', { Type: 'Fail' }, 'error-to-caller'],
    ['ends well without doing anything', { Type: 'Succeed' }, 'drop'],
  ])('that catch and then %s', (_, end, exhausted) => {
    const states = { Work: task({ ...invokes('Handler'), Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Handle' }] }), Handle: end };
    expect(edgeOf(read({ Flow: machine({ StartAt: 'Work', States: states }), Handler: lambda() }), 'Flow', 'Handler').exhausted).toBe(
      exhausted,
    );
  });

  it('that catch, tell somebody and then fail keep the execution as failed', () => {
    const told = (end: object) => ({
      Work: task({ ...invokes('Handler'), Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Tell' }] }),
      Tell: { Type: 'Task', ...invokes('Teller'), Next: 'Over' },
      Over: end,
    });
    const edge = (end: object) =>
      edgeOf(read({ Flow: machine({ StartAt: 'Work', States: told(end) }), Handler: lambda(), Teller: lambda() }), 'Flow', 'Handler');
    expect(edge({ Type: 'Fail' })).toMatchObject({ exhausted: 'error-to-caller' });
    expect(edge({ Type: 'Succeed' })).toMatchObject({ exhausted: 'unknown' });
  });

  it('catch for what is inside them: errors of branches and items', () => {
    const states = {
      All: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'Work', States: { Work: task(invokes('Handler')) } }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Ignore' }],
        End: true,
      },
      Ignore: { Type: 'Succeed' },
    };
    const topology = read({ Flow: machine({ StartAt: 'All', States: states }), Handler: lambda() });
    expect(edgeOf(topology, 'Flow', 'Handler')).toMatchObject({ exhausted: 'drop' });
  });

  it('tell which calls are made only after a failure', () => {
    const states = {
      Work: task({ ...invokes('Handler'), Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Tell' }] }),
      Tell: { Type: 'Parallel', Branches: [{ StartAt: 'Say', States: { Say: task(invokes('Teller')) } }], Next: 'Over' },
      Over: { Type: 'Fail' },
    };
    const topology = read({ Flow: machine({ StartAt: 'Work', States: states }), Handler: lambda(), Teller: lambda() });
    expect(edgeOf(topology, 'Flow', 'Handler').afterFailure).toBeUndefined();
    expect(edgeOf(topology, 'Flow', 'Teller')).toMatchObject({ task: 'Say', afterFailure: true });
  });

  it('call functions by the old form, asynchronously, with a callback, and through the SDK', () => {
    const states = {
      Old: task({ Resource: arn('Old') }),
      Left: task({ Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: ref('Left'), InvocationType: 'Event' } }),
      Asked: task({ Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken', Parameters: { QueueUrl: ref('Queue') } }),
      Sdk: task({ Resource: 'arn:aws:states:::aws-sdk:sns:publish', Parameters: { TopicArn: ref('Topic') } }),
      Read: task({ Resource: 'arn:aws:states:::dynamodb:getItem', Parameters: { TableName: ref('Table') } }),
      Nested: task({ Resource: 'arn:aws:states:::states:startExecution.sync:2', Parameters: { StateMachineArn: ref('Inner') } }),
      Put: task({ Resource: 'arn:aws:states:::events:putEvents', Parameters: { Entries: [{ EventBusName: ref('Bus') }] } }),
    };
    const topology = read({
      Flow: machine({ StartAt: 'Old', States: states }),
      Old: lambda(),
      Left: lambda(),
      Queue: queue(),
      Topic: topic(),
      Table: table(),
      Inner: oneTask(invokes('Old')),
      Bus: bus({ Name: 'orders' }),
    });
    expect(edgeOf(topology, 'Flow', 'Old')).toMatchObject({ synchronous: true });
    expect(edgeOf(topology, 'Flow', 'Left')).toMatchObject({ synchronous: false });
    expect(edgesBetween(topology, 'Flow', 'Queue')).toHaveLength(1);
    expect(edgesBetween(topology, 'Flow', 'Topic')).toHaveLength(1);
    expect(edgesBetween(topology, 'Flow', 'Table')).toHaveLength(0);
    expect(edgeOf(topology, 'Flow', 'Inner')).toMatchObject({ synchronous: true });
    expect(edgesBetween(topology, 'Flow', 'Bus')).toHaveLength(1);
  });

  it('show what is chosen while they run as unknown', () => {
    const topology = read({ Flow: oneTask({ Resource: 'arn:aws:states:::sqs:sendMessage', Parameters: { 'QueueUrl.$': '$.queue' } }) });
    expect(edgesBetween(topology, 'Flow', '(queue chosen by Flow)')).toHaveLength(1);
    expect(topology.graph.unknowns).toMatchObject([{ resource: { logicalId: 'Flow' }, property: 'States.Work' }]);
  });

  it('without a readable definition are shown as unknown', () => {
    const topology = read({ Flow: { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionString: '{"StartAt": ' } } });
    expect(topology.graph.unknowns).toMatchObject([{ resource: { logicalId: 'Flow' }, property: 'Definition' }]);
  });
});

describe('what functions may write to', () => {
  const handler = { Handler: lambda({ Role: arn('Role') }) };

  it.each<[string, readonly string[], Record<string, ReturnType<typeof queue>>, unknown]>([
    ['queues', ['sqs:SendMessage'], { To: queue() }, arn('To')],
    ['topics', ['sns:Publish'], { To: topic() }, ref('To')],
    ['buses', ['events:PutEvents'], { To: bus({ Name: 'orders' }) }, arn('To')],
    ['machines', ['states:StartExecution'], { To: oneTask(invokes('Other')), Other: lambda() }, ref('To')],
    ['streams', ['kinesis:Put*'], { To: stream() }, arn('To')],
    ['functions', ['lambda:InvokeFunction'], { To: lambda() }, [arn('To'), { 'Fn::Join': ['', [arn('To'), ':*']] }]],
    ['buckets', ['s3:PutObject', 's3:Abort*'], { To: { Type: 'AWS::S3::Bucket' } }, { 'Fn::Join': ['', [arn('To'), '/claims/*']] }],
    ['delivery streams', ['firehose:PutRecordBatch'], { To: { Type: 'AWS::KinesisFirehose::DeliveryStream', Properties: {} } }, arn('To')],
  ])('%s, read from the policy', (_, actions, resources, resource) => {
    const topology = read({ ...handler, Role: role([actions, resource]), ...resources });
    expect(edgesBetween(topology, 'Handler', 'To')).toMatchObject([{ kind: 'lambda-write', role: 'write' }]);
  });

  it.each([
    ['a standard machine, which nobody can wait for', 'STANDARD', false],
    ['an express machine', 'EXPRESS', true],
  ])('%s', (_, StateMachineType, synchronous) => {
    const flow = oneTask(invokes('Other'), { StateMachineType });
    const topology = read({ ...handler, Role: role(['states:Start*', ref('To')]), To: flow, Other: lambda() });
    expect(edgeOf(topology, 'Handler', 'To')).toMatchObject({ synchronous, exhausted: 'error-to-caller' });
  });

  it('is read from policies of their own and from managed policies', () => {
    const statement = (Resource: unknown) => ({ PolicyDocument: { Statement: { Effect: 'Allow', Action: 'sqs:SendMessage', Resource } } });
    const topology = read({
      Handler: lambda({ Role: arn('Role') }),
      Role: { Type: 'AWS::IAM::Role', Properties: { ManagedPolicyArns: [ref('Managed')] } },
      Own: { Type: 'AWS::IAM::Policy', Properties: { Roles: [ref('Role')], ...statement(arn('One')) } },
      Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: statement(arn('Two')) },
      One: queue(),
      Two: queue(),
    });
    expect(edgesBetween(topology, 'Handler', 'One')).toHaveLength(1);
    expect(edgesBetween(topology, 'Handler', 'Two')).toHaveLength(1);
  });

  it('is what the environment names when the policy names everything', () => {
    const resources = { Role: role(['sqs:*', '*']), Named: queue(), Other: queue() };
    const topology = read({
      Handler: lambda({ Role: arn('Role'), Environment: { Variables: { QUEUE_URL: ref('Named') } } }),
      ...resources,
    });
    expect(edgesBetween(topology, 'Handler', 'Named')).toHaveLength(1);
    expect(edgesBetween(topology, 'Handler', 'Other')).toHaveLength(0);
  });

  it('is shown as unknown when neither names it', () => {
    const topology = read({ ...handler, Role: role(['sqs:SendMessage', '*']) });
    expect(edgesBetween(topology, 'Handler', '(any queue for Handler)')).toHaveLength(1);
    expect(topology.graph.unknowns.map(({ property }) => property)).toEqual(['Role: sqs:SendMessage', 'invocation']);
  });

  it('is nothing where they only read', () => {
    const topology = read({ ...handler, Role: role([['dynamodb:GetItem', 'sqs:ReceiveMessage', 'xray:Put*'], '*']), Table: table() });
    expect(topology.graph.edges).toHaveLength(0);
  });

  it('leaves out the permission that Lambda needs for destinations', () => {
    const topology = read({
      Handler: lambda({ Role: arn('Role') }),
      Config: invokeConfig({
        FunctionName: ref('Handler'),
        Qualifier: '$LATEST',
        DestinationConfig: { OnFailure: { Destination: arn('Dlq') } },
      }),
      Role: role(['sqs:SendMessage', arn('Dlq')]),
      Dlq: queue(),
    });
    expect(edgesBetween(topology, 'Handler', 'Dlq').map((edge) => edge.kind)).toEqual(['lambda-destination']);
  });

  it('parks where the function is given the dead-letter queue of its source', () => {
    const topology = read({
      Queue: queue({ RedrivePolicy: { deadLetterTargetArn: arn('Dlq'), maxReceiveCount: 5 } }),
      Dlq: queue(),
      Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Handler') }),
      Handler: lambda({ Role: arn('Role'), Environment: { Variables: { PARKING_LOT: ref('Dlq') } } }),
      Role: role(['sqs:SendMessage', arn('Dlq')]),
    });
    expect(edgesBetween(topology, 'Handler', 'Dlq')).toMatchObject([{ kind: 'lambda-write', role: 'failure' }]);
  });

  it('counts the attempts that the environment gives the SDK', () => {
    const topology = read({
      Handler: lambda({ Role: arn('Role'), Environment: { Variables: { AWS_MAX_ATTEMPTS: '1' } } }),
      Role: role(['lambda:InvokeFunction', arn('Other')]),
      Other: lambda(),
    });
    expect(edgeOf(topology, 'Handler', 'Other')).toMatchObject({ handlerRuns: 1, clientAttempts: 1 });
  });

  it('reaches relational databases that the environment names', () => {
    const topology = read({
      Handler: lambda({ Environment: { Variables: { HOST: arn('Database', 'Endpoint.Address') } } }),
      Database: { Type: 'AWS::RDS::DBInstance', Properties: {} },
    });
    expect(edgesBetween(topology, 'Handler', 'Database')).toMatchObject([{ kind: 'lambda-write' }]);
  });
});

describe('nodes', () => {
  it('of functions know whether their effects may be repeated', () => {
    const topology = read({ One: idempotent(), Two: lambda() });
    expect(topology.graph.nodes.get('Test/One')!.idempotent).toBe(true);
    expect(topology.graph.nodes.get('Test/Two')!.idempotent).toBe(false);
  });

  it('are ingresses where events enter, loops that nothing feeds included', () => {
    const loop = read({
      Rule: rule({ EventBusName: ref('Bus'), EventPattern: { source: ['shop'] }, Targets: [{ Id: 'One', Arn: arn('Handler') }] }),
      Bus: bus({ Name: 'orders' }),
      Handler: lambda({ Role: arn('Role') }),
      Role: role(['events:PutEvents', arn('Bus')]),
    });
    expect([...loop.graph.nodes.values()].filter((node) => node.ingress)).toHaveLength(1);
  });

  it('are left out of the flow when only alarms reach them', () => {
    const topology = read({
      Queue: queue(),
      OnCall: topic(),
      Alarm: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          MetricName: 'ApproximateAgeOfOldestMessage',
          Dimensions: [{ Name: 'QueueName', Value: arn('Queue', 'QueueName') }],
          AlarmActions: [ref('OnCall')],
        },
      },
    });
    expect(topology.graph.nodes.get('Test/OnCall')!.outsideFlow).toBe(true);
    expect(topology.graph.alarms).toMatchObject([
      { metricName: 'ApproximateAgeOfOldestMessage', watches: ['Test/Queue'], actions: ['Test/OnCall'], actionsEnabled: true },
    ]);
  });
});
