import type { Model, Resource } from '../../../topology';
import { covers, Permissions } from '../../../topology/permissions';

/** The same for every load and every resource. */
const PERMISSIONS = new WeakMap<Model, Permissions>();

/** Functions that may do this to a resource. */
export function functionsThatMay(model: Model, action: string, resource: Resource): readonly Resource[] {
  const permissions = PERMISSIONS.get(model) ?? new Permissions(model);
  PERMISSIONS.set(model, permissions);
  return model.ofType('AWS::Lambda::Function').filter((one) =>
    permissions
      .of(one.get('Role'))
      .filter(({ actions }) => actions.some((pattern) => covers(pattern, action)))
      .flatMap(({ resources }) => resources.items())
      .some((item) => model.targets(item).some((target) => target.kind === 'resource' && target.resource.id === resource.id)),
  );
}
