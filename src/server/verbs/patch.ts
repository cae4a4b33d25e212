import { formatTime } from '../../api/gotime.ts';
import { checkUnmanaged, serverSideApply } from '../../api/apply.ts';
import { undeclared } from '../../api/apply/declared.ts';
import { rootField } from '../../api/apply/typed.ts';
import { DecodeFailure } from '../../api/decode.ts';
import { type AnyKind, type Draft, isBuiltIn, isStored, messageShape } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { JsonValue } from '../../api/schema.ts';
import { withNulls } from '../../api/shown-nulls.ts';
import { badRequest, conflict, fieldError, invalid, undeterminable, unknownError } from '../../api/status.ts';
import type { PatchType } from '../../client/call.ts';
import { needsResourceVersion } from '../kind-rules.ts';
import { decodeBody, ParsedBody, PatchedBody, valueOf } from '../lib/decoding.ts';
import { patched } from '../lib/patching.ts';
import { type Engine, nameOf, settleNamespace, type Written, type WriteRequest } from './engine.ts';
import { update, versionless } from './update.ts';

const patchAttempts = 5;

/** Applies a patch to what stands now; again when somebody else was faster and the patch demands no resourceVersion. */
export async function patch(engine: Engine, request: WriteRequest, type: PatchType, body: unknown): Promise<Written> {
  const { kind, key, options, subresource } = request;
  checkOptions(type, request);
  const force = options.force === true;
  return await update(
    engine,
    { ...request, verb: 'patch' },
    {
      createAllowed:
        type === 'apply' && (subresource === '' || (subresource === 'status' && (kind.createOnUpdate || kind.createOnStatusApply))),
      scope: 'isolated',
      managed: type !== 'apply',
      attempts: patchAttempts,
      mayDemandVersion: false,
      make(current) {
        let draft: Draft<ApiObject>;
        if (type === 'apply') {
          const applied = appliedConfig(request, valueOf(body));
          checkUnmanaged(valueOf(body) as ApiObject);
          checkDeclared(kind, valueOf(body) as ApiObject);
          // Only what stands there already lends its name.
          if (current === undefined && !(valueOf(body) as ApiObject).metadata?.name) throw undeterminable(key.name);
          const manager = options.fieldManager ?? '';
          const time = formatTime(engine.clock.now());
          const result = serverSideApply({
            kind,
            live: current && asText(kind, current),
            applied,
            sent: valueOf(body) as object,
            manager,
            force,
            subresource,
            time,
          }).object;
          checkText(request, body);
          draft = decodeApplied(request, result, valueOf(body) as Partial<ApiObject>);
        } else draft = patched(request, type, asText(kind, current as ApiObject), body, engine.deps.resources.kinds);
        // What the patch does not say is no demand: when somebody else is faster, the patch is applied to what they made.
        const isDemand = saysVersion(type, body instanceof ParsedBody ? body.value : body);
        if (!isDemand) delete (draft.metadata as { resourceVersion?: string }).resourceVersion;
        if (current === undefined && draft.metadata.uid) {
          const why = `uid mismatch: the provided object specified uid ${draft.metadata.uid}, and no existing object was found`;
          throw conflict(nameOf(kind), key.name ?? '', why);
        }
        settleNamespace(request, draft);
        if (!draft.metadata.name) throw undeterminable(key.name);
        if (draft.metadata.name !== key.name) {
          throw badRequest(`the name of the object (${draft.metadata.name ?? ''}) does not match the name on the URL (${key.name})`);
        }
        if (isDemand && current !== undefined && !draft.metadata.resourceVersion && needsResourceVersion(kind))
          throw versionless(kind, key.name);
        return draft;
      },
    },
  );
}

/** What applying made, in the words of who converts it. */
function decodeApplied({ kind, key, options, warn }: WriteRequest, made: object, { metadata }: Partial<ApiObject>): Draft<ApiObject> {
  try {
    // What is in no schema was refused before, or is dropped by a definition's: nobody is told.
    return decodeBody(kind, new PatchedBody(made, {}, true), { ...options, fieldValidation: 'Ignore' }, warn);
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    const type = `${kind.group}/${kind.version}, Kind=${kind.kind}`;
    const named = `${metadata?.namespace ?? ''}/${key.name}; ${type}`;
    throw unknownError(
      `failed to convert new object (${named}) to proper version: unable to convert unstructured object to ${type}: ${error.ofValue}`,
    );
  }
}

/** An applied text that a strict reader complains of. */
function checkText({ options: { fieldValidation = 'Warn' }, warn }: WriteRequest, body: unknown): void {
  const [problem] = body instanceof ParsedBody ? body.problems : [];
  if (problem === undefined || fieldValidation === 'Ignore') return;
  if (fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${problem}`);
  for (const line of problem.split('\n').slice(1)) warn(line.trim());
}

/** Whether a patch names the resourceVersion that it is for. */
function saysVersion(type: PatchType, body: unknown): boolean {
  if (type !== 'json') return (body as ApiObject | null | undefined)?.metadata?.resourceVersion !== undefined;
  const paths = ['', '/metadata', '/metadata/resourceVersion'];
  return Array.isArray(body) && body.some((operation) => operation?.op !== 'test' && paths.includes(operation?.path));
}

/** Throws Invalid for options that go with no patch of this type. */
export function checkOptions(type: PatchType, { options }: Pick<WriteRequest, 'options'>): void {
  const errors =
    type === 'apply'
      ? options.fieldManager
        ? []
        : [fieldError.required('fieldManager', 'is required for apply patch')]
      : options.force === undefined
        ? []
        : [fieldError.forbidden('force', 'may not be specified for non-apply patch')];
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', errors);
}

/** Applying owns fields by the schema: what that doesn't know can't be owned. */
function checkDeclared(kind: AnyKind, config: ApiObject): void {
  const fault = undeclared(rootField(kind), config as unknown as JsonValue);
  if (fault === undefined) return;
  const [namespace, name] = [config.metadata?.namespace, config.metadata?.name].map((text) => (typeof text === 'string' ? text : ''));
  throw unknownError(
    `failed to create typed patch object (${namespace}/${name}; ${kind.group}/${kind.version}, Kind=${kind.kind}): ${fault}`,
  );
}

/** What somebody applies: an object that names its kind, and this object. */
function appliedConfig({ kind }: WriteRequest, body: unknown): object {
  const config = body as { readonly apiVersion?: unknown; readonly kind?: unknown; readonly metadata?: Record<string, unknown> };
  const version = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  if (config.apiVersion !== version || config.kind !== kind.kind) {
    const [given, named] = [config.apiVersion, config.kind].map((one) => (typeof one === 'string' ? one : '')) as [string, string];
    throw badRequest(`invalid object type: ${given.includes('/') ? given : `/${given}`}, Kind=${named}`);
  }
  // Another name than the path's, or none, is found when all else is.
  return config;
}
/** What stands, as upstream's own text of it is: what a patch or an applied configuration is put together with. */
function asText(kind: AnyKind, current: ApiObject): ApiObject {
  return isBuiltIn(kind) ? withNulls(current, messageShape(kind), isStored(kind)) : current;
}
