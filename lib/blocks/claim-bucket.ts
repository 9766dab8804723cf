import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { grantOnBodies, grantReadBodies, makeBodyBucket } from './body-bucket';
import { CLAIM_PREFIX } from './contract';
import { grantKey } from './grants';
import { tellTraffic } from './traffic';

/** Props of a {@link ClaimBucket}. */
export interface ClaimBucketProps {
  /** How long a message that refers to a body can live: queue, parking lot and a redrive together. Bodies expire a day later. */
  readonly messageLifetime: Duration;
  /**
   * Bodies up to this many bytes travel in the message and never come here; the cost model asks for it.
   *
   * @default 0
   */
  readonly inlineBytes?: number;
  /**
   * Key which encrypts the bodies.
   *
   * @default - a key that S3 owns
   */
  readonly encryptionKey?: IKey;
  /**
   * What happens to the bucket when it leaves the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Claim check: bodies over the queue's limit lie here and travel by reference. Private, TLS only, encrypted; bodies expire after every message that can refer to them.
 */
export class ClaimBucket extends Construct {
  /** The bucket. */
  public readonly bucket: IBucket;
  private readonly encryptionKey?: IKey;

  constructor(scope: Construct, id: string, props: ClaimBucketProps) {
    super(scope, id);
    this.encryptionKey = props.encryptionKey;
    this.bucket = makeBodyBucket(this, {
      expiry: 'expire-claims',
      prefix: CLAIM_PREFIX,
      needed: props.messageLifetime,
      encryptionKey: props.encryptionKey,
      removalPolicy: props.removalPolicy,
    });
    tellTraffic(this.bucket, { onlyAboveBytes: props.inlineBytes ?? 0, readsPerEvent: 1 });
  }

  /** Allows to leave bodies, not to read them. */
  public grantPut(grantee: IGrantable): Grant {
    grantKey(grantee, this.encryptionKey, ['kms:GenerateDataKey', 'kms:Decrypt']);
    return grantOnBodies(grantee, this.bucket, CLAIM_PREFIX, ['s3:PutObject']);
  }

  /** Allows to read bodies, not to change them. */
  public grantGet(grantee: IGrantable): Grant {
    grantKey(grantee, this.encryptionKey, ['kms:Decrypt']);
    return grantReadBodies(grantee, this.bucket, CLAIM_PREFIX);
  }
}
