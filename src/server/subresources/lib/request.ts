import { updateManagedFields } from '../../../api/apply.ts';
import { formatTime } from '../../../api/gotime.ts';
import type { AnyKind, Draft } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { badRequest, internalError, notFound } from '../../../api/status.ts';
import type { Reply } from '../../../client/call.ts';
import { decodeBody, valueOf } from '../../lib/decoding.ts';
import type { Admission, AdmissionContext, Operation, ServerDeps, SubresourceRequest, WriteContext } from '../../types.ts';

/** The Status of success that a POST without an object of its own answers with. */
export const created: Reply = {
  code: 201,
  type: 'object',
  object: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
};

export function kindOf(deps: Pick<ServerDeps, 'resources'>, group: string, kind: string): AnyKind {
  const known = deps.resources.kinds.byKind(group, kind);
  if (known === undefined) throw internalError(`${kind} is not served`);
  return known;
}

/** The stored object that a request is about. */
export async function target(request: Pick<SubresourceRequest, 'kind' | 'key'>, deps: Pick<ServerDeps, 'resources'>): Promise<any> {
  const found = await deps.resources.get(request.kind, request.key);
  if (found === undefined) throw notFound({ group: request.kind.group, resource: request.kind.plural }, request.key.name);
  return found;
}

/** The body as an object of its own kind, defaulted. */
export function bodyOf(request: SubresourceRequest, deps: ServerDeps, group: string, kind: string): Draft<any> {
  const known = deps.resources.kinds.byKind(group, kind);
  if (known !== undefined) return decodeBody(known, request.body, request.options, request.warn);
  const value = valueOf(request.body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest(`the body is not a ${kind}`);
  return structuredClone(value);
}

export const writeContext = (request: SubresourceRequest, more: Partial<WriteContext> = {}): WriteContext => ({
  identity: request.identity,
  dryRun: request.options.dryRun,
  warn: request.warn,
  fieldManager: request.fieldManager,
  annotate: request.annotate,
  ...more,
});

/** What is posted gets its namespace and the manager of its fields before anybody looks at it, as what is stored does. */
function stamp(
  { key, subresource, fieldManager }: Pick<SubresourceRequest, 'key' | 'subresource'> & { readonly fieldManager?: string },
  deps: ServerDeps,
  object: Draft<any>,
): void {
  const { apiVersion = '', kind: name } = object as Partial<ApiObject>;
  const slash = apiVersion.indexOf('/');
  const kind = deps.resources.kinds.byKind(slash < 0 ? '' : apiVersion.slice(0, slash), name ?? '', apiVersion.slice(slash + 1));
  if (kind === undefined || fieldManager === undefined) return;
  object.metadata ??= {};
  if (kind.scope === 'Namespaced' && key.namespace !== undefined) object.metadata.namespace ||= key.namespace;
  const time = formatTime(deps.clock.now());
  const { metadata } = updateManagedFields({
    kind,
    old: undefined,
    updated: object,
    manager: fieldManager,
    subresource,
    time,
  }) as ApiObject;
  if (metadata.managedFields !== undefined) object.metadata.managedFields = metadata.managedFields;
}

/** Runs admission over an object that belongs to a subresource. */
export async function admit(
  request: Pick<SubresourceRequest, 'kind' | 'subresource' | 'key' | 'identity'> &
    Partial<Pick<SubresourceRequest, 'options' | 'warn' | 'annotate' | 'fieldManager'>>,
  deps: ServerDeps & { readonly admission: Admission },
  operation: Operation,
  object: Draft<any>,
  old?: ApiObject,
): Promise<void> {
  const options = request.options ?? {};
  if (operation === 'CREATE') stamp(request, deps, object);
  const context: AdmissionContext = {
    operation,
    verb: operation.toLowerCase(),
    kind: request.kind,
    subresource: request.subresource,
    namespace: request.key.namespace ?? '',
    name: request.key.name,
    object,
    old,
    options,
    identity: request.identity,
    dryRun: options.dryRun === true,
    warn: request.warn ?? (() => undefined),
    annotate: request.annotate ?? (() => undefined),
    together() {
      throw internalError(`nothing can be stored together with ${request.kind.plural}/${request.subresource}`);
    },
    deps,
  };
  await deps.admission.mutate(context);
  await deps.admission.validate(context);
}
