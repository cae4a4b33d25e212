import { type ApiObject, controllerOf } from '../../../api/meta.ts';

/** 'daemonset.apps/name' of what controls an object, or '<none>'. */
export function controllerName(object: ApiObject): string {
  const owner = controllerOf(object);
  if (owner === undefined) return '<none>';
  const slash = owner.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : `.${owner.apiVersion.slice(0, slash)}`;
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}
