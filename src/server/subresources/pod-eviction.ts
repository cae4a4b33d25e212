import { formatTime } from '../../api/gotime.ts';
import { badRequest, conflict, fieldError, invalid, isConflict, notFound } from '../../api/status.ts';
import type { CallOptions, Reply } from '../../client/call.ts';
import type { Subresource, SubresourceDeps, SubresourceRequest } from '../types.ts';
import { setCondition } from './lib/conditions.ts';
import { type Budget, budgetsOf, checkBudget, stillProcessed } from './lib/disruption-budget.ts';
import { Eviction } from '../../kinds/policy/eviction.ts';
import { created, kindOf, posted, target, writeContext } from './lib/request.ts';

const tries = 20;
const manyBudgets: Reply = {
  code: 500,
  type: 'object',
  object: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    code: 500,
  },
};

const isFinished = (pod: any) =>
  pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed' || Boolean(pod.metadata.deletionTimestamp);
const isReady = (pod: any) =>
  (pod.status?.conditions ?? []).some((condition: any) => condition.type === 'Ready' && condition.status === 'True');

/** What the delete of an eviction goes by: the options in the body, and dry run from the query. */
function deletionOptions(eviction: any, request: SubresourceRequest): CallOptions {
  const asked = eviction.deleteOptions ?? {};
  if (asked.ignoreStoreReadErrorWithClusterBreakingPotential === true)
    throw invalid({ group: 'policy', kind: 'Eviction' }, request.key.name, [
      fieldError.invalid(
        'deleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential',
        true,
        'can not be set for pod eviction, try after removing the option',
      ),
    ]);
  const { uid, resourceVersion } = asked.preconditions ?? {};
  return {
    dryRun: request.options.dryRun === true || (asked.dryRun ?? []).length > 0,
    ...(asked.gracePeriodSeconds === undefined || asked.gracePeriodSeconds === null
      ? {}
      : { gracePeriodSeconds: asked.gracePeriodSeconds }),
    ...(asked.propagationPolicy ? { propagationPolicy: asked.propagationPolicy } : {}),
    preconditions: { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) },
  };
}

