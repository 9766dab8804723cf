import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type Resource, resourcesOf } from './stacks';

/** Logical ids that a part of a template refers to. */
export function referencesIn(part: unknown): string[] {
  if (Array.isArray(part)) return part.flatMap(referencesIn);
  if (part === null || typeof part !== 'object') return [];
  return Object.entries(part).flatMap(([name, value]) => {
    if (name === 'Ref') return [String(value)];
    if (name === 'Fn::GetAtt') return [String(Array.isArray(value) ? value[0] : value)];
    return referencesIn(value);
  });
}

/** Logical ids of queues which another queue names as its dead-letter queue. */
export function deadLetterQueues(stack: Stack): string[] {
  return Object.values(resourcesOf(stack, 'AWS::SQS::Queue')).flatMap(({ Properties }) => referencesIn(Properties.RedrivePolicy));
}

export function alarmsOn(stack: Stack, queue: string): Resource[] {
  return Object.values(resourcesOf(stack, 'AWS::CloudWatch::Alarm')).filter(({ Properties }) =>
    referencesIn(Properties.Dimensions).includes(queue),
  );
}

/** Logical ids that begin so, with their types. A version's id ends with a hash of what it runs: it is masked. */
export function logicalIds(stack: Stack, prefix: string): Record<string, string> {
  const { Resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, Resource> };
  const masked = Object.entries(Resources)
    .filter(([id]) => id.startsWith(prefix))
    .map(([id, { Type }]) => [Type === 'AWS::Lambda::Version' ? id.replace(/[0-9a-f]{32}$/, '<hash>') : id, Type]);
  return Object.fromEntries(masked.sort());
}
