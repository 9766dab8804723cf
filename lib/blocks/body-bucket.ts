import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { grantActions, grantOnWildcard } from './grants';

export interface BodyBucketProps {
  /** Name of the rule by which bodies expire. */
  readonly expiry: string;
  /** What their keys begin with. */
  readonly prefix: string;
  /** How long they are needed. They expire a day later, because S3 counts from the next midnight. */
  readonly needed: Duration;
  readonly encryptionKey?: IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/** A bucket for bodies of messages: private, TLS only, encrypted; bodies expire by themselves. */
export function makeBodyBucket(scope: Construct, props: BodyBucketProps): Bucket {
  const bucket = new Bucket(scope, 'Bucket', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    encryption: props.encryptionKey ? BucketEncryption.KMS : BucketEncryption.S3_MANAGED,
    encryptionKey: props.encryptionKey,
    bucketKeyEnabled: props.encryptionKey ? true : undefined,
    lifecycleRules: [
      {
        id: props.expiry,
        prefix: props.prefix,
        expiration: Duration.days(Math.ceil(props.needed.toDays({ integral: false })) + 1),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
    removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason: 'Only functions of this construct read and write it; their own logs and traces name every access.',
  });
  return bucket;
}

/** Allows this on the bodies under their prefix. */
export function grantOnBodies(grantee: IGrantable, bucket: IBucket, prefix: string, actions: string[]): Grant {
  return grantOnWildcard(
    grantee,
    bucket.arnForObjects(`${prefix}*`),
    actions,
    'The keys of bodies are made at run time; the prefix is the narrowest resource that can be named.',
  );
}

/**
 * Allows to read bodies, and to learn that one is missing: whoever may not list the bucket is told that access is denied, which looks like a fault that passes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function grantReadBodies(grantee: IGrantable, bucket: IBucket, prefix: string): Grant {
  return grantOnBodies(grantee, bucket, prefix, ['s3:GetObject']).combine(grantActions(grantee, bucket.bucketArn, ['s3:ListBucket']));
}
