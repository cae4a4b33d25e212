import { goQuote } from '../../api/go-text.ts';
import { apiVersionOf, type ScalePaths } from '../../api/kind.ts';
import type { ApiObject, ManagedFieldsEntry } from '../../api/meta.ts';
import { nestedInteger, nestedText, splitPath } from '../../api/nested.ts';
import { applyJsonPatch } from '../../api/patch-json.ts';
import { conflictError } from '../../api/apply.ts';
import { withManagers } from '../../api/apply/managers.ts';
import { afterApply, afterUpdate, ownersOf, withOwners } from './lib/scale-managers.ts';
import { plainNumbers } from '../../api/json.ts';
import { applyMergePatch } from '../../api/patch-merge.ts';
import { labelSelectorMatcher, parseLabelSelector } from '../../api/selector.ts';
import { badRequest, conflict, fieldError, internalError, invalid, unknownError } from '../../api/status.ts';
import { type MetaRules, validateObjectMeta } from '../../api/validate-meta.ts';
import type { Reply } from '../../client/call.ts';
import { valueOf } from '../lib/decoding.ts';
import { checkNamed, checkPreconditions } from '../verbs/engine.ts';
import type { Subresource, SubresourceDeps, SubresourceRequest } from '../types.ts';
import { admit, target, writeContext } from './lib/request.ts';

const defaultPaths = { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' };

function at(object: any, path: string): any {
  return path
    .split('.')
    .reduce(
      (value, field) => (typeof value === 'object' && value !== null && Object.hasOwn(value, field) ? value[field] : undefined),
      object,
    );
}
function put(object: any, path: string, value: unknown): void {
  const fields = path.split('.');
  const last = fields.pop()!;
  let holder = object;
  for (const field of fields) {
    if (!Object.hasOwn(holder, field)) holder[field] = {};
    holder = holder[field];
  }
  holder[last] = value;
}

function selectorText(selector: unknown): string {
  if (selector === undefined || selector === null) return '';
  if (typeof selector === 'string') return selector;
  const isLabelSelector = typeof selector === 'object' && ('matchLabels' in selector || 'matchExpressions' in selector);
  return isLabelSelector
    ? labelSelectorMatcher(selector as object).text
    : parseLabelSelector(mapText(selector as Record<string, string>)).text;
}
const mapText = (labels: Record<string, string>) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

interface Values {
  /** undefined: it was never said. */
  readonly replicas: number | undefined;
  readonly statusReplicas: number;
  readonly selector: string;
}
const typed = (object: ApiObject, paths: ScalePaths): Values => ({
  replicas: at(object, paths.specReplicas),
  statusReplicas: at(object, paths.statusReplicas) ?? 0,
  selector: selectorText(at(object, paths.selector)),
});
/** Custom resources may hold anything at those paths. */
function untyped(object: ApiObject, paths: ScalePaths): Values {
  try {
    return {
      replicas: nestedInteger(object, splitPath(paths.specReplicas)),
      statusReplicas: nestedInteger(object, splitPath(paths.statusReplicas)) ?? 0,
      selector: paths.selector === '' ? '' : (nestedText(object, splitPath(paths.selector)) ?? ''),
    };
  } catch (error) {
    throw unknownError((error as Error).message);
  }
}
const unsaid = -(2 ** 31);
const neverSaid = ({ kind }: SubresourceRequest, object: ApiObject): string | undefined =>
  kind.custom !== undefined && untyped(object, { ...defaultPaths, ...kind.scale }).replicas === undefined
    ? `the spec replicas field ${goQuote(`.${kind.scale!.specReplicas}`)}`
    : undefined;

/** The Scale (autoscaling/v1) that shows an object's replicas. */
function scaleOf(request: SubresourceRequest, object: ApiObject): any {
  const paths = { ...defaultPaths, ...request.kind.scale };
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const { replicas = 0, statusReplicas, selector } = request.kind.custom === undefined ? typed(object, paths) : untyped(object, paths);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: statusReplicas, ...(selector === '' ? {} : { selector }) },
  };
}

