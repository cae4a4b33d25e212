import { formatTime } from '../../api/gotime.ts';
import type { AnyKind, Draft } from '../../api/kind.ts';
import { isNotFound } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import { CustomResourceDefinition } from '../../kinds/apiextensions/custom-resource-definition.ts';
import { cleanupFinalizer } from '../../kinds/apiextensions/lib/cleanup-finalizer.ts';
import { isConditionTrue, withCondition } from '../../kinds/apiextensions/lib/conditions.ts';
import { customKinds } from '../../kinds/apiextensions/lib/custom-kind.ts';
import type { Resources, WriteContext } from '../types.ts';
import { joined } from './names.ts';

/** What happens to a definition that is being deleted: first its objects go, then its finalizer (pkg/controller/finalizer upstream). */
export interface CleanupDeps {
  readonly resources: Resources;
  readonly clock: Clock;
  readonly context: WriteContext;
  readonly signal: AbortSignal;
  /** Whether something else is served under the kind's names, whatever definitions say. */
  readonly isBuiltIn: (kind: AnyKind) => boolean;
}
interface Outcome {
  readonly reason: string;
  readonly message: string;
  /** The objects are not gone: the definition stays, and this is tried again. */
  readonly failed?: boolean;
}

const checkEveryMs = 5_000;
const waitMs = 60_000;
const deletedAtOnce = 10;

export const awaitsCleanup = ({ metadata }: CustomResourceDefinition): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(cleanupFinalizer);

/** Throws when the definition must wait for another try. */
export async function cleanUp(definition: CustomResourceDefinition, deps: CleanupDeps): Promise<void> {
  const { resources, context, clock } = deps;
  const { name } = definition.metadata;
  const write = async ({ reason, message, failed = false }: Outcome, isOver: boolean) => {
    const change = (draft: Draft<CustomResourceDefinition>) => {
      const isDone = isOver && !failed;
      const condition = { type: 'Terminating', status: isDone ? 'False' : 'True', reason, message };
      draft.status.conditions = [...withCondition(draft.status.conditions, condition, formatTime(clock.now()))];
      if (isDone) draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((one) => one !== cleanupFinalizer);
    };
    await resources.change(CustomResourceDefinition, { name }, 'status', change, context);
  };
  try {
    await write({ reason: 'InstanceDeletionInProgress', message: 'CustomResource deletion is in progress' }, false);
    const outcome = await removeObjects(definition, deps);
    await write(outcome, true);
    if (outcome.failed) throw new Error(outcome.message);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

async function removeObjects(definition: CustomResourceDefinition, deps: CleanupDeps): Promise<Outcome> {
  const kinds = customKinds(definition);
  if (kinds.some(deps.isBuiltIn)) {
    return { reason: 'OverlappingBuiltInResource', message: 'instances overlap with built-in resources in storage' };
  }
  if (!isConditionTrue(definition, 'Established')) {
    return { reason: 'NeverEstablished', message: 'resource was never established' };
  }
  const kind = kinds.find(({ version, custom }) => version === custom!.storage)!;
  const failure = await deleteAll(kind, deps);
  if (failure !== undefined) return { reason: 'InstanceDeletionFailed', message: failure, failed: true };
  const doubt = await waitUntilGone(kind, deps);
  if (doubt === undefined) return { reason: 'InstanceDeletionCompleted', message: 'removed all instances' };
  const message = `could not confirm zero CustomResources remaining: ${doubt}`;
  return { reason: 'InstanceDeletionCheck', message, failed: true };
}

/** Without admission: who refuses must not keep the definition. */
async function deleteAll(kind: AnyKind, { resources, context }: CleanupDeps): Promise<string | undefined> {
  let items: { readonly metadata: { readonly namespace?: string; readonly name: string } }[];
  try {
    items = [...(await resources.list(kind))];
  } catch (error) {
    return `could not list instances: ${(error as Error).message}`;
  }
  const failures: string[] = [];
  const worker = async () => {
    for (let item = items.pop(); item !== undefined; item = items.pop()) {
      const { namespace, name } = item.metadata;
      try {
        await resources.delete(kind, { namespace, name }, {}, { ...context, skipAdmission: true });
      } catch (error) {
        if (!isNotFound(error)) failures.push((error as Error).message);
      }
    }
  };
  await Promise.all(Array.from({ length: deletedAtOnce }, worker));
  return failures.length === 0 ? undefined : `could not issue all deletes: ${joined(failures)}`;
}

/** undefined: all are gone. */
async function waitUntilGone(kind: AnyKind, { resources, clock, signal }: CleanupDeps): Promise<string | undefined> {
  const end = clock.now() + waitMs;
  for (;;) {
    try {
      if ((await resources.list(kind)).length === 0) return undefined;
    } catch (error) {
      return (error as Error).message;
    }
    if (clock.now() + checkEveryMs > end) return 'context deadline exceeded';
    await clock.sleep(checkEveryMs, signal);
  }
}
export const builtInTest = (kinds: readonly AnyKind[]): ((kind: AnyKind) => boolean) => {
  const resources = new Set(kinds.map(({ group, plural }) => `${plural}.${group}`));
  return ({ group, plural }) => resources.has(`${plural}.${group}`);
};
