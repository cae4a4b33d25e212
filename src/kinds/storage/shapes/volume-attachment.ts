import { bool, int32, map, object, opt, optional, ptr, required, shape, type ShapeOf, string, time } from '../../../api/schema.ts';
import { persistentVolumeSpec } from '../../core/shapes/persistent-volume.ts';

export const volumeAttachmentSource = shape('io.k8s.api.storage.v1.VolumeAttachmentSource', {
  persistentVolumeName: ptr(string(1)),
  inlineVolumeSpec: ptr(object(2, persistentVolumeSpec)),
});
export interface VolumeAttachmentSource extends ShapeOf<typeof volumeAttachmentSource> {}

export const volumeAttachmentSpec = shape('io.k8s.api.storage.v1.VolumeAttachmentSpec', {
  attacher: string(1),
  source: required(object(2, volumeAttachmentSource)),
  nodeName: string(3),
});
export interface VolumeAttachmentSpec extends ShapeOf<typeof volumeAttachmentSpec> {}

export const volumeError = shape('io.k8s.api.storage.v1.VolumeError', {
  time: optional(time(1)),
  message: opt(string(2)),
  errorCode: ptr(int32(3)),
});
export interface VolumeError extends ShapeOf<typeof volumeError> {}

export const volumeAttachmentStatus = shape('io.k8s.api.storage.v1.VolumeAttachmentStatus', {
  attached: bool(1),
  attachmentMetadata: opt(map(2, string(0))),
  attachError: ptr(object(3, volumeError)),
  detachError: ptr(object(4, volumeError)),
});
export interface VolumeAttachmentStatus extends ShapeOf<typeof volumeAttachmentStatus> {}