function wanted(request: SubresourceRequest, current: ApiObject): any {
  const body = plainNumbers(valueOf(request.body));
  if (request.verb !== 'patch') return body;
  const scale = scaleOf(request, current);
  const missing = neverSaid(request, current);
  if (missing !== undefined) scale.spec.replicas = unsaid;
  // A Scale is flat: strategic merge and apply come to the same as a merge.
  if (request.patchType === 'apply') return applied(request, current, scale, body);
  const result: any = request.patchType === 'json' ? applyJsonPatch(scale, body) : applyMergePatch(scale, body);
  if (missing !== undefined && result?.spec?.replicas === unsaid) throw badRequest(`${missing} cannot be empty`);
  return result;
}

/** What applying to the Scale of an object makes of it. */
function applied(request: SubresourceRequest, { metadata }: ApiObject, scale: any, body: any): any {
  const said = body?.spec?.replicas;
  const before = scale.spec.replicas ?? 0;
  const { replicas, conflicts } = afterApply(
    ownersOf(metadata.managedFields, pathOf(request)),
    request.options.fieldManager ?? '',
    before,
    said,
  );
  if (conflicts.length > 0 && request.options.force !== true)
    throw conflictError(
      conflicts.map((owner) => ({ entry: { ...owner, apiVersion: 'autoscaling/v1' } as ManagedFieldsEntry, paths: ['.spec.replicas'] })),
    );
  const merged: any = applyMergePatch(scale, body);
  return { ...merged, spec: { ...merged?.spec, replicas } };
}
const pathOf = ({ kind }: SubresourceRequest): readonly string[] => splitPath({ ...defaultPaths, ...kind.scale }.specReplicas);

