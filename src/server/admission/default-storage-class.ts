import { storageClassAnnotation } from '../../kinds/core/lib/claim-strategy.ts';
import { newestDefault } from '../../kinds/storage/lib/default-class.ts';
import type { AdmissionPlugin } from '../types.ts';
import { isCore } from './lib/refuse.ts';

/** Gives claims that name no class the default one, of several the newest. Asking for '' is asking for none. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  async mutate(context) {
    if (!isCore(context, 'PersistentVolumeClaim') || context.operation !== 'CREATE') return;
    const { metadata, spec } = context.object;
    if ((spec.storageClassName ?? metadata.annotations?.[storageClassAnnotation]) !== undefined) return;
    const { resources } = context.deps;
    const kind = resources.kinds.byKind('storage.k8s.io', 'StorageClass');
    const chosen = kind === undefined ? undefined : newestDefault(await resources.list(kind));
    if (chosen !== undefined) spec.storageClassName = chosen.metadata.name;
  },
};
