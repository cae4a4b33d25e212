import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { roundResources } from '../core/lib/round-resources.ts';
import { defaultVolumeSources } from '../core/lib/volume-defaults.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { validateAttachment } from './lib/validate-attachment.ts';
import { volumeAttachmentSpec, volumeAttachmentStatus } from './shapes/volume-attachment.ts';

export const VolumeAttachment = defineKind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  scope: 'Cluster',
  subresources: ['status'],
  resets: { status: ['metadata', 'spec'] },
  openApiName: 'io.k8s.api.storage.v1.VolumeAttachment',
  fields: {
    spec: required(object(2, volumeAttachmentSpec)),
    status: object(3, volumeAttachmentStatus),
  },
  validate: validateAttachment,
  defaults({ spec: { source } }) {
    const inline = source?.inlineVolumeSpec;
    if (inline === undefined) return;
    roundResources(inline.capacity);
    defaultVolumeSources(inline);
  },
  prepareForCreate(attachment) {
    attachment.status = { attached: false };
  },
  columns: [
    nameColumn,
    { name: 'Attacher', format: 'name', description: 'CSI driver that attaches the volume', value: ({ spec }) => spec.attacher },
    { name: 'PV', description: 'Volume that is attached', value: ({ spec }) => spec.source.persistentVolumeName ?? '' },
    { name: 'Node', description: 'Node that the volume is attached to', value: ({ spec }) => spec.nodeName },
    { name: 'Attached', type: 'boolean', description: 'Whether it is done', value: ({ status }) => status.attached },
    ageColumn,
  ],
});
export interface VolumeAttachment extends ObjectOf<typeof VolumeAttachment> {}
