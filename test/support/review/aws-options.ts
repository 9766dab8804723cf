interface Options {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** Options of the operations which runbooks use, from the AWS CLI Command Reference. Global options and those of its pagination are left out. */
export const KNOWN_OPTIONS: Readonly<Record<string, Options>> = {
  'cloudformation describe-stack-resource': { required: ['--stack-name', '--logical-resource-id'], optional: [] },
  'cloudwatch describe-alarm-history': { required: [], optional: ['--alarm-name', '--history-item-type'] },
  'cloudwatch describe-alarms': { required: [], optional: ['--alarm-names', '--alarm-types'] },
  'cloudwatch get-metric-statistics': {
    required: ['--namespace', '--metric-name', '--start-time', '--end-time', '--period'],
    optional: ['--start-time', '--end-time'],
  },
  'dynamodbstreams get-records': { required: ['--shard-iterator'], optional: ['--limit'] },
  'dynamodbstreams get-shard-iterator': {
    required: ['--stream-arn', '--shard-id', '--shard-iterator-type'],
    optional: ['--sequence-number'],
  },
  'events put-events': { required: ['--entries'], optional: [] },
  'kinesis get-records': { required: ['--shard-iterator'], optional: ['--limit'] },
  'kinesis get-shard-iterator': {
    required: ['--shard-id', '--shard-iterator-type'],
    optional: ['--stream-arn', '--stream-name', '--starting-sequence-number'],
  },
  'lambda invoke': { required: ['--function-name'], optional: ['--invocation-type', '--payload'] },
  'logs get-query-results': { required: ['--query-id'], optional: [] },
  'logs start-query': { required: ['--start-time', '--end-time', '--query-string'], optional: ['--log-group-name'] },
  's3api list-objects-v2': { required: ['--bucket'], optional: [] },
  'sns publish': { required: ['--message'], optional: ['--topic-arn'] },
  'sqs cancel-message-move-task': { required: ['--task-handle'], optional: [] },
  'sqs delete-message': { required: ['--queue-url', '--receipt-handle'], optional: [] },
  'sqs get-queue-attributes': { required: ['--queue-url'], optional: ['--attribute-names'] },
  'sqs get-queue-url': { required: ['--queue-name'], optional: ['--queue-owner-aws-account-id'] },
  'sqs list-message-move-tasks': { required: ['--source-arn'], optional: [] },
  'sqs receive-message': {
    required: ['--queue-url'],
    optional: ['--max-number-of-messages', '--visibility-timeout', '--message-attribute-names', '--attribute-names'],
  },
  'sqs start-message-move-task': { required: ['--source-arn'], optional: ['--destination-arn', '--max-number-of-messages-per-second'] },
  'stepfunctions get-execution-history': { required: ['--execution-arn'], optional: ['--reverse-order'] },
  'stepfunctions list-executions': { required: [], optional: ['--state-machine-arn', '--status-filter'] },
  'stepfunctions redrive-execution': { required: ['--execution-arn'], optional: [] },
};
