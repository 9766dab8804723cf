import type { Stack } from 'aws-cdk-lib';
import { resourcesOf } from './stacks';

export interface Statement {
  readonly effect: string;
  readonly actions: string[];
  readonly resources: unknown[];
}

interface PolicyProperties {
  readonly PolicyDocument: { readonly Statement: ReadonlyArray<{ Effect: string; Action: string | string[]; Resource: unknown }> };
  readonly Roles?: ReadonlyArray<{ readonly Ref: string }>;
}

/** Statements of the policies attached to roles whose logical id begins so. */
export function statementsOfRole(stack: Stack, logicalIdPrefix: string): Statement[] {
  return Object.values(resourcesOf(stack, 'AWS::IAM::Policy'))
    .map(({ Properties }) => Properties as unknown as PolicyProperties)
    .filter(({ Roles }) => Roles?.some(({ Ref }) => Ref.startsWith(logicalIdPrefix)))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .map(({ Effect, Action, Resource }) => ({ effect: Effect, actions: [Action].flat(), resources: [Resource].flat() }));
}

/** What the role may do, as `action on resource` with the resource shortened to the logical ids and texts in it. */
export function permissionsOfRole(stack: Stack, logicalIdPrefix: string): string[] {
  return statementsOfRole(stack, logicalIdPrefix)
    .flatMap(({ actions, resources }) => actions.flatMap((action) => resources.map((resource) => `${action} on ${shorten(resource)}`)))
    .sort();
}

function shorten(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  if (Array.isArray(resource)) return resource.map(shorten).join('');
  const [[intrinsic, value]] = Object.entries(resource as Record<string, unknown>) as [[string, unknown]];
  if (intrinsic === 'Fn::GetAtt') return withoutHash((value as string[])[0]!);
  if (intrinsic === 'Ref') return withoutHash(value as string);
  if (intrinsic === 'Fn::Join') return ((value as [string, unknown[]])[1] ?? []).map(shorten).join('');
  return JSON.stringify(resource);
}

function withoutHash(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '');
}
