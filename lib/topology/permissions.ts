import type { Model, Resource } from './model';
import type { Value } from './value';

/** An `Allow` of a role: what may be done to which resources. */
export interface Allowed {
  readonly actions: readonly string[];
  readonly resources: Value;
  /** Policy or role it stands in. */
  readonly holder: Resource;
}

/** Statements of roles, gathered once from inline policies, policies and managed policies. */
export class Permissions {
  private readonly byRole = new Map<string, Allowed[]>();

  public constructor(private readonly model: Model) {
    for (const role of model.ofType('AWS::IAM::Role')) {
      for (const policy of role.get('Policies').items()) this.add(role, role, policy.get('PolicyDocument'));
      for (const arn of role.get('ManagedPolicyArns').items()) {
        for (const target of model.targets(arn)) {
          if (target.kind === 'resource' && target.resource.type === 'AWS::IAM::ManagedPolicy')
            this.add(role, target.resource, target.resource.get('PolicyDocument'));
        }
      }
    }
    for (const policy of model.ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy')) {
      for (const value of policy.get('Roles').items())
        for (const role of this.rolesOf(value)) this.add(role, policy, policy.get('PolicyDocument'));
    }
    for (const policy of model.ofType('AWS::IAM::RolePolicy')) {
      for (const role of this.rolesOf(policy.get('RoleName'))) this.add(role, policy, policy.get('PolicyDocument'));
    }
  }

  /** What the role in a property may do. */
  public of(role: Value): readonly Allowed[] {
    return this.rolesOf(role).flatMap((one) => this.byRole.get(one.id) ?? []);
  }

  private rolesOf(value: Value): Resource[] {
    return this.model.targets(value).flatMap((target) => {
      if (target.kind === 'resource') return target.resource.type === 'AWS::IAM::Role' ? [target.resource] : [];
      const named = target.kind === 'outside' ? this.model.byName('AWS::IAM::Role', target.text) : undefined;
      return named ? [named] : [];
    });
  }

  private add(role: Resource, holder: Resource, document: Value) {
    const list = this.byRole.get(role.id) ?? [];
    this.byRole.set(role.id, list);
    for (const statement of document.get('Statement').items()) {
      if (!statement.get('Effect').canBe('Allow')) continue;
      const actions = statement
        .get('Action')
        .items()
        .flatMap((action) => action.texts());
      list.push({ actions, resources: statement.get('Resource'), holder });
    }
  }
}

/** Whether an action in a policy, wildcards and all, covers an action of the API. */
export function covers(pattern: string, action: string): boolean {
  const wanted = action.toLowerCase();
  const given = pattern.toLowerCase();
  if (!given.includes('*') && !given.includes('?')) return given === wanted;
  // Linear: greedy matching of the parts between the stars, so that no policy can make it slow.
  const parts = given.split('*');
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const found =
      index === 0
        ? matchesAt(wanted, part, 0)
          ? 0
          : -1
        : index === parts.length - 1
          ? lastMatch(wanted, part, at)
          : firstMatch(wanted, part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return parts.length > 1 ? true : at === wanted.length;
}

function matchesAt(text: string, part: string, at: number): boolean {
  if (at < 0 || at + part.length > text.length) return false;
  for (let index = 0; index < part.length; index += 1) if (part[index] !== '?' && part[index] !== text[at + index]) return false;
  return true;
}

function firstMatch(text: string, part: string, from: number): number {
  for (let at = from; at + part.length <= text.length; at += 1) if (matchesAt(text, part, at)) return at;
  return -1;
}

function lastMatch(text: string, part: string, from: number): number {
  const at = text.length - part.length;
  return at >= from && matchesAt(text, part, at) ? at : -1;
}
