import type { Edge, Node } from '../../topology/graph';
import type { Resource } from '../../topology/model';
import { covers } from '../../topology/permissions';
import type { Value } from '../../topology/value';
import type { Facts } from '../facts';
import type { Rule } from '../rule';

/** Services that use the receiver's key as themselves, not through a role. */
const PRINCIPALS: Readonly<Record<string, string>> = {
  topic: 'sns.amazonaws.com',
  rule: 'events.amazonaws.com',
  bucket: 's3.amazonaws.com',
  alarm: 'cloudwatch.amazonaws.com',
};
const NEEDED = ['kms:GenerateDataKey', 'kms:Decrypt'];

export const lossEncryption: Rule = {
  id: 'loss-encryption',
  category: 'loss',
  severity: 'error',
  reason: 'A service that may not use the key of an encrypted topic or queue delivers nothing there, and says nothing.',
  source: 'https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html',
  *check(facts) {
    const seen = new Set<string>();
    for (const edge of facts.graph.edges) {
      const principal = PRINCIPALS[facts.node(edge.from).kind];
      if (principal === undefined || !isOfInterest(facts, edge) || seen.has(`${edge.to} ${principal}`)) continue;
      const receiver = facts.resource(edge.to);
      const fault = receiver ? faultOf(facts, facts.node(edge.to), receiver, principal) : undefined;
      if (!receiver || fault === undefined) continue;
      seen.add(`${edge.to} ${principal}`);
      yield {
        resources: [receiver.ref, ...facts.resourcesOf(edge.from)],
        path: [...facts.wayTo(edge.from).nodes, edge.to],
        message: `${facts.label(edge.from)} can't deliver to ${receiver.ref.logicalId}: ${fault}`,
        fix: `encrypt ${receiver.ref.logicalId} with a key of your own, and let ${principal} call kms:GenerateDataKey* and kms:Decrypt in its policy; or use SQS-managed encryption (SqsManagedSseEnabled) for a queue`,
      };
    }
  },
};

function isOfInterest(facts: Facts, edge: Edge): boolean {
  const { kind } = facts.node(edge.to);
  return (kind === 'queue' || kind === 'topic') && (facts.ways.reaches(edge.from) || facts.node(edge.from).kind === 'alarm');
}

function faultOf(facts: Facts, node: Node, receiver: Resource, principal: string): string | undefined {
  const keyId = receiver.get('KmsMasterKeyId');
  if (keyId.isAbsent) return undefined;
  if (keyId.texts().some((text) => /alias\/aws\/(?:sqs|sns)$/.test(text)))
    return `it is encrypted with the key that AWS manages, which ${principal} can not use`;
  const key = keyOf(facts, keyId);
  if (!key) return undefined;
  const admits = NEEDED.every((action) =>
    key
      .get('KeyPolicy', 'Statement')
      .items()
      .some(
        (statement) =>
          statement.get('Effect').canBe('Allow') && names(statement.get('Principal'), principal) && allows(statement.get('Action'), action),
      ),
  );
  return admits ? undefined : `the policy of its key ${key.ref.logicalId} does not let ${principal} use it for this ${node.kind}`;
}

function keyOf(facts: Facts, keyId: Value): Resource | undefined {
  const alias = facts.model.single(keyId, 'AWS::KMS::Alias');
  return facts.model.single(alias ? alias.get('TargetKeyId') : keyId, 'AWS::KMS::Key');
}

function names(principal: Value, service: string): boolean {
  const services = [principal, principal.get('Service'), principal.get('AWS')].flatMap((value) =>
    value.items().flatMap((item) => item.texts()),
  );
  return services.some((text) => text === '*' || text === service);
}

function allows(actions: Value, action: string): boolean {
  return actions.items().some((item) => item.texts().some((pattern) => covers(pattern, action)));
}
