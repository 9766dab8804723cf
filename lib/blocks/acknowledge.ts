import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Acknowledges a finding of cdk-nag on a construct, with the reason why it stands.
 *
 * Written as `Validations.acknowledge` records it: in older aws-cdk-lib of the range that refuses an id with more than one '::', as those of ARNs are.
 */
export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  construct.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, { [id]: reason });
}

/**
 * Acknowledges that a policy names more than one resource by a wildcard.
 *
 * @param resource as it stands in the template, resolved
 */
export function acknowledgeWildcard(construct: IConstruct, resource: unknown, reason: string): void {
  acknowledge(construct, `AwsSolutions-IAM5[Resource::${flat(resource)}]`, reason);
}

/** A resource as cdk-nag writes it in the id of a finding. */
function flat(part: unknown): string {
  if (typeof part === 'string') return part.replaceAll('${', '<').replaceAll('}', '>');
  const [[intrinsic, value]] = Object.entries(part as Record<string, unknown>) as [[string, unknown]];
  if (intrinsic === 'Ref') return `<${flat(value)}>`;
  if (intrinsic === 'Fn::GetAtt') return `<${(value as string[]).join('.')}>`;
  if (intrinsic === 'Fn::Join') {
    const [delimiter, parts] = value as [string, unknown[]];
    return parts.map(flat).join(delimiter);
  }
  return JSON.stringify(part);
}
