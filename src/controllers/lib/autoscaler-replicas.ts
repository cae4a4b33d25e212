import type { Pod } from '../../kinds/core/pod.ts';
import { podAmounts } from '../../kinds/core/lib/pod-requests.ts';
import { milliValue } from '../../api/quantity.ts';
import { isPodReady, podCondition } from './pods.ts';
import { timeMs } from './times.ts';

/**
 * From metrics to a number of replicas (pkg/controller/podautoscaler/replica_calculator.go). Amounts are in thousandths.
 * Errors say in upstream's words why no number can be told.
 */
export interface Sample {
  readonly milli: number;
  readonly timestampMs: number;
  readonly windowMs: number;
}
/** By name of the pod. */
export type Samples = ReadonlyMap<string, Sample>;

export interface Tolerances {
  readonly down: number;
  readonly up: number;
}
/** What is said of a metric: how many replicas it asks for, and what it was. */
export interface Proposal {
  readonly replicas: number;
  readonly averageMilli: number;
  /** Share of what pods request, in percent. */
  readonly utilization?: number;
}
export interface Group {
  readonly current: number;
  readonly tolerances: Tolerances;
  readonly pods: readonly Pod[];
  readonly nowMs: number;
}

const mostReplicas = 2147483647;
/** CPU at the start of a pod tells little: its samples count only if the pod was ready all their window long. */
const cpuStartMs = 300_000;
/** A pod that was never ready within this time of its start has not been ready at all. */
const firstReadyMs = 30_000;

const isWithin = (ratio: number, { down, up }: Tolerances) => 1 - down <= ratio && ratio <= 1 + up;
const noPods = 'no pods returned by selector while calculating replica count';

function isStarting(pod: Pod, sample: Sample, nowMs: number): boolean {
  const ready = podCondition(pod, 'Ready');
  const startMs = timeMs(pod.status.startTime);
  if (ready === undefined || startMs === 0) return true;
  const changedMs = timeMs(ready.lastTransitionTime);
  if (startMs + cpuStartMs > nowMs) return ready.status === 'False' || sample.timestampMs < changedMs + sample.windowMs;
  return ready.status === 'False' && startMs + firstReadyMs > changedMs;
}

interface Sorted {
  readonly ready: number;
  readonly unready: readonly string[];
  readonly missing: readonly string[];
  /** Of ready pods only; and of names that are no pod's. */
  readonly samples: Map<string, number>;
}
function sorted({ pods, nowMs }: Group, samples: Samples, isCpu: boolean): Sorted {
  if (pods.length === 0) throw new Error(noPods);
  const [unready, missing]: [string[], string[]] = [[], []];
  const counted = new Map([...samples].map(([name, { milli }]) => [name, milli]));
  let ready = 0;
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const sample = samples.get(name);
    if (deletionTimestamp !== undefined || pod.status.phase === 'Failed') counted.delete(name);
    else if (pod.status.phase === 'Pending' || (sample !== undefined && isCpu && isStarting(pod, sample, nowMs))) {
      unready.push(name);
      counted.delete(name);
    } else if (sample === undefined) missing.push(name);
    else ready++;
  }
  if (counted.size === 0) throw new Error('did not receive metrics for targeted pods (pods might be unready)');
  return { ready, unready, missing, samples: counted };
}

/** What pods without a sample are taken to use: what keeps the change small. */
function proposed(group: Group, known: Sorted, ratio: number, missingMilli: (name: string) => number, again: () => number): number {
  const { current, tolerances } = group;
  const { ready, unready, missing, samples } = known;
  const withUnready = unready.length > 0 && ratio > 1;
  if (!withUnready && missing.length === 0) return isWithin(ratio, tolerances) ? current : Math.ceil(ratio * ready);
  if (ratio < 1) for (const name of missing) samples.set(name, missingMilli(name));
  else if (ratio > 1) for (const name of missing) samples.set(name, 0);
  if (withUnready) for (const name of unready) samples.set(name, 0);
  const next = again();
  if (isWithin(next, tolerances) || (ratio < 1 && next > 1) || (ratio > 1 && next < 1)) return current;
  const replicas = Math.ceil(next * samples.size);
  return (next < 1 && replicas > current) || (next > 1 && replicas < current) ? current : replicas;
}

