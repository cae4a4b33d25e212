import { compareQuantities } from '../../api/quantity.ts';
import { storageClassOf } from '../../kinds/core/lib/claim-strategy.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { isCore, refuse } from './lib/refuse.ts';

async function mayGrow(context: AdmissionContext): Promise<boolean> {
  const name = storageClassOf(context.object);
  if (name === '' || name !== storageClassOf(context.old as never)) return false;
  const { resources } = context.deps;
  const kind = resources.kinds.byKind('storage.k8s.io', 'StorageClass');
  const found: any = kind === undefined ? undefined : await resources.get(kind, { name });
  return found?.allowVolumeExpansion === true;
}

/** A claim grows only when it is bound and its class lets it. */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  async validate(context) {
    if (!isCore(context, 'PersistentVolumeClaim') || context.operation !== 'UPDATE') return;
    const old = context.old as any;
    const size = (claim: any): string => claim.spec.resources?.requests?.storage ?? '0';
    if (compareQuantities(size(context.object), size(old)) <= 0) return;
    if (old.status?.phase !== 'Bound') throw refuse(context, 'Only bound persistent volume claims can be expanded');
    if (await mayGrow(context)) return;
    const why = 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
    throw refuse(context, why);
  },
};