/** Refuses what is no Scale of this object, before admission sees it: admission may call it otherwise. */
function checkGiven({ key }: SubresourceRequest, scale: any): void {
  if (typeof scale !== 'object' || scale === null || Array.isArray(scale) || typeof scale.metadata !== 'object' || scale.metadata === null)
    throw badRequest('the body of the request is not a Scale');
  if (scale.kind !== undefined && scale.kind !== 'Scale')
    throw badRequest(`${scale.apiVersion ?? ''}, Kind=${scale.kind} is not a Scale of autoscaling/v1`);
  checkNamed(key, scale.metadata.name, scale.metadata.namespace);
}
function replicasOf(scale: any): number {
  const replicas = scale.spec?.replicas ?? 0;
  if (!Number.isInteger(replicas) || replicas > 2 ** 31 - 1) throw badRequest('spec.replicas: must be a whole number of 32 bits');
  return replicas;
}
const scaleRules: MetaRules = { scope: 'Namespaced', names: 'dns-subdomain', plainFinalizers: false };
/** Refuses what may not be set. */
function checkAdmitted(request: SubresourceRequest, scale: any, current: ApiObject): number {
  const { kind, key } = request;
  const replicas = replicasOf(scale);
  // The rules of a custom resource know its path.
  if (kind.custom === undefined) {
    const errors = [...validateObjectMeta(scaleRules, scale.metadata)];
    if (replicas < 0) errors.push(fieldError.invalid('spec.replicas', replicas, 'must be greater than or equal to 0'));
    if (errors.length > 0) throw invalid({ group: 'autoscaling', kind: 'Scale' }, key.name, errors);
  }
  const about = { group: kind.group, resource: `${kind.plural}/scale` };
  const { uid, resourceVersion } = scale.metadata;
  if (uid && uid !== current.metadata.uid)
    throw conflict(about, key.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`);
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion)
    throw conflict({ group: kind.group, resource: kind.plural }, key.name);
  return replicas;
}

async function get(request: SubresourceRequest, deps: SubresourceDeps): Promise<Reply> {
  const object = await target(request, deps);
  const missing = neverSaid(request, object);
  if (missing !== undefined) throw internalError(`${missing} does not exist`);
  return { code: 200, type: 'object', object: scaleOf(request, object) };
}
async function write(request: SubresourceRequest, deps: SubresourceDeps): Promise<Reply> {
  const { custom } = request.kind;
  if (custom !== undefined && request.patchType === 'apply') {
    throw unknownError(
      'failed to create manager for existing fields: failed to convert live object (/; autoscaling/v1, Kind=Scale) to proper version: request to convert CR to an invalid group/version: autoscaling/v1',
    );
  }
  // Upstream's field management knows no Scale of custom resources; that of others is told below.
  const context = { ...writeContext(request, { skipAdmission: true }), keepsManagers: true };
  const path = { ...defaultPaths, ...request.kind.scale }.specReplicas;
  const { kind, key } = request;
  // What an update says of itself is looked at before anybody looks for the object.
  if (request.verb === 'update') checkGiven(request, valueOf(request.body));
  for (;;) {
    const seen = await target(request, deps);
    const replicas = await admittedReplicas(request, deps, seen);
    const change = (draft: any, current: ApiObject) => {
      if (current.metadata.resourceVersion !== seen.metadata.resourceVersion) throw new Overtaken();
      put(draft, path, replicas);
      if (custom === undefined) tellManagers(request, draft, current, replicas, context.fieldManager ?? '');
    };
    try {
      const changed = await deps.resources.change(kind, key, 'scale', change, context);
      return { code: 200, type: 'object', object: scaleOf(request, changed) };
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
    }
  }
}
/** Notes who set the replicas. */
function tellManagers(request: SubresourceRequest, draft: any, current: ApiObject, replicas: number, manager: string): void {
  const path = pathOf(request);
  const entries = current.metadata.managedFields;
  const before = scaleOf(request, current).spec.replicas ?? 0;
  const known = ownersOf(entries, path);
  const owners =
    request.patchType === 'apply'
      ? afterApply(known, manager, before, (valueOf(request.body) as any)?.spec?.replicas).owners
      : afterUpdate(known, manager, before, replicas);
  const { metadata } = withManagers({ metadata: {} }, withOwners(entries, owners, path, apiVersionOf(request.kind)));
  const { managedFields } = metadata as { managedFields?: unknown };
  if (managedFields === undefined) delete draft.metadata.managedFields;
  else draft.metadata.managedFields = managedFields;
}
/** Somebody else changed the object while admission thought about its scale. */
class Overtaken extends Error {}

/** What the request makes of the scale, once admission has seen it as such. */
async function admittedReplicas(request: SubresourceRequest, deps: SubresourceDeps, current: ApiObject): Promise<number> {
  const given = wanted(request, current);
  checkGiven(request, given);
  if (request.verb === 'update' && given.metadata.uid) checkPreconditions(request.kind, current.metadata, { uid: given.metadata.uid });
  const replicas = replicasOf(given);
  const old = scaleOf(request, current);
  // Upstream's way of telling that nobody ever said how many.
  if (neverSaid(request, current) !== undefined) old.spec.replicas = unsaid;
  const { metadata, status } = old;
  const { uid = metadata.uid, resourceVersion = metadata.resourceVersion } = given.metadata;
  const own = { ...given.metadata, ...metadata, uid, resourceVersion };
  const draft = { ...old, metadata: own, spec: replicas === 0 ? {} : { replicas }, status };
  await admit(request, deps, 'UPDATE', draft, old);
  return checkAdmitted(request, draft, current);
}

/** The scale of every kind that has one: shows and sets its replicas (autoscaling/v1). */
export const scale: Subresource = {
  group: '*',
  kind: '*',
  subresource: 'scale',
  body: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  verbs: { get, update: write, patch: write },
};
