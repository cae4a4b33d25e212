import type { AdmissionPlugin } from '../types.ts';

const finalizers: Readonly<Record<string, string>> = {
  '/PersistentVolume': 'kubernetes.io/pv-protection',
  '/PersistentVolumeClaim': 'kubernetes.io/pvc-protection',
  'storage.k8s.io/VolumeAttributesClass': 'kubernetes.io/vac-protection',
};

/** Keeps volumes, claims and attribute classes until nobody uses them: controllers take the finalizer away. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  mutate({ kind, operation, subresource, object }) {
    const finalizer = finalizers[`${kind.group}/${kind.kind}`];
    if (finalizer === undefined || operation !== 'CREATE' || subresource !== '') return;
    const present: readonly string[] = object.metadata.finalizers ?? [];
    if (!present.includes(finalizer)) object.metadata.finalizers = [...present, finalizer];
  },
};
