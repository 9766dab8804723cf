import type { Edge, Node } from '../../topology/graph';
import { code } from '../markdown';
import type { Chapter } from './parking-lots';
import { block } from './shell';

/** Fails when no message came, and with it all that follows. */
const TAKE = [
  'aws sqs receive-message --queue-url "$PARKING_LOT" --max-number-of-messages 1 --visibility-timeout 300 --message-attribute-names All > parked.json',
  "jq -er '.Messages[0].Body' parked.json > body.json",
];
const DELETE = 'aws sqs delete-message --queue-url "$PARKING_LOT" --receipt-handle "$(jq -r \'.Messages[0].ReceiptHandle\' parked.json)"';

interface PutBack {
  /** Paragraphs and commands. */
  readonly how: readonly string[];
  /** Nodes at which events enter the flow again. */
  readonly starts: readonly string[];
}

/** How parked messages get back to where they failed: SQS moves what came from a queue; all else is handed over again as its giver did. */
export function putBack(chapter: Chapter, lot: Node, feeding: readonly Edge[]): PutBack {
  const { facts } = chapter;
  const queues = feeding.filter((edge) => edge.kind === 'sqs-redrive').map((edge) => facts.node(edge.from));
  const byHand = feeding.filter((edge) => edge.kind !== 'sqs-redrive' && !(edge.kind === 'lambda-write' && queues.length > 0));
  const ways = byHand.map((edge) => handedOverAgain(chapter, lot, edge));
  return {
    how: [...(queues.length > 0 ? moved(chapter, lot, queues) : []), ...ways.flatMap((way) => way.how)],
    starts: [...queues.map((queue) => queue.id), ...ways.flatMap((way) => way.starts)],
  };
}

function moved({ deployed }: Chapter, lot: Node, queues: readonly Node[]): string[] {
  // SQS knows where a message came from only if it moved the message itself; one that code put here needs to be told.
  const destination =
    queues.length === 1
      ? [
          deployed.setQueue('QUEUE', queues[0]!),
          'QUEUE_ARN=$(aws sqs get-queue-attributes --queue-url "$QUEUE" --attribute-names QueueArn --query Attributes.QueueArn --output text)',
        ]
      : [];
  return [
    `**Put back.** Slowly at first; SQS moves at most 500 messages a second, and one task per queue at a time.${queues.length > 1 ? ' Each message goes back to the queue that it came from; what code has put here itself stays.' : ''}`,
    block([
      deployed.setQueue('PARKING_LOT', lot),
      'PARKING_LOT_ARN=$(aws sqs get-queue-attributes --queue-url "$PARKING_LOT" --attribute-names QueueArn --query Attributes.QueueArn --output text)',
      ...destination,
      `aws sqs start-message-move-task --source-arn "$PARKING_LOT_ARN"${queues.length === 1 ? ' --destination-arn "$QUEUE_ARN"' : ''} --max-number-of-messages-per-second 20`,
      'aws sqs list-message-move-tasks --source-arn "$PARKING_LOT_ARN"',
    ]),
    'To stop it, take the handle of the running task:',
    block([
      'TASK=$(aws sqs list-message-move-tasks --source-arn "$PARKING_LOT_ARN" --query "Results[0].TaskHandle" --output text)',
      'aws sqs cancel-message-move-task --task-handle "$TASK"',
    ]),
  ];
}

/** SQS can't move back what no queue has put here. One message at a time: take it, hand it over, and delete it only after that has succeeded. */
function handedOverAgain({ facts, deployed }: Chapter, lot: Node, edge: Edge): PutBack {
  const from = facts.node(edge.from);
  const name = code(from.label);
  const prepare = (...names: readonly string[]) => [deployed.setQueue('PARKING_LOT', lot), ...names];
  const way = (words: string, names: readonly string[], ...acts: readonly string[]): PutBack => ({
    how: [`**Put back** what came from ${name}. ${words}`, block([...prepare(...names), ...chain(...TAKE, ...acts, DELETE)])],
    starts: [from.id],
  });
  if (from.kind === 'topic' && from.resource)
    return way(
      'The body is the notification. Publishing again reaches **every** subscriber, also those that had it:',
      [deployed.set('TOPIC', from.resource)],
      'aws sns publish --topic-arn "$TOPIC" --message "$(jq -r .Message body.json)"',
    );
  if (from.kind === 'asynchronous-invocation' && from.resource)
    return way(
      'The body is the event, or the record of a failure destination that holds it:',
      [deployed.set('FUNCTION', from.resource)],
      "jq 'if .requestPayload? then .requestPayload else . end' body.json > payload.json",
      'aws lambda invoke --function-name "$FUNCTION" --invocation-type Event --payload fileb://payload.json response.json',
    );
  const buses = facts.to(from.id).map((into) => facts.node(into.from));
  if (from.kind === 'rule' && buses.length > 0) {
    const bus = buses.length === 1 ? buses[0]!.resource : undefined;
    const entry = `{Source: .source, DetailType: .["detail-type"], Detail: (.detail | tojson), Resources: .resources${bus ? ', EventBusName: $bus' : ''}}`;
    return way(
      'The body is the event. Putting it on the bus again reaches **every** rule that matches it; events whose source begins with `aws.` can not be put:',
      bus ? [deployed.set('BUS', bus)] : [],
      `jq ${bus ? '--arg bus "$BUS" ' : ''}'[${entry}]' body.json > entries.json`,
      // The command succeeds also when the entry was refused.
      '[ "$(aws events put-events --entries file://entries.json --query FailedEntryCount --output text)" = 0 ]',
    );
  }
  if (from.kind === 'stream' || from.kind === 'table')
    return {
      how: [
        `**Put back** what came from ${name}. The body names the records, it does not hold them: they are read from the stream while it still keeps them.`,
        block([...prepare(), ...chain(...TAKE, ...readRecords(from.kind))]),
        'Hand them to the handler; delete the message after that has succeeded:',
        block([DELETE]),
      ],
      starts: [from.id],
    };
  return {
    how: [
      `**Put back** what came from ${name}: there is no command for it. Take a message, hand over what it says:`,
      block([...prepare(), ...chain(...TAKE)]),
      'Delete it after that has succeeded:',
      block([DELETE]),
    ],
    starts: facts.from(from.id).flatMap((one) => (one.role === 'failure' ? [] : [one.to])),
  };
}

function readRecords(kind: 'stream' | 'table'): string[] {
  const field = (key: string) => `"$(jq -r .${kind === 'stream' ? 'KinesisBatchInfo' : 'DDBStreamBatchInfo'}.${key} body.json)"`;
  const service = kind === 'stream' ? 'kinesis' : 'dynamodbstreams';
  const sequence = kind === 'stream' ? '--starting-sequence-number' : '--sequence-number';
  return [
    `ITERATOR=$(aws ${service} get-shard-iterator --stream-arn ${field('streamArn')} --shard-id ${field('shardId')} --shard-iterator-type AT_SEQUENCE_NUMBER ${sequence} ${field('startSequenceNumber')} --query ShardIterator --output text)`,
    `aws ${service} get-records --shard-iterator "$ITERATOR" --limit 100 > records.json`,
  ];
}

/** Each only after the one before has succeeded. */
function chain(...commands: readonly string[]): string[] {
  return commands.map((command, index) => (index < commands.length - 1 ? `${command} &&` : command));
}
