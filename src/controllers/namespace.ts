import type { AnyKind } from '../api/kind.ts';
import type { Key } from '../api/meta.ts';
import { backoffMs } from '../base/backoff.ts';
import { isNotFound, StatusError } from '../api/status.ts';
import { type ControllerContext, defineController, type Result } from '../client/controller.ts';
import { Namespace } from '../kinds/core/namespace.ts';
import { Pod } from '../kinds/core/pod.ts';
import { discoveryFaults, namespaceConditions, type Progress } from './lib/namespace-conditions.ts';
import { isPodTerminal } from './lib/pods.ts';
import { perContext } from './lib/per-context.ts';
import { allKinds } from './lib/all-kinds.ts';
import { timeMs } from './lib/times.ts';

const finalizer = 'kubernetes';
/** How long is waited for content that finalizers hold. */
const finalizerWaitSeconds = 15;
/** Content that is due soon is looked for again after half of its time, at least a second. */
const shortestWaitMs = 1_000;

/** After an attempt that failed, the next one comes this much later, doubling, whatever happens meanwhile. */
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;

/** Attempts that failed, by namespace. What they say of it in its status is a change by itself, and must not lead to the next at once. */
const trouble = perContext(() => new Map<string, { readonly failures: number; readonly notBeforeMs: number }>());

function noteOutcome(name: string, failed: boolean, context: ControllerContext): void {
  const known = trouble(context);
  if (!failed) {
    known.delete(name);
    return;
  }
  const failures = (known.get(name)?.failures ?? 0) + 1;
  known.set(name, { failures, notBeforeMs: context.clock.monotonic() + backoffMs(failures, firstRetryMs, longestRetryMs) });
}

interface Tally {
  /** Groups and versions of which nobody can tell what is in them. */
  readonly unknown: string[];
  readonly failures: string[];
  readonly remaining: Map<string, number>;
  readonly finalizers: Map<string, number>;
  waitSeconds: number;
}

const isUnsupported = (error: unknown) => error instanceof StatusError && (error.code === 404 || error.code === 405);

/** Seconds that the pods of a namespace may still take to end. */
async function graceSeconds(namespace: Namespace, context: ControllerContext): Promise<number> {
  const { items } = await context.client.list(Pod, { namespace: namespace.metadata.name });
  const graces = items.filter((pod) => !isPodTerminal(pod)).map(({ spec }) => spec.terminationGracePeriodSeconds ?? 0);
  const longest = Math.max(0, ...graces);
  const passedMs = context.clock.now() - timeMs(namespace.metadata.deletionTimestamp);
  return passedMs >= longest * 1000 ? 0 : longest;
}

/** Deletes all objects of one sort and counts what is left. */
async function empty(kind: AnyKind, namespace: string, grace: number, context: ControllerContext, tally: Tally): Promise<void> {
  const { group, version, plural, verbs } = kind;
  const { transport } = context.client;
  const call = { group, version, resource: plural, namespace };
  const deleting = { ...call, options: { propagationPolicy: 'Background' } } as const;
  const list = async () => {
    const reply = await transport({ ...call, verb: 'list', options: {} });
    return reply.type === 'list' ? reply.list.items : [];
  };
  try {
    if (verbs.includes('deletecollection')) await transport({ ...deleting, verb: 'deletecollection' });
    else {
      for (const { metadata } of await list()) {
        await Promise.resolve(transport({ ...deleting, verb: 'delete', name: metadata.name })).catch((error: unknown) => {
          if (!isUnsupported(error)) throw error;
        });
      }
    }
    const items = await list();
    if (items.length === 0) return;
    tally.remaining.set(`${plural}.${group}`, items.length);
    const held = items.flatMap(({ metadata }) => metadata.finalizers ?? []);
    for (const name of held) tally.finalizers.set(name, (tally.finalizers.get(name) ?? 0) + 1);
    tally.waitSeconds = Math.max(tally.waitSeconds, grace > 0 ? grace : finalizerWaitSeconds);
    if (grace === 0 && held.length === 0) {
      tally.failures.push(`unexpected items still remain in namespace: ${namespace} for gvr: ${group}/${version}, Resource=${plural}`);
    }
  } catch (error) {
    if (!isUnsupported(error)) tally.failures.push(error instanceof Error ? error.message : String(error));
  }
}