/** Notes on the pod why it goes, then deletes it. */
async function markAndDelete(request: SubresourceRequest, deps: SubresourceDeps, options: CallOptions): Promise<void> {
  const { key, kind } = request;
  const context = writeContext(request, { skipAdmission: true, dryRun: options.dryRun });
  let resourceVersion = options.preconditions?.resourceVersion;
  if (!options.dryRun) {
    const at = formatTime(deps.clock.now());
    const { uid } = options.preconditions ?? {};
    const differs = (what: string, asked: string, now: string, how: string) =>
      conflict(
        { group: '', resource: 'Pod' },
        key.name,
        `the ${what} in the precondition (${asked}) does not match the ${what} in record (${now}). The object might have been ${how}`,
      );
    const marked = await deps.resources.change(
      kind,
      key,
      'status',
      (draft: any, current) => {
        const now = current.metadata;
        if (uid !== undefined && uid !== now.uid) throw differs('UID', uid, now.uid, 'deleted and then recreated');
        if (resourceVersion !== undefined && resourceVersion !== now.resourceVersion)
          throw differs('ResourceVersion', resourceVersion, now.resourceVersion, 'modified');
        draft.status ??= {};
        setCondition(
          draft.status,
          { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' },
          at,
        );
      },
      context,
    );
    if (resourceVersion !== undefined) resourceVersion = marked.metadata.resourceVersion;
  }
  const preconditions = { ...options.preconditions, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  await deps.resources.delete(kind, key, { ...options, preconditions }, context);
}

/** Finished, pending and dying pods go without asking a budget. undefined: the pod is none of these. */
async function evictUnguarded(request: SubresourceRequest, deps: SubresourceDeps, options: CallOptions): Promise<Reply | undefined> {
  for (let attempt = 1; ; attempt++) {
    const pod = await target(request, deps);
    if (!isFinished(pod) && pod.status?.phase !== 'Pending') return undefined;
    const pinned = !isFinished(pod) && options.preconditions?.resourceVersion === undefined;
    const { resourceVersion } = pod.metadata;
    try {
      await markAndDelete(request, deps, pinned ? { ...options, preconditions: { ...options.preconditions, resourceVersion } } : options);
      return created;
    } catch (error) {
      if (!isConflict(error) || options.preconditions?.resourceVersion !== undefined || attempt >= tries) throw error;
    }
  }
}

async function takeFromBudget(budget: Budget, request: SubresourceRequest, deps: SubresourceDeps, dryRun: boolean): Promise<void> {
  if (dryRun) return checkBudget(budget);
  const at = formatTime(deps.clock.now());
  const key = { namespace: budget.metadata.namespace, name: budget.metadata.name };
  const change = (draft: any, current: any) => {
    checkBudget(current);
    draft.status.disruptionsAllowed -= 1;
    draft.status.disruptedPods = { ...draft.status.disruptedPods, [request.key.name]: at };
    if (draft.status.disruptionsAllowed === 0) {
      const condition = { type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', message: '' };
      const index = (draft.status.conditions ?? []).findIndex((present: any) => present.type === condition.type);
      const next = { ...condition, observedGeneration: current.status.observedGeneration, lastTransitionTime: at };
      if (index < 0) draft.status.conditions = [...(draft.status.conditions ?? []), next];
      else if (draft.status.conditions[index].status !== 'False') draft.status.conditions[index] = next;
    }
  };
  await deps.resources.change(
    kindOf(deps, 'policy', 'PodDisruptionBudget'),
    key,
    'status',
    change,
    writeContext(request, { skipAdmission: true }),
  );
}

async function evict(request: SubresourceRequest, deps: SubresourceDeps): Promise<Reply> {
  const { object: eviction, validate } = await posted(request, deps, Eviction);
  if ((eviction.metadata?.name ?? '') !== request.key.name) throw badRequest('name in URL does not match name in Eviction object');
  const options = deletionOptions(eviction, request);
  await validate();
  const unguarded = await evictUnguarded(request, deps, options);
  if (unguarded !== undefined) return unguarded;

  const pod = await deps.resources.get(request.kind, request.key);
  if (pod === undefined) throw notFound({ group: '', resource: 'pods' }, request.key.name);
  const budgetKind = deps.resources.kinds.byKind('policy', 'PodDisruptionBudget');
  const all = budgetKind === undefined ? [] : ((await deps.resources.list(budgetKind, request.key.namespace)) as readonly Budget[]);
  const budgets = budgetsOf(pod, all);
  if (budgets.length > 1) return manyBudgets;
  const [budget] = budgets;
  const { currentHealthy = 0, desiredHealthy = 0 } = budget?.status ?? {};
  const disturbsNothing =
    budget !== undefined &&
    !isReady(pod) &&
    (budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' || (currentHealthy >= desiredHealthy && desiredHealthy > 0));
  if (budget !== undefined && !disturbsNothing) await takeFromBudget(budget, request, deps, options.dryRun === true);
  const asked = options.preconditions?.resourceVersion;
  const { resourceVersion } = pod.metadata;
  try {
    await markAndDelete(
      request,
      deps,
      disturbsNothing ? { ...options, preconditions: { ...options.preconditions, resourceVersion } } : options,
    );
  } catch (error) {
    if (isConflict(error) && disturbsNothing && asked === undefined) throw stillProcessed(budget.metadata.name);
    throw error;
  }
  return created;
}

/** POST pods/{name}/eviction: deletes a pod if its disruption budget allows it (kubernetes.io/docs/concepts/scheduling-eviction/api-eviction). */
export const podEviction: Subresource = {
  group: '',
  kind: 'Pod',
  subresource: 'eviction',
  body: { group: 'policy', version: 'v1', kind: 'Eviction' },
  verbs: { create: evict },
};
