import type { Resource } from '../model';
import type { Reading } from '../reading';
import type { Value } from '../value';

/** Lists of a notification configuration, and where in an entry the target stands. CloudFormation and the S3 API call it differently. */
const LISTS: ReadonlyArray<readonly [list: string, target: readonly string[]]> = [
  ['LambdaConfigurations', ['Function']],
  ['LambdaFunctionConfigurations', ['LambdaFunctionArn']],
  ['QueueConfigurations', ['Queue', 'QueueArn']],
  ['TopicConfigurations', ['Topic', 'TopicArn']],
];

/** Notifications of buckets: as a property of the bucket, or as the custom resource that the CDK makes. */
export function readBuckets(reading: Reading): void {
  for (const [id, configuration, holder] of configurations(reading)) {
    for (const [list, keys] of LISTS) {
      for (const entry of configuration.get(list).items()) {
        for (const key of keys) {
          const target = entry.get(key);
          if (target.isAbsent) continue;
          for (const to of reading.places(holder, target, `${list}.${key}`, 'asynchronous'))
            notify(reading, nodeOf(reading, id), to, holder, !entry.get('Filter').isAbsent);
        }
      }
    }
  }
}

/** S3 keeps trying to hand over, for a time it doesn't document; what follows are the target's rules. */
function notify(reading: Reading, bucket: string, to: string, holder: Resource, filtered: boolean) {
  reading.builder.edge({
    from: bucket,
    to,
    kind: 's3-notification',
    role: 'delivery',
    via: [holder.ref],
    handOverAttempts: 'unknown',
    sizeLimitBytes: reading.accepts(to, 'asynchronous'),
    filtered,
  });
}

/** Buckets that send their events to EventBridge. */
export function bucketsWithEventBridge(reading: Reading): Resource[] {
  const ids = configurations(reading).flatMap(([node, configuration]) => {
    const eventBridge = configuration.get('EventBridgeConfiguration');
    return !eventBridge.isAbsent && !eventBridge.get('EventBridgeEnabled').mayBeFalse() ? [node] : [];
  });
  return ids.flatMap((id) => reading.model.resources.get(id) ?? []);
}

function nodeOf(reading: Reading, id: string): string {
  const bucket = reading.model.resources.get(id);
  return bucket ? reading.builder.node(bucket) : id;
}

function configurations(reading: Reading): Array<readonly [bucket: string, configuration: Value, holder: Resource]> {
  const { model } = reading;
  return [
    ...model.ofType('AWS::S3::Bucket').map((bucket) => [bucket.id, bucket.get('NotificationConfiguration'), bucket] as const),
    ...model.ofType('Custom::S3BucketNotifications').flatMap((custom) =>
      model.targets(custom.get('BucketName'), ['AWS::S3::Bucket']).map((target) => {
        const node =
          target.kind === 'resource' && target.resource.type === 'AWS::S3::Bucket'
            ? target.resource.id
            : reading.builder.targetNode(target, custom, 'BucketName');
        return [node, custom.get('NotificationConfiguration'), custom] as const;
      }),
    ),
  ];
}