/** Pods first, so that nothing they rely on goes before them (KEP-5080); then all the rest. */
async function emptyAll(namespace: Namespace, context: ControllerContext): Promise<Tally> {
  const tally: Tally = { unknown: [], failures: [], remaining: new Map(), finalizers: new Map(), waitSeconds: 0 };
  const { name } = namespace.metadata;
  await empty(Pod, name, await graceSeconds(namespace, context), context, tally);
  if (tally.remaining.size > 0) return tally;
  const { cluster } = context;
  for (const { group, version, resources } of cluster.remotes?.() ?? [])
    if (resources === undefined) tally.unknown.push(`${group}/${version}`);
  const kinds = [...allKinds(cluster)]
    .filter((kind) => kind.scope === 'Namespaced' && kind.verbs.includes('delete') && kind.verbs.includes('list'))
    .filter((kind) => kind.storedAs === undefined && !(kind.group === '' && kind.kind === 'Pod'));
  for (const kind of kinds) await empty(kind, name, 0, context, tally);
  return tally;
}

/** The last pod of a namespace that is being deleted went: the rest may go now. */
function emptied({ metadata: { namespace } }: Pod, context: ControllerContext): readonly Key[] {
  const current = namespace === undefined ? undefined : context.cache(Namespace).get({ name: namespace });
  if (current?.metadata.deletionTimestamp === undefined) return [];
  return context.cache(Pod).list(namespace).length > 0 ? [] : [current.metadata];
}

async function writeConditions(namespace: Namespace, progress: Progress, context: ControllerContext): Promise<Namespace> {
  const present = namespace.status.conditions ?? [];
  const conditions = namespaceConditions(present, progress, context.clock.now());
  if (conditions === present) return namespace;
  return await context.client.updateStatus(Namespace, { ...namespace, status: { ...namespace.status, conditions } });
}

/**
 * Empties a namespace that is being deleted, then takes its finalizer off so that it goes.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
 */
export const namespace = defineController<Namespace>({
  name: 'namespace-controller',
  for: Namespace,
  workers: 10,
  watches: [{ kind: Pod, map: emptied }],
  can: [
    { groups: ['*'], resources: ['*'], verbs: ['delete', 'deletecollection', 'get', 'list'] },
    { groups: [''], resources: ['namespaces'], verbs: ['delete', 'get', 'list', 'watch'] },
    { groups: [''], resources: ['namespaces/finalize', 'namespaces/status'], verbs: ['update'] },
  ],
  async reconcile(key, context): Promise<Result> {
    const { client } = context;
    if (context.cache(Namespace).get(key)?.metadata.deletionTimestamp === undefined) return noteOutcome(key.name, false, context);
    const waitMs = (trouble(context).get(key.name)?.notBeforeMs ?? 0) - context.clock.monotonic();
    if (waitMs > 0) return { afterMs: waitMs };
    try {
      let current = await client.get(Namespace, key);
      if (current.metadata.deletionTimestamp === undefined) return;
      if (current.status.phase !== 'Terminating') {
        current = await client.updateStatus(Namespace, { ...current, status: { ...current.status, phase: 'Terminating' } });
      }
      if ((current.spec.finalizers ?? []).length === 0) return;
      const tally = await emptyAll(current, context);
      const faults = [...discoveryFaults(tally), ...tally.failures];
      noteOutcome(key.name, faults.length > 0, context);
      current = await writeConditions(current, tally, context);
      if (tally.remaining.size > 0 || faults.length > 0) {
        if (tally.waitSeconds === 0) throw new Error(`namespace ${key.name} is not empty: ${faults.join(', ')}`);
        return { afterMs: Math.max(shortestWaitMs, (tally.waitSeconds / 2) * 1000) };
      }
      const finalizers = (current.spec.finalizers ?? []).filter((name) => name !== finalizer);
      const body = { apiVersion: 'v1', kind: 'Namespace', metadata: current.metadata, spec: { ...current.spec, finalizers } };
      await client.transport({
        verb: 'update',
        group: '',
        version: 'v1',
        resource: 'namespaces',
        subresource: 'finalize',
        name: key.name,
        options: {},
        body,
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  },
});
