import type { Draft } from '../../../api/kind.ts';
import type { PersistentVolumeSpec } from '../shapes/persistent-volume.ts';
import type { Volume } from '../shapes/volumes.ts';

type Source = 'hostPath' | 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO';
type Sources = Partial<Pick<Draft<Volume>, Source>> | Partial<Pick<Draft<PersistentVolumeSpec>, Source>>;

/** Defaults of the volume sources that pods and persistent volumes share (zz_generated.defaults.go of core/v1). */
export function defaultVolumeSources({ hostPath, iscsi, rbd, azureDisk, scaleIO }: Sources): void {
  if (hostPath !== undefined) hostPath.type ??= '';
  if (iscsi !== undefined) iscsi.iscsiInterface ||= 'default';
  if (rbd !== undefined) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (azureDisk !== undefined) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
    azureDisk.kind ??= 'Shared';
  }
  if (scaleIO !== undefined) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
}
