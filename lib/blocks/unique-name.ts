import { Aws, Fn, Names } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * A physical name where one is needed: built as CloudFormation would, from stack, path and the stack's own id, unique for each deployment of a stack, so that
 * what an earlier one left behind is never in the way.
 */
export function uniqueNameOf(scope: Construct, prefix = ''): string {
  const suffix = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
  const name = Names.uniqueResourceName(scope, { maxLength: 60, separator: '-' });
  return `${prefix}${name}-${suffix}`;
}
