import { formatTime } from '../../api/gotime.ts';
import { updateManagedFields } from '../../api/apply.ts';
import { type AnyKind, apiVersionOf, type Draft } from '../../api/kind.ts';
import type { ApiObject, Key } from '../../api/meta.ts';
import { asDeclared } from '../../api/order.ts';
import { alreadyExists, forbidden, invalid, StatusError } from '../../api/status.ts';
import { withResourceVersion } from '../cache/stored-object.ts';
import { dropDuplicateOwners } from '../lib/owners.ts';
import { validateCreate } from '../lib/validation.ts';
import {
  admissionContext,
  type Engine,
  kindName,
  nameOf,
  put,
  readCurrent,
  settleNamespace,
  trySides,
  type Written,
  type WriteRequest,
} from './engine.ts';
import type { SideWrites } from '../types.ts';

/** How often a generated name is tried again when it is taken, as upstream. */
const generateAttempts = 8;
const generatedBaseMax = 58;

/**
 * Creates from a decoded and defaulted draft, which it owns: admission that changes, preparation, validation, admission that
 * refuses, one transaction. `managed` false leaves managedFields as they are (server-side apply has made them).
 */
export async function create(
  engine: Engine,
  request: WriteRequest,
  draft: Draft<ApiObject>,
  { managed = true, byUpdate = false }: { readonly managed?: boolean; readonly byUpdate?: boolean } = {},
): Promise<Written> {
  const { kind } = request;
  const { strategy } = kind;
  settleNamespace(request, draft);
  const metadata = draft.metadata as Partial<Draft<ApiObject>['metadata']>;
  const { resourceVersion } = metadata;
  draft.apiVersion = apiVersionOf(kind);
  draft.kind = kind.kind;
  const now = formatTime(engine.clock.now());
  delete metadata.resourceVersion;
  metadata.name ??= '';
  if (!byUpdate || !request.options.dryRun) delete metadata.selfLink;
  // Only what posts objects takes these away.
  if (!byUpdate) {
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
  }
  if (kind.generation) delete metadata.generation;
  delete metadata.uid;
  delete metadata.creationTimestamp;
  if (!byUpdate) dropDuplicateOwners(draft, request.warn);
  if (managed) {
    const { metadata: withFields } = updateManagedFields({
      kind,
      old: undefined,
      updated: draft,
      manager: request.fieldManager,
      subresource: byUpdate ? request.subresource : '',
      time: now,
    }) as ApiObject;
    if (withFields.managedFields === undefined) delete metadata.managedFields;
    else metadata.managedFields = withFields.managedFields as never;
  }
  if (kind.custom?.isTerminating) {
    throw forbidden(nameOf(kind), metadata.name ?? '', 'create not allowed while custom resource definition is terminating');
  }
  // A name that is generated is none that was asked for.
  const asked: WriteRequest = { ...request, key: { ...request.key, name: request.key.name ?? metadata.name ?? '' } };
  if (!request.skipAdmission) {
    await engine.admission.mutate(admissionContext(engine, asked, 'CREATE', draft, undefined));
    strategy.defaults?.(draft);
    settleNamespace(request, draft);
    dropDuplicateOwners(draft, request.warn, ' after mutating admission happens');
  }
  metadata.uid = engine.random.uuid();
  metadata.creationTimestamp = now;
  if (kind.generation) metadata.generation = 1;
  const generated = !metadata.name && Boolean(metadata.generateName);
  for (let attempt = 1; ; attempt++) {
    if (generated) metadata.name = generatedName(kind, metadata.generateName!, engine);
    if (attempt === 1) strategy.prepareForCreate?.(draft, { clock: engine.clock, random: engine.random, identity: request.identity });
    const object = draft as ApiObject;
    const errors = validateCreate(kind, object);
    if (errors.length > 0) {
      const others = request.skipAdmission
        ? []
        : await engine.admission.find?.(admissionContext(engine, asked, 'CREATE', draft, undefined));
      throw invalid(kindName(kind), metadata.name ?? '', [...(others ?? []), ...errors]);
    }
    if (attempt === 1 && strategy.warnings) for (const text of strategy.warnings(object)) request.warn(text);
    const sides: SideWrites = [];
    if (!request.skipAdmission) await engine.admission.validate(admissionContext(engine, asked, 'CREATE', draft, undefined, sides));
    // Only who stores it looks, and what is no number says nothing.
    if (!byUpdate && !request.options.dryRun && /^0*[1-9]\d*$/.test(resourceVersion ?? ''))
      throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created');
    const key: Key = { namespace: metadata.namespace, name: metadata.name! };
    const outcome = await store(engine, request, key, asDeclared(kind, object), sides, resourceVersion);
    if (outcome !== undefined) return { object: outcome, created: true };
    // Whoever gave a prefix is told so, though he gave a name too.
    if (metadata.generateName && (!generated || attempt === generateAttempts)) throw noUniqueName(request, key.name);
    if (!generated) throw await taken(engine, kind, key);
  }
}

/** Addresses are taken as they are: nothing can be put behind them. */
function generatedName(kind: AnyKind, base: string, { random }: Engine): string {
  return kind.names === 'ip-address' ? base : base.slice(0, generatedBaseMax) + random.suffix(5);
}

async function taken(engine: Engine, kind: AnyKind, key: Key): Promise<StatusError> {
  const error = alreadyExists(nameOf(kind), key.name);
  const isGoing = (await readCurrent(engine, kind, key))?.object.metadata.deletionTimestamp !== undefined;
  return isGoing ? new StatusError(error.code, error.reason, `object is being deleted: ${error.message}`, error.details) : error;
}
function noUniqueName(request: WriteRequest, name: string): StatusError {
  const taken = alreadyExists(nameOf(request.kind), name);
  const message = `${taken.message}, the server was not able to generate a unique name for the object`;
  return new StatusError(409, 'AlreadyExists', message, { ...taken.details, retryAfterSeconds: 1 });
}

/** undefined: the name is taken. Nobody looks at the resourceVersion that a dry run asked for. */
async function store(
  engine: Engine,
  request: WriteRequest,
  key: Key,
  object: ApiObject,
  sides: SideWrites,
  asked: string | undefined,
): Promise<ApiObject | undefined> {
  if (request.options.dryRun) {
    await trySides(sides);
    const current = await readCurrent(engine, request.kind, key);
    if (current !== undefined) return undefined;
    // What is not stored is read back all the same, with its defaults.
    const shown = withResourceVersion(object, asked) as Draft<ApiObject>;
    request.kind.strategy.defaults?.(shown);
    return asDeclared(request.kind, shown as ApiObject);
  }
  const result = await put(engine, request.kind, key, object, undefined, sides);
  return 'written' in result ? result.written : undefined;
}
