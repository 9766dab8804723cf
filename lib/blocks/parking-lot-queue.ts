import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge';

export interface ParkingLotQueueProps {
  readonly encryptionKey?: IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/** A dead-letter queue for what a person has to look at: kept as long as SQS keeps anything, encrypted, TLS only. */
export function makeParkingLotQueue(scope: Construct, id: string, { encryptionKey, removalPolicy }: ParkingLotQueueProps): Queue {
  const queue = new Queue(scope, id, {
    enforceSSL: true,
    encryption: encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
    encryptionMasterKey: encryptionKey,
    retentionPeriod: PARKING_LOT_RETENTION,
    removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN,
  });
  for (const rule of ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy'])
    acknowledge(queue, rule, 'This queue is itself the parking lot: what it holds waits for a person.');
  return queue;
}

/** The longest that SQS keeps a message. */
export const PARKING_LOT_RETENTION = Duration.days(14);
