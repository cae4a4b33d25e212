import { updateManagedFields } from '../../../api/apply.ts';
import { formatTime } from '../../../api/gotime.ts';
import type { AnyKind, Draft } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { asDeclared } from '../../../api/order.ts';
import { internalError, notFound } from '../../../api/status.ts';
import type { Reply } from '../../../client/call.ts';
import { decodeBody } from '../../lib/decoding.ts';
import { dropDuplicateOwners } from '../../lib/owners.ts';
import type { Admission, AdmissionContext, Operation, ServerDeps, SubresourceRequest, WriteContext } from '../../types.ts';
import { settleNamespace } from '../../verbs/engine.ts';

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

export const writeContext = (request: SubresourceRequest, more: Partial<WriteContext> = {}): WriteContext => ({
  identity: request.identity,
  dryRun: request.options.dryRun,
  warn: request.warn,
  fieldManager: request.fieldManager,
  annotate: request.annotate,
  ...more,
});

/** An object that was posted and is not stored. */
export interface Posted {
  readonly object: Draft<any>;
  /** Admission that refuses, for when the object itself is found to be right. */
  readonly validate: () => Promise<void>;
}

/**
 * The body of a POST as an object of `kind`, as far as upstream takes each before its handler sees it: decoded, without what only a server
 * says (unless `keepsSystemFields`), in its namespace, with the manager of its fields, past admission that changes it.
 */
export async function posted(
  request: SubresourceRequest,
  deps: ServerDeps & { readonly admission: Admission },
  kind: AnyKind,
  { keepsSystemFields = false }: { readonly keepsSystemFields?: boolean } = {},
): Promise<Posted> {
  const object = decodeBody(kind, request.body, request.options, request.warn);
  const metadata: Draft<any> = object.metadata;
  if (!keepsSystemFields) for (const field of systemFields) delete metadata[field];
  settleNamespace(request, object);
  dropDuplicateOwners(object, request.warn);
  const { managedFields } = (
    updateManagedFields({
      kind,
      old: undefined,
      updated: object,
      manager: request.fieldManager,
      subresource: request.subresource,
      time: formatTime(deps.clock.now()),
    }) as ApiObject
  ).metadata;
  if (managedFields === undefined) delete metadata.managedFields;
  else metadata.managedFields = managedFields;
  object.metadata = asDeclared(kind, object as ApiObject).metadata as typeof object.metadata;
  const context = contextOf(request, deps, 'CREATE', object, undefined);
  await deps.admission.mutate(context);
  dropDuplicateOwners(object, request.warn, ' after mutating admission happens');
  return { object, validate: async () => await deps.admission.validate(context) };
}
const systemFields = ['creationTimestamp', 'uid', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'];

/** Runs admission over an object that belongs to a subresource. */
export async function admit(
  request: AdmittedRequest,
  deps: ServerDeps & { readonly admission: Admission },
  operation: Operation,
  object: Draft<any>,
  old?: ApiObject,
): Promise<void> {
  const context = contextOf(request, deps, operation, object, old);
  await deps.admission.mutate(context);
  await deps.admission.validate(context);
}

type AdmittedRequest = Pick<SubresourceRequest, 'kind' | 'subresource' | 'key' | 'identity'> &
  Partial<Pick<SubresourceRequest, 'options' | 'warn' | 'annotate'>>;
function contextOf(
  request: AdmittedRequest,
  deps: ServerDeps,
  operation: Operation,
  object: Draft<any>,
  old: ApiObject | undefined,
): AdmissionContext {
  const options = request.options ?? {};
  return {
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
}
