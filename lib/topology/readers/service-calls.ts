import type { NodeKind } from '../graph';
import type { Resource, Target } from '../model';
import { type Manner, type Reading, unique } from '../reading';
import { isRecord } from '../record';

/** A call of an AWS API that hands an event over or changes something. */
export interface ServiceCall {
  /** Lower case, for example `sqs`. */
  readonly service: string;
  /** As the API has it, first letter in any case: `sendMessage`. */
  readonly action: string;
  /** Parameters without functions; texts may hold marks. Dynamic ones (`QueueUrl.$`, JSONata) can't be told. */
  readonly parameters: unknown;
}

export interface CallTarget {
  readonly node: string;
  readonly manner: Manner;
}

interface Row {
  readonly parameters: readonly string[];
  readonly types: readonly string[];
  readonly kind: NodeKind;
  readonly manner?: Manner;
}

const queue: Row = { parameters: ['QueueUrl'], types: ['AWS::SQS::Queue'], kind: 'queue' };
const topic: Row = { parameters: ['TopicArn', 'TargetArn'], types: ['AWS::SNS::Topic'], kind: 'topic' };
const stream: Row = { parameters: ['StreamName', 'StreamARN'], types: ['AWS::Kinesis::Stream'], kind: 'stream' };
const firehose: Row = { parameters: ['DeliveryStreamName'], types: ['AWS::KinesisFirehose::DeliveryStream'], kind: 'delivery-stream' };
const table: Row = {
  parameters: ['TableName'],
  types: ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'],
  kind: 'table',
  manner: 'synchronous',
};
const bucket: Row = { parameters: ['Bucket'], types: ['AWS::S3::Bucket'], kind: 'bucket', manner: 'synchronous' };
const machine: Row = { parameters: ['StateMachineArn'], types: ['AWS::StepFunctions::StateMachine'], kind: 'state-machine' };

const ROWS: Readonly<Record<string, Row>> = {
  'sqs:sendmessage': queue,
  'sqs:sendmessagebatch': queue,
  'sns:publish': topic,
  'sns:publishbatch': topic,
  'kinesis:putrecord': stream,
  'kinesis:putrecords': stream,
  'firehose:putrecord': firehose,
  'firehose:putrecordbatch': firehose,
  'states:startexecution': machine,
  'states:startsyncexecution': { ...machine, manner: 'synchronous' },
  'sfn:startexecution': machine,
  'sfn:startsyncexecution': { ...machine, manner: 'synchronous' },
  'dynamodb:putitem': table,
  'dynamodb:updateitem': table,
  'dynamodb:deleteitem': table,
  'dynamodb:batchwriteitem': table,
  'dynamodb:transactwriteitems': table,
  'dynamodb:executestatement': table,
  's3:putobject': bucket,
  's3:copyobject': bucket,
  's3:deleteobject': bucket,
  's3:deleteobjects': bucket,
};

/** Actions that read or manage: no event passes, nothing changes. */
const READS =
  /^(?:get|list|describe|query|scan|head|batchget|search|select|detect|recognize|analyze|convert|translate|retrieve|filter|simulate|lookup|check|estimate)/i;

/** Where a call leads. Empty for calls that only read. */
export function callTargets(reading: Reading, call: ServiceCall, from: Resource, property: string): CallTarget[] {
  const key = `${call.service}:${call.action}`.toLowerCase();
  const parameters = isRecord(call.parameters) ? call.parameters : {};
  if (key === 'lambda:invoke') return invocation(reading, parameters, from, property);
  if (key === 'events:putevents' || key === 'eventbridge:putevents') return busTargets(reading, parameters, from, property);
  const row = ROWS[key];
  if (!row) {
    if (READS.test(call.action)) return [];
    return [{ node: reading.builder.outside(`${call.service}:${call.action}`, 'endpoint'), manner: 'synchronous' }];
  }
  const texts = row.parameters.flatMap((name) => textsUnder(parameters, name));
  const manner = row.manner ?? 'asynchronous';
  if (texts.length === 0) return [{ node: chosenAtRunTime(reading, call, row.kind, from, property), manner }];
  return unique(texts.flatMap((text) => nodesOf(reading, text, row, from, property))).map((node) => ({ node, manner }));
}

/** Every text under a key, however deep: `TransactItems[].Put.TableName`. */
export function textsUnder(value: unknown, key: string, depth = 0): string[] {
  if (depth > 10 || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name === key && typeof inner === 'string' && !isExpression(inner)) return [inner];
    return textsUnder(inner, key, depth + 1);
  });
}

/** JSONPath and JSONata expressions are only known while the machine runs. */
export function isExpression(text: string): boolean {
  return text.startsWith('$') || /^\s*\{%[\s\S]*%\}\s*$/.test(text) || text.startsWith('States.');
}

function invocation(reading: Reading, parameters: Readonly<Record<string, unknown>>, from: Resource, property: string): CallTarget[] {
  const manner: Manner = parameters.InvocationType === 'Event' ? 'asynchronous' : 'synchronous';
  const row: Row = { parameters: [], types: ['AWS::Lambda::Function', 'AWS::Lambda::Alias', 'AWS::Lambda::Version'], kind: 'function' };
  const texts = textsUnder(parameters, 'FunctionName');
  if (texts.length === 0)
    return [{ node: chosenAtRunTime(reading, { service: 'lambda', action: 'invoke' }, 'function', from, property), manner }];
  return unique(texts.flatMap((text) => nodesOf(reading, text, row, from, property, manner))).map((node) => ({ node, manner }));
}

function busTargets(reading: Reading, parameters: Readonly<Record<string, unknown>>, from: Resource, property: string): CallTarget[] {
  const row: Row = { parameters: [], types: ['AWS::Events::EventBus', 'AWS::EventsV2::EventBus'], kind: 'bus' };
  const texts = textsUnder(parameters, 'EventBusName');
  const nodes =
    texts.length === 0
      ? [defaultBus(reading)]
      : texts.flatMap((text) => (text === 'default' ? [defaultBus(reading)] : nodesOf(reading, text, row, from, property)));
  return unique(nodes).map((node) => ({ node, manner: 'asynchronous' }));
}

/** The bus every account has. Rules without a bus listen to it. */
export function defaultBus(reading: Reading): string {
  return reading.builder.outside('default event bus', 'bus');
}

function nodesOf(reading: Reading, text: string, row: Row, from: Resource, property: string, manner: Manner = 'asynchronous'): string[] {
  const targets = reading.model.targetsOf(text);
  const fitting = targets.filter((target) => target.kind === 'resource' && row.types.includes(target.resource.type));
  const chosen: Target[] = fitting.length > 0 ? fitting : targets;
  return chosen.map((target) => {
    if (target.kind !== 'outside') return reading.place(target, from, property, manner);
    const named = row.types.map((type) => reading.model.byName(type, target.text)).find((one) => one !== undefined);
    return named
      ? reading.place({ kind: 'resource', resource: named }, from, property, manner)
      : reading.builder.outside(target.text, row.kind);
  });
}

function chosenAtRunTime(
  reading: Reading,
  call: Omit<ServiceCall, 'parameters'>,
  kind: NodeKind,
  from: Resource,
  property: string,
): string {
  const reason = `the ${kind} of ${call.service}:${call.action} is chosen while it runs`;
  reading.builder.unknown(from, property, reason);
  return reading.builder.outside(`${kind} chosen by ${from.ref.logicalId}`, kind);
}
