import type { Template } from './template-reduction';

const SUBSTITUTION = /\$\{([A-Za-z0-9]+)\}/g;

/**
 * To CloudFormation a `Ref` to a secret is its ARN, to the engine its name: a policy that names the secret would permit nothing. The attribute `Id` is
 * the ARN to both, so every reference becomes one to that.
 */
export function referToSecretsByArn(template: Template): Template {
  const resources = template.Resources ?? {};
  const secrets = new Set(Object.keys(resources).filter((id) => resources[id]?.Type === 'AWS::SecretsManager::Secret'));
  return secrets.size === 0 ? template : (rewritten(template, secrets) as Template);
}

function rewritten(node: unknown, secrets: ReadonlySet<string>): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((item) => rewritten(item, secrets));
  const { Ref: ref, 'Fn::Sub': sub, ...others } = node as Record<string, unknown>;
  if (typeof ref === 'string' && secrets.has(ref)) return { 'Fn::GetAtt': [ref, 'Id'] };
  if (sub !== undefined && Object.keys(others).length === 0) return { 'Fn::Sub': substituted(sub, secrets) };
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, rewritten(value, secrets)]));
}

function substituted(sub: unknown, secrets: ReadonlySet<string>): unknown {
  const [text, variables] = Array.isArray(sub) ? sub : [sub, undefined];
  if (typeof text !== 'string') return sub;
  const own = typeof variables === 'object' && variables !== null ? variables : {};
  const replaced = text.replace(SUBSTITUTION, (whole, id: string) => (secrets.has(id) && !Object.hasOwn(own, id) ? `\${${id}.Id}` : whole));
  return variables === undefined ? replaced : [replaced, rewritten(variables, secrets)];
}
