import type { AnyKind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { applyJsonPatch } from '../../api/patch-json.ts';
import { applyMergePatch } from '../../api/patch-merge.ts';
import { applyStrategicPatch } from '../../api/patch-strategic.ts';
import { badRequest, StatusError } from '../../api/status.ts';
import { valueOf } from './decoding.ts';

/** The object after a patch; not decoded, defaulted or checked yet. Throws 400, 413, 415 or 422. */
export function patched(kind: AnyKind, type: 'json' | 'merge' | 'strategic', current: ApiObject, body: unknown): object {
  const patch = valueOf(body);
  if (type === 'json') return applyJsonPatch(current, patch) as object;
  if (type === 'merge') {
    if (Array.isArray(patch) || typeof patch !== 'object') throw badRequest(`error decoding patch: ${notMap(patch)}`);
    return applyMergePatch(current, patch) as object;
  }
  if (kind.custom !== undefined) {
    throw new StatusError(
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    );
  }
  return applyStrategicPatch(kind, current, patch) as object;
}

function notMap(patch: unknown): string {
  const what = Array.isArray(patch) ? 'array' : typeof patch === 'boolean' ? 'bool' : typeof patch;
  return `json: cannot unmarshal ${what} into Go value of type map[string]interface {}`;
}
