import type { Model, Resource } from '../../../topology';
import { covers, Permissions } from '../../../topology/permissions';

type Permitted = ReadonlyMap<string, readonly Resource[]>;

/** By action and resource; the same for every load. */
const KNOWN = new WeakMap<Model, { readonly permissions: Permissions; readonly byAction: Map<string, Permitted> }>();

/** Functions that may do this to a resource. */
export function functionsThatMay(model: Model, action: string, resource: Resource): readonly Resource[] {
  const known = KNOWN.get(model) ?? { permissions: new Permissions(model), byAction: new Map<string, Permitted>() };
  KNOWN.set(model, known);
  const permitted = known.byAction.get(action) ?? permittedBy(known.permissions, model, action);
  known.byAction.set(action, permitted);
  return permitted.get(resource.id) ?? [];
}

function permittedBy(permissions: Permissions, model: Model, action: string): Permitted {
  const permitted = new Map<string, Resource[]>();
  for (const one of model.ofType('AWS::Lambda::Function')) {
    const items = permissions
      .of(one.get('Role'))
      .filter(({ actions }) => actions.some((pattern) => covers(pattern, action)))
      .flatMap(({ resources }) => resources.items());
    const ids = items.flatMap((item) => model.targets(item).flatMap((target) => (target.kind === 'resource' ? [target.resource.id] : [])));
    for (const id of new Set(ids)) permitted.set(id, [...(permitted.get(id) ?? []), one]);
  }
  return permitted;
}
