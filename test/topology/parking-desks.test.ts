import { edgesBetween, read, told } from '../support/topology/read';
import {
  arn,
  groupAlarm,
  idempotent,
  invokeConfig,
  lambda,
  mapping,
  parkingDesk,
  parkingLot,
  queue,
  type Resources,
  ref,
  role,
  rule,
  subscription,
  table,
  topic,
} from '../support/topology/resources';

const redrive = { RedrivePolicy: { deadLetterTargetArn: arn('ParkingLot'), maxReceiveCount: 5 } };
const consumed: Resources = {
  Queue: queue(redrive),
  ...parkingLot(),
  Source: mapping({ EventSourceArn: arn('Queue'), FunctionName: ref('Handler') }),
  Handler: idempotent({ Role: arn('Role') }),
  Role: role([['dynamodb:PutItem'], arn('Orders')], ['sqs:SendMessage', arn('ParkingLot')]),
  Orders: table(),
};
const atDesk: Resources = { ...consumed, ...parkingDesk() };
const parts = ['DeskIntake', 'DeskJob', 'DeskJobs', 'DeskAnswers'];

describe('a parking desk', () => {
  it('changes nothing of what is said about the events of the queue', () => {
    const without = read(consumed);
    const withDesk = read(atDesk);
    expect(told(withDesk)).toEqual(told(without));
    expect(told(withDesk)).toContain('Queue > Handler > ParkingLot | dlq');
    const flow = ({ graph }: typeof without) => graph.edges.filter((edge) => !graph.nodes.get(edge.from)!.outsideFlow);
    expect(flow(withDesk)).toEqual(flow(without));
    expect(withDesk.graph.unknowns).toEqual([]);
    for (const id of ['Queue', 'ParkingLot', 'Handler', 'Orders'])
      expect(withDesk.graph.nodes.get(`Test/${id}`)).toEqual(without.graph.nodes.get(`Test/${id}`));
  });

  it('is told with its queue, its intake and its stores; its parts are outside the flow', () => {
    const { graph } = read(atDesk);
    expect([...graph.desks.values()]).toMatchObject([
      { lot: 'Test/ParkingLot', intake: 'Test/DeskIntake', via: { logicalId: 'DeskSource' }, keeps: ['Test/DeskTable', 'Test/DeskBucket'] },
    ]);
    for (const id of parts) expect(graph.nodes.get(`Test/${id}`)).toMatchObject({ outsideFlow: true, ingress: false });
  });

  it('is still one when invocations of its functions are configured, and takes its redaction with it', () => {
    const { graph } = read({
      ...atDesk,
      Config: invokeConfig({ FunctionName: ref('DeskJob'), Qualifier: '$LATEST', MaximumRetryAttempts: 0 }),
      DeskIntakeRole: role(['lambda:InvokeFunction', arn('Redaction')]),
      Redaction: lambda({ Role: arn('Role') }),
    });
    expect([...graph.nodes.values()].filter((node) => node.ingress).map((node) => node.label)).toEqual(['Queue']);
    expect(graph.nodes.get('Test/Redaction')).toMatchObject({ outsideFlow: true });
    expect(graph.unknowns).toEqual([]);
  });

  it('leaves the flow to those who listen to the bus on which it tells', () => {
    const listening: Resources = {
      Rule: rule({ EventPattern: { source: ['cdk-breakwater.parking'] }, Targets: [{ Id: 'One', Arn: arn('Queue') }] }),
    };
    expect(told(read({ ...atDesk, ...listening }))).toEqual(told(read({ ...consumed, ...listening })));
  });

  it('that empties a queue of somebody else is all that says that events are parked there', () => {
    const { graph } = read({ ...parkingDesk('Dlq', 'Target'), Dlq: queue(), Target: queue(), Handler: lambda() });
    expect(graph.nodes.get('Test/Dlq')).toMatchObject({ deadLetter: true });
    const imported = read({
      ...atDesk,
      DeskSource: mapping({ EventSourceArn: 'arn:aws:sqs:eu-west-1:111122223333:old-dlq', FunctionName: ref('DeskIntake') }),
    });
    expect([...imported.graph.desks.values()].map(({ lot }) => imported.graph.nodes.get(lot))).toMatchObject([
      { label: '(arn:aws:sqs:eu-west-1:111122223333:old-dlq)', deadLetter: true },
    ]);
    expect(imported.graph.unknowns).toEqual([]);
  });

  it('is watched by an alarm on the groups that open there, and on no one else’s', () => {
    const { graph } = read({ ...atDesk, Own: groupAlarm(), Other: groupAlarm('Elsewhere') });
    expect(graph.alarms.map(({ resource, watches, dimensions }) => [resource.logicalId, watches, dimensions])).toEqual([
      ['Other', [], { service: 'Elsewhere', fault: 'ours' }],
      ['Own', ['Test/DeskIntake', 'Test/DeskJob', 'Test/DeskAnswers'], { service: 'Desk', fault: 'ours' }],
      ['ParkingLotAlarm', ['Test/ParkingLot'], expect.anything()],
    ]);
  });
});

describe('what only says that it is a parking desk', () => {
  const stranger = mapping({ EventSourceArn: arn('ParkingLot'), FunctionName: ref('Stranger') });

  it('is believed: a function without the mark consumes the queue', () => {
    const topology = read({ ...consumed, Stranger: lambda(), Takes: stranger });
    expect(edgesBetween(topology, 'ParkingLot', 'Stranger')).toHaveLength(1);
    expect(topology.graph.desks.size).toBe(0);
    const both = read({ ...atDesk, Stranger: lambda(), Takes: stranger });
    expect(edgesBetween(both, 'ParkingLot', 'Stranger')).toHaveLength(1);
    expect(edgesBetween(both, 'ParkingLot', 'DeskIntake')).toHaveLength(0);
  });

  it('and takes from a queue where nothing is parked is a consumer like any other', () => {
    const topology = read({
      ...parkingDesk('Orders', 'Orders'),
      Topic: topic(),
      Orders: queue(),
      Handler: lambda(),
      Into: subscription({ TopicArn: ref('Topic'), Protocol: 'sqs', Endpoint: arn('Orders') }),
    });
    expect(edgesBetween(topology, 'Orders', 'DeskIntake')).toMatchObject([{ kind: 'sqs-lambda', exhausted: 'drop' }]);
    expect(topology.graph.nodes.get('Test/DeskIntake')).toMatchObject({ outsideFlow: false });
    expect(topology.graph.desks.size).toBe(0);
  });

  it('and is run by others as well is a handler like any other, with all it takes', () => {
    const topology = read({
      ...atDesk,
      Nightly: rule({ ScheduleExpression: 'rate(1 day)', Targets: [{ Id: 'One', Arn: arn('DeskIntake') }] }),
    });
    expect(edgesBetween(topology, 'ParkingLot', 'DeskIntake')).toHaveLength(1);
    expect(topology.graph.nodes.get('Test/DeskIntake')).toMatchObject({ outsideFlow: false });
    expect(told(topology)).toContain('Nightly > DeskIntake | drop');
  });
});
