import type { Draft } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { badRequest, conflict, StatusError } from '../../../api/status.ts';
import type { Reply } from '../../../client/call.ts';
import { decodeBody } from '../../lib/decoding.ts';
import { patched } from '../../lib/patching.ts';
import type { Subresource, SubresourceDeps, SubresourceRequest } from '../../types.ts';
import { target, writeContext } from './request.ts';

/** What the caller wants the object to be, given how it is. */
function wanted(request: SubresourceRequest, current: ApiObject): Draft<any> {
  const { kind, patchType, options, warn, key } = request;
  if (request.verb === 'patch' && patchType === 'apply')
    throw new StatusError(415, 'UnsupportedMediaType', 'apply is not supported on this subresource');
  const body = request.verb === 'patch' ? patched(kind, patchType as 'json' | 'merge' | 'strategic', current, request.body) : request.body;
  const object = decodeBody(kind, body, options, warn);
  if (object.metadata.name !== key.name)
    throw badRequest(`the name of the object (${object.metadata.name ?? ''}) does not match the name on the URL (${key.name})`);
  const version = object.metadata.resourceVersion;
  if (version && version !== '0' && version !== current.metadata.resourceVersion)
    throw conflict({ group: kind.group, resource: kind.plural }, key.name);
  return object;
}

/** GET, PUT and PATCH of a subresource that shows the whole object but lets only a part of it change: `take` copies that part. */
export function partialUpdate(take: (draft: Draft<any>, from: Draft<any>) => void): Subresource['verbs'] {
  const get = async (request: SubresourceRequest, deps: SubresourceDeps): Promise<Reply> => ({
    code: 200,
    type: 'object',
    object: await target(request, deps),
  });
  const write = async (request: SubresourceRequest, deps: SubresourceDeps): Promise<Reply> => {
    const change = (draft: Draft<any>, current: ApiObject) => take(draft, wanted(request, current));
    const object = await deps.resources.change(request.kind, request.key, request.subresource, change, writeContext(request));
    return { code: 200, type: 'object', object };
  };
  return { get, update: write, patch: write };
}
