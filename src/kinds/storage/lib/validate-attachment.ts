import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isDns1123Subdomain } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { validateVolumeSpec } from '../../core/lib/validate-persistent-volume.ts';
import { driverName } from '../../core/lib/validate-volume-sources.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { goShown } from '../../lib/go-shown.ts';
import { byteLength, dnsSubdomain, type Errors, invalidIf } from '../../lib/validate.ts';
import {
  type VolumeAttachmentSource,
  type VolumeAttachmentSpec,
  type VolumeAttachmentStatus,
  type VolumeError,
  volumeAttachmentSpec,
} from '../shapes/volume-attachment.ts';

interface AttachmentLike extends ApiObject {
  readonly spec: VolumeAttachmentSpec;
  readonly status: VolumeAttachmentStatus;
}
const mostMetadataBytes = 256 * 1024;
const mostMessageBytes = 1024;

function* validateSource({ inlineVolumeSpec: inline, persistentVolumeName: name }: VolumeAttachmentSource, path: string): Errors {
  const rule = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (inline === undefined && name === undefined) yield fieldError.required(path, rule);
  else if (inline !== undefined && name !== undefined) yield fieldError.forbidden(path, rule);
  else if (inline !== undefined) yield* validateVolumeSpec(inline, `${path}.inlineVolumeSpec`, { inline: true });
  else if (name === '') yield fieldError.required(`${path}.persistentVolumeName`, 'must specify non empty persistentVolumeName');
}
function* validateError(error: VolumeError | undefined, path: string): Errors {
  if (error === undefined) return;
  // The limit that is named is upstream's slip.
  if (byteLength(error.message ?? '') > mostMessageBytes) yield fieldError.tooLong(`${path}.message`, mostMetadataBytes);
  if ((error.errorCode ?? 0) < 0)
    yield fieldError.invalid(`${path}.errorCode`, error.errorCode, 'must be between 0 and 2147483647, inclusive');
}

/** ValidateVolumeAttachment and -Update, of the status too. */
export function* validateAttachment({ spec, status }: AttachmentLike, { old }: ValidationContext<AttachmentLike>): Errors {
  yield* driverName('spec.attacher', spec.attacher);
  yield* validateSource(spec.source, 'spec.source');
  yield* dnsSubdomain('spec.nodeName', spec.nodeName);
  let bytes = 0;
  for (const [key, text] of Object.entries(status.attachmentMetadata ?? {})) bytes += byteLength(key) + byteLength(text);
  if (bytes > mostMetadataBytes) yield fieldError.tooLong('status.attachmentMetadata', mostMetadataBytes);
  yield* validateError(status.attachError, 'status.attachError');
  yield* validateError(status.detachError, 'status.detachError');
  const { persistentVolumeName: name } = spec.source;
  if (name !== undefined) yield* invalidIf(isDns1123Subdomain(name), 'spec.source.persistentVolumeName', name);
  if (old !== undefined && !sameOrEmpty(spec, old.spec))
    yield fieldError.invalid('spec', goShown(volumeAttachmentSpec, spec), 'field is immutable');
}
