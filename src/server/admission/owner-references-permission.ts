import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { refuse } from './lib/refuse.ts';

const ownersOf = (object: any): readonly any[] => object?.metadata?.ownerReferences ?? [];

async function may(
  context: AdmissionContext,
  verb: string,
  group: string,
  resource: string,
  subresource: string,
  name: string,
): Promise<boolean> {
  const verdict = await context.deps.authorize({
    identity: context.identity,
    verb,
    group,
    version: '*',
    resource,
    subresource,
    namespace: context.namespace,
    name,
    path: '',
    isResource: true,
  });
  return verdict.decision === 'allow';
}

/** Who changes an object's owners must be allowed to delete it; who blocks an owner's deletion, to finalize the owner. Off by default. */
export const ownerReferencesPermission: AdmissionPlugin = {
  name: 'OwnerReferencesPermissionEnforcement',
  async validate(context) {
    const { operation, kind, object } = context;
    if ((operation !== 'CREATE' && operation !== 'UPDATE') || (context.subresource !== '' && context.subresource !== 'status')) return;
    if (kind.group === '' && kind.kind === 'Pod' && context.subresource === 'status') return;
    if (JSON.stringify(ownersOf(object)) === JSON.stringify(ownersOf(context.old))) return;
    const name = context.name || (object.metadata.name ?? '');
    if (operation === 'UPDATE' && !(await may(context, 'delete', kind.group, kind.plural, '', name)))
      throw refuse(context, "cannot set an ownerRef on a resource you can't delete: ");
    const blocked = new Set(
      ownersOf(context.old)
        .filter((owner) => owner.blockOwnerDeletion === true)
        .map((owner) => owner.uid),
    );
    for (const owner of ownersOf(object)) {
      if (owner.blockOwnerDeletion !== true || blocked.has(owner.uid)) continue;
      const [version, group = ''] = String(owner.apiVersion).split('/').reverse();
      const ownerKind = context.deps.resources.kinds.byKind(group, owner.kind, version);
      const allowed = ownerKind !== undefined && (await may(context, 'update', group, ownerKind.plural, 'finalizers', owner.name));
      if (!allowed)
        throw refuse(context, "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ");
    }
  },
};