/** Milli-units that each pod requests of a resource; of one container if it is named. */
function requestsOf(pods: readonly Pod[], resource: string, container: string): ReadonlyMap<string, number> {
  return new Map(pods.map((pod) => [pod.metadata.name, requestOf(pod, resource, container)]));
}
function requestOf(pod: Pod, resource: string, container: string): number {
  const { name } = pod.metadata;
  if (container === '' && Object.keys(pod.spec.resources?.requests ?? {}).length > 0) {
    const request = podAmounts(pod, 'requests').get(resource);
    if (request === undefined) throw new Error(`missing pod-level request for ${resource} in Pod ${name}`);
    return resource === 'cpu' ? request : request * 1000;
  }
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const all = [...pod.spec.containers, ...sidecars].filter((one) => container === '' || one.name === container);
  if (all.length === 0) throw new Error(`container ${container} not found in Pod ${name}`);
  return all.reduce((sum, one) => {
    const request = one.resources.requests?.[resource];
    if (request === undefined) throw new Error(`missing request for ${resource} in container ${one.name} of Pod ${name}`);
    return sum + milliValue(request);
  }, 0);
}

/** By the share of their requests that pods use; `target` in percent. */
export function byUtilization(group: Group, samples: Samples, resource: string, container: string, target: number): Proposal {
  const known = sorted(group, samples, resource === 'cpu');
  const requests = requestsOf(group.pods, resource, container);
  const measure = () => {
    const names = [...known.samples.keys()].filter((name) => requests.has(name));
    const used = names.reduce((sum, name) => sum + known.samples.get(name)!, 0);
    const requested = names.reduce((sum, name) => sum + requests.get(name)!, 0);
    if (requested === 0) throw new Error('no metrics returned matched known pods');
    const utilization = Math.trunc((used * 100) / requested);
    return { ratio: utilization / target, utilization, averageMilli: Math.trunc(used / names.length) };
  };
  const { ratio, utilization, averageMilli } = measure();
  const fallback = (name: string) => Math.trunc((requests.get(name)! * Math.max(100, target)) / 100);
  return { replicas: proposed(group, known, ratio, fallback, () => measure().ratio), utilization, averageMilli };
}

/** By what pods use on average. */
export function byAverage(group: Group, samples: Samples, resource: string, targetMilli: number): Proposal {
  const known = sorted(group, samples, resource === 'cpu');
  const average = () => Math.trunc([...known.samples.values()].reduce((sum, milli) => sum + milli, 0) / known.samples.size);
  const averageMilli = average();
  const replicas = proposed(
    group,
    known,
    averageMilli / targetMilli,
    () => targetMilli,
    () => average() / targetMilli,
  );
  return { replicas, averageMilli };
}

/** By one value that is not of pods: of another object, or from outside the cluster. */
export function byValue({ current, tolerances, pods }: Group, milli: number, targetMilli: number): number {
  const ratio = milli / targetMilli;
  if (current === 0) return Math.min(mostReplicas, Math.ceil(ratio));
  if (isWithin(ratio, tolerances)) return current;
  if (pods.length === 0) throw new Error(`unable to calculate ready pods: ${noPods}`);
  const ready = pods.filter((pod) => pod.status.phase === 'Running' && isPodReady(pod)).length;
  return Math.min(mostReplicas, Math.ceil(ratio * ready));
}
/** By one value that is shared among `replicas` pods. */
export function byValuePerPod(replicas: number, tolerances: Tolerances, milli: number, targetMilli: number): Proposal {
  const share = milli / (targetMilli * replicas);
  const wanted = isWithin(share, tolerances) ? replicas : Math.min(mostReplicas, Math.ceil(milli / targetMilli));
  return { replicas: wanted, averageMilli: Math.ceil(milli / Math.max(1, replicas)) };
}
