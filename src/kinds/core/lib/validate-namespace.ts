import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isQualifiedName } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { type Errors, invalidIf } from '../../lib/validate.ts';
import type { NamespaceSpec, NamespaceStatus } from '../shapes/namespace.ts';

interface NamespaceLike extends ApiObject {
  readonly spec: NamespaceSpec;
  readonly status: NamespaceStatus;
}
const standard = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** ValidateNamespace, -StatusUpdate and -FinalizeUpdate. */
export function* validateNamespace({ metadata, spec, status }: NamespaceLike, { subresource }: ValidationContext<NamespaceLike>): Errors {
  if (subresource === 'status') {
    const expected = metadata.deletionTimestamp === undefined ? 'Active' : 'Terminating';
    const rule = `may only be '${expected}' if \`deletionTimestamp\` is ${expected === 'Active' ? 'empty' : 'not empty'}`;
    if (status.phase !== expected) yield fieldError.invalid('status.Phase', status.phase ?? '', rule);
    return;
  }
  for (const [index, finalizer] of (spec.finalizers ?? []).entries()) {
    const at = subresource === 'finalize' ? `spec.finalizers[${index}]` : 'spec.finalizers';
    yield* invalidIf(isQualifiedName(finalizer), at, finalizer);
    if (!finalizer.includes('/') && !standard.has(finalizer))
      yield fieldError.invalid(at, finalizer, 'name is neither a standard finalizer name nor is it fully qualified');
  }
}
