import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';

/** Allows exactly these actions on exactly this resource. The CDK's own grants often allow more, some with wildcards. */
export function grantActions(grantee: IGrantable, resourceArn: string, actions: string[]): Grant {
  return Grant.addToPrincipal({ grantee, actions, resourceArns: [resourceArn] });
}

/** Allows use of the key, if there is one, on both sides: in the grantee's policy and, where the key is foreign, in the key's. */
export function grantKey(grantee: IGrantable, key: IKey | undefined, actions: string[]) {
  key?.grant(grantee, ...actions);
}
