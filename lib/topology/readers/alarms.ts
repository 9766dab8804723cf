import type { Alarm } from '../graph';
import type { Resource } from '../model';
import { isOfDesk, type Reading, unique } from '../reading';
import type { Value } from '../value';

/** Dimensions of metrics that name a resource, with the types they can name. */
const DIMENSIONS: Readonly<Record<string, readonly string[]>> = {
  QueueName: ['AWS::SQS::Queue'],
  TopicName: ['AWS::SNS::Topic'],
  FunctionName: ['AWS::Lambda::Function', 'AWS::Lambda::Alias'],
  Resource: ['AWS::Lambda::Function', 'AWS::Lambda::Alias'],
  StateMachineArn: ['AWS::StepFunctions::StateMachine'],
  TableName: ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'],
  StreamName: ['AWS::Kinesis::Stream'],
  DeliveryStreamName: ['AWS::KinesisFirehose::DeliveryStream'],
  ApiName: ['AWS::ApiGateway::RestApi'],
  ApiId: ['AWS::ApiGatewayV2::Api'],
  RuleName: ['AWS::Events::Rule'],
  EventBusName: ['AWS::Events::EventBus', 'AWS::EventsV2::EventBus'],
  EventSourceMappingUUID: ['AWS::Lambda::EventSourceMapping'],
  PipeName: ['AWS::Pipes::Pipe'],
};

/** What the intake of a parking desk counts: groups of parked events that opened. Its dimension `service` is in the environment of the function. */
const OF_DESK = { namespace: 'Breakwater', metricName: 'ParkedGroupOpened' };

/** Alarms with what they watch and whom they tell. */
export function readAlarms(reading: Reading): Alarm[] {
  const alarms = reading.model.ofType('AWS::CloudWatch::Alarm').map((alarm) => readMetricAlarm(reading, alarm));
  const byId = new Map(alarms.map((alarm) => [`${alarm.resource.stack}/${alarm.resource.logicalId}`, alarm]));
  const composites = reading.model.ofType('AWS::CloudWatch::CompositeAlarm').map((alarm) => readComposite(reading, alarm, byId));
  for (const alarm of [...alarms, ...composites]) addEdges(reading, alarm);
  return [...alarms, ...composites];
}

function readMetricAlarm(reading: Reading, alarm: Resource): Alarm {
  const metrics = alarm
    .get('Metrics')
    .items()
    .map((query) => query.get('MetricStat'))
    .filter((stat) => !stat.isAbsent);
  const single = alarm.get('Dimensions').items();
  const dimensions = [...single, ...metrics.flatMap((stat) => stat.get('Metric', 'Dimensions').items())];
  const first = metrics[0];
  const threshold = alarm.get('Threshold').number('unknown');
  const namespace = alarm.get('Namespace').text() ?? first?.get('Metric', 'Namespace').text();
  const metricName = alarm.get('MetricName').text() ?? first?.get('Metric', 'MetricName').text();
  const ofDesk = namespace === OF_DESK.namespace && metricName === OF_DESK.metricName;
  return {
    ...common(reading, alarm),
    composite: false,
    ...text('namespace', namespace),
    ...text('metricName', metricName),
    dimensions: Object.fromEntries(
      dimensions.flatMap((dimension): Array<[string, string]> => {
        const [name, value] = [dimension.get('Name').text(), dimension.get('Value').text()];
        return name !== undefined && value !== undefined ? [[name, value]] : [];
      }),
    ),
    ...text('statistic', alarm.get('Statistic').text() ?? alarm.get('ExtendedStatistic').text() ?? first?.get('Stat').text()),
    ...text('comparison', alarm.get('ComparisonOperator').text()),
    ...(typeof threshold === 'number' ? { threshold } : {}),
    watches: unique(dimensions.flatMap((dimension) => (ofDesk ? desksOf(reading, dimension) : watched(reading, dimension)))),
  };
}

/** A composite alarm watches what the alarms in its rule watch. */
function readComposite(reading: Reading, alarm: Resource, byId: ReadonlyMap<string, Alarm>): Alarm {
  const rule = alarm.get('AlarmRule').texts();
  const named = rule.flatMap((text) => [...text.matchAll(/ALARM\(\s*"?([^")]+)"?\s*\)/gi)].map((match) => match[1]!));
  const parts = [...rule, ...named].flatMap((text) => {
    const referred = reading.model.targetsOf(text).flatMap((target) => (target.kind === 'resource' ? [target.resource] : []));
    return [...referred, reading.model.byName('AWS::CloudWatch::Alarm', text)].flatMap((one) => (one ? [byId.get(one.id)] : []));
  });
  return { ...common(reading, alarm), composite: true, dimensions: {}, watches: unique(parts.flatMap((part) => part?.watches ?? [])) };
}

function common(reading: Reading, alarm: Resource) {
  return {
    resource: alarm.ref,
    ...text('description', alarm.get('AlarmDescription').text()),
    actions: actionsOf(reading, alarm, 'AlarmActions'),
    okActions: actionsOf(reading, alarm, 'OKActions'),
    actionsEnabled: !alarm.get('ActionsEnabled').mayBeFalse(),
  };
}

function actionsOf(reading: Reading, alarm: Resource, property: string): string[] {
  return unique(
    alarm
      .get(property)
      .items()
      .flatMap((action) => reading.places(alarm, action, property, 'asynchronous')),
  );
}

function watched(reading: Reading, dimension: Value): string[] {
  const types = dimension
    .get('Name')
    .texts()
    .flatMap((name) => DIMENSIONS[name] ?? []);
  if (types.length === 0) return [];
  return dimension
    .get('Value')
    .texts()
    .flatMap((value) => {
      const referred = reading.model
        .targetsOf(value)
        .flatMap((target) => (target.kind === 'resource' && types.includes(target.resource.type) ? [target.resource] : []));
      const named = types.flatMap((type) => reading.model.byName(type, value) ?? []);
      return [...referred, ...named].map((resource) => reading.functionBehind(resource)?.function.id ?? resource.id);
    });
}

/** Functions of a desk that count under the service which a dimension names. */
function desksOf(reading: Reading, dimension: Value): string[] {
  if (!dimension.get('Name').canBe('service')) return [];
  const services = dimension.get('Value').texts();
  return reading.model
    .ofType('AWS::Lambda::Function')
    .filter(
      (resource) =>
        isOfDesk(resource) &&
        resource
          .get('Environment', 'Variables', 'POWERTOOLS_SERVICE_NAME')
          .texts()
          .some((service) => services.includes(service)),
    )
    .map((resource) => resource.id);
}

function addEdges(reading: Reading, alarm: Alarm) {
  const id = `${alarm.resource.stack}/${alarm.resource.logicalId}`;
  for (const to of unique([...alarm.actions, ...alarm.okActions])) {
    const from = reading.builder.node(reading.model.resources.get(id)!);
    reading.builder.edge({
      from,
      to,
      kind: 'alarm-action',
      role: 'delivery',
      via: [alarm.resource],
      exhausted: 'drop',
      sizeLimitBytes: reading.accepts(to, 'asynchronous'),
    });
  }
}

function text<Key extends string>(key: Key, value: string | undefined): { readonly [K in Key]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: string };
}
