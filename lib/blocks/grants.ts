import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge';

/** Allows exactly these actions on exactly this resource. The CDK's own grants often allow more, some with wildcards. */
export function grantActions(grantee: IGrantable, resourceArn: string, actions: string[]): Grant {
  return Grant.addToPrincipal({ grantee, actions, resourceArns: [resourceArn] });
}

/** Allows to list the objects of a bucket whose keys match, and no others. */
export function grantList(grantee: IGrantable, bucketArn: string, keys: string): Grant {
  const conditions = { StringLike: { 's3:prefix': [keys] } };
  return Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [bucketArn], conditions });
}

/**
 * Allows exactly these actions on resources whose names are only known at run time.
 *
 * @param resourceArn with a wildcard for what is not known
 * @param reason why nothing narrower can be named
 */
export function grantOnWildcard(grantee: IGrantable, resourceArn: string, actions: string[], reason: string): Grant {
  const { grantPrincipal } = grantee;
  if (Construct.isConstruct(grantPrincipal)) acknowledgeWildcard(grantPrincipal, Stack.of(grantPrincipal).resolve(resourceArn), reason);
  return grantActions(grantee, resourceArn, actions);
}

/** Allows use of the key, if there is one, on both sides: in the grantee's policy and, where the key is foreign, in the key's. */
export function grantKey(grantee: IGrantable, key: IKey | undefined, actions: string[]) {
  key?.grant(grantee, ...actions);
}
