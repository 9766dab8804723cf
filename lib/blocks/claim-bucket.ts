import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { CLAIM_PREFIX } from './contract';
import { grantActions, grantKey } from './grants';
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
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      encryption: props.encryptionKey ? BucketEncryption.KMS : BucketEncryption.S3_MANAGED,
      encryptionKey: props.encryptionKey,
      bucketKeyEnabled: props.encryptionKey ? true : undefined,
      lifecycleRules: [
        {
          id: 'expire-claims',
          prefix: CLAIM_PREFIX,
          expiration: Duration.days(Math.ceil(props.messageLifetime.toDays({ integral: false })) + 1),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    tellTraffic(this.bucket, { onlyAboveBytes: props.inlineBytes ?? 0, readsPerEvent: 1 });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Two functions of this construct read and write it, each object once; their own logs and traces name every access.',
    });
  }

  /** Allows to leave bodies, not to read them. */
  public grantPut(grantee: IGrantable): Grant {
    grantKey(grantee, this.encryptionKey, ['kms:GenerateDataKey', 'kms:Decrypt']);
    return this.grantOnClaims(grantee, 's3:PutObject');
  }

  /** Allows to read bodies, not to list or change them. */
  public grantGet(grantee: IGrantable): Grant {
    grantKey(grantee, this.encryptionKey, ['kms:Decrypt']);
    return this.grantOnClaims(grantee, 's3:GetObject');
  }

  private grantOnClaims(grantee: IGrantable, action: string): Grant {
    const logicalId = Stack.of(this).resolve((this.bucket.node.defaultChild as CfnBucket).logicalId);
    if (Construct.isConstruct(grantee.grantPrincipal)) {
      Validations.of(grantee.grantPrincipal).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>/${CLAIM_PREFIX}*]`,
        reason: 'The keys of bodies are made at run time; the prefix is the narrowest resource that can be named.',
      });
    }
    return grantActions(grantee, this.bucket.arnForObjects(`${CLAIM_PREFIX}*`), [action]);
  }
}
