import { parseTime } from '../../../api/gotime.ts';
import type { Column } from '../../../api/kind.ts';
import { ageColumn, ago, nameColumn } from '../../lib/columns.ts';
import type { ContainerStatus } from '../shapes/pod-status.ts';
import type { PodLike } from './pod-types.ts';

interface Summary {
  readonly ready: string;
  readonly status: string;
  readonly restarts: number;
  /** When a container last ended before it was started again; 0: never. */
  readonly lastRestartMs: number;
}
interface Counts {
  restarts: number;
  lastRestartMs: number;
}

function countRestarts(into: Counts, status: ContainerStatus): void {
  into.restarts += status.restartCount;
  const finished = parseTime(status.lastState.terminated?.finishedAt ?? '') ?? 0;
  if (finished > into.lastRestartMs) into.lastRestartMs = finished;
}
const isTrue = (pod: PodLike, type: string) => pod.status.conditions?.some((one) => one.type === type && one.status === 'True') === true;

interface Initialization {
  /** What the status column says while an init container is not done. */
  readonly reason: string | undefined;
  readonly all: Counts;
  readonly sidecars: Counts;
  readonly readySidecars: number;
}

function initializationOf(pod: PodLike, sidecarNames: ReadonlySet<string>): Initialization {
  const all: Counts = { restarts: 0, lastRestartMs: 0 };
  const sidecars: Counts = { restarts: 0, lastRestartMs: 0 };
  let readySidecars = 0;
  for (const [index, status] of (pod.status.initContainerStatuses ?? []).entries()) {
    const { waiting, terminated } = status.state;
    const isSidecar = sidecarNames.has(status.name);
    countRestarts(all, status);
    if (isSidecar) countRestarts(sidecars, status);
    if (terminated?.exitCode === 0) continue;
    if (isSidecar && status.started === true) {
      if (status.ready) readySidecars++;
      continue;
    }
    const total = pod.spec.initContainers?.length ?? 0;
    let reason = `Init:${index}/${total}`;
    if (terminated !== undefined) {
      reason = terminated.reason
        ? `Init:${terminated.reason}`
        : terminated.signal
          ? `Init:Signal:${terminated.signal}`
          : `Init:ExitCode:${terminated.exitCode}`;
    } else if (waiting?.reason && waiting.reason !== 'PodInitializing') reason = `Init:${waiting.reason}`;
    return { reason, all, sidecars, readySidecars };
  }
  return { reason: undefined, all, sidecars, readySidecars };
}

/** Adds what the main containers say to `counts` and gives their word for the pod's state. */
function mainContainers(pod: PodLike, before: string, counts: Counts): { readonly reason: string; readonly ready: number } {
  let reason = before;
  let errorReason = '';
  let running = false;
  let ready = 0;
  for (const status of [...(pod.status.containerStatuses ?? [])].reverse()) {
    const { waiting, terminated } = status.state;
    countRestarts(counts, status);
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated !== undefined) {
      reason = terminated.reason || (terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`);
      if (terminated.exitCode !== 0) errorReason = reason;
    } else if (status.ready && status.state.running !== undefined) {
      running = true;
      ready++;
    }
  }
  if (reason === 'Completed') {
    if (running && isTrue(pod, 'Ready')) reason = 'Running';
    else if (errorReason !== '') reason = errorReason;
    else if (running) reason = 'NotReady';
  }
  return { reason, ready };
}

function summarize(pod: PodLike): Summary {
  const { spec, status, metadata } = pod;
  const sidecars = new Set((spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map((one) => one.name));
  let reason = status.reason || status.phase || '';
  if (status.conditions?.some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated')) reason = 'SchedulingGated';
  const initialization = initializationOf(pod, sidecars);
  let ready = initialization.readySidecars;
  let counts = initialization.all;
  if (initialization.reason !== undefined) reason = initialization.reason;
  if (initialization.reason === undefined || isTrue(pod, 'Initialized')) {
    counts = initialization.sidecars;
    const main = mainContainers(pod, reason, counts);
    reason = main.reason;
    ready += main.ready;
  }
  if (metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') reason = 'Unknown';
    else if (status.phase !== 'Failed' && status.phase !== 'Succeeded') reason = 'Terminating';
  }
  return { ready: `${ready}/${spec.containers.length + sidecars.size}`, status: reason, ...counts };
}

const memo = new WeakMap<PodLike, Summary>();
function summaryOf(pod: PodLike): Summary {
  let summary = memo.get(pod);
  if (summary === undefined) {
    summary = summarize(pod);
    memo.set(pod, summary);
  }
  return summary;
}

function restartsText(pod: PodLike, nowMs: number): string {
  const { restarts, lastRestartMs } = summaryOf(pod);
  return restarts === 0 || lastRestartMs === 0
    ? String(restarts)
    : `${restarts} (${ago(new Date(lastRestartMs).toISOString(), nowMs)} ago)`;
}
function readinessGates({ spec, status }: PodLike): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const passed = gates.filter((gate) => status.conditions?.find((one) => one.type === gate.conditionType)?.status === 'True');
  return `${passed.length}/${gates.length}`;
}

/** As kubectl shows pods. */
export const podColumns: readonly Column<PodLike>[] = [
  nameColumn,
  { name: 'Ready', type: 'string', description: 'Containers that are ready, of all', value: (pod) => summaryOf(pod).ready },
  { name: 'Status', type: 'string', description: 'State of the pod, from those of its containers', value: (pod) => summaryOf(pod).status },
  { name: 'Restarts', type: 'string', description: 'How often containers were restarted, and when last', value: restartsText },
  ageColumn,
  { name: 'IP', type: 'string', priority: 1, value: (pod) => pod.status.podIPs?.[0]?.ip || pod.status.podIP || '<none>' },
  { name: 'Node', type: 'string', priority: 1, value: (pod) => pod.spec.nodeName || '<none>' },
  { name: 'Nominated Node', type: 'string', priority: 1, value: (pod) => pod.status.nominatedNodeName || '<none>' },
  { name: 'Readiness Gates', type: 'string', priority: 1, value: readinessGates },
];
