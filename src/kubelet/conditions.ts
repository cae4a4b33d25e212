import { sandboxChanged } from './pod-actions.ts';
import type { ObservedPod } from './observed.ts';
import type { ContainerStatusV1, Pod, PodCondition } from './types.ts';
import { containersOf, initContainersOf, isSidecar } from './types.ts';

export const kubeletConditions: readonly string[] = [
  'PodScheduled',
  'Ready',
  'Initialized',
  'ContainersReady',
  'PodResizePending',
  'PodResizeInProgress',
  'PodReadyToStartContainers',
  'AllContainersRestarting',
];

export interface Verdict {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}
/** Go prints lists of strings as [a b]. */
const listed = (names: readonly string[]) => `[${names.join(' ')}]`;
const find = (statuses: readonly ContainerStatusV1[], name: string) => statuses.find((status) => status.name === name);

function terminalVerdict(type: string, phase: string): Verdict | undefined {
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  return phase === 'Succeeded' ? { type, status: 'False', reason: 'PodCompleted' } : undefined;
}

function containersReady(pod: Pod, statuses: readonly ContainerStatusV1[], phase: string): Verdict {
  const type = 'ContainersReady';
  const counted = [...initContainersOf(pod).filter(isSidecar), ...containersOf(pod)];
  const unknown = counted.filter((container) => find(statuses, container.name) === undefined).map((one) => one.name);
  const unready = counted.filter((container) => find(statuses, container.name)?.ready === false).map((one) => one.name);
  const terminal = phase === 'Succeeded' && unknown.length > 0 ? undefined : terminalVerdict(type, phase);
  if (terminal !== undefined) return terminal;
  const messages = [
    ...(unknown.length > 0 ? [`containers with unknown status: ${listed(unknown)}`] : []),
    ...(unready.length > 0 ? [`containers with unready status: ${listed(unready)}`] : []),
  ];
  if (messages.length > 0) return { type, status: 'False', reason: 'ContainersNotReady', message: messages.join(', ') };
  return { type, status: 'True' };
}

function ready(pod: Pod, containers: Verdict, conditions: readonly PodCondition[]): Verdict {
  if (containers.status !== 'True') return { ...containers, type: 'Ready' };
  const messages = (pod.spec?.readinessGates ?? []).flatMap((gate) => {
    const condition = conditions.find((one) => one.type === gate.conditionType);
    if (condition === undefined) return [`corresponding condition of pod readiness gate "${gate.conditionType}" does not exist.`];
    if (condition.status === 'True') return [];
    return [`the status of pod readiness gate "${gate.conditionType}" is not "True", but ${condition.status}`];
  });
  if (messages.length > 0) return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
  return { type: 'Ready', status: 'True' };
}

function initialized(pod: Pod, statuses: readonly ContainerStatusV1[], phase: string, old: readonly PodCondition[]): Verdict {
  const type = 'Initialized';
  const inits = initContainersOf(pod);
  const unknown = inits.filter((container) => find(statuses, container.name) === undefined).map((one) => one.name);
  const incomplete = inits
    .filter((container) => {
      const status = find(statuses, container.name);
      return status !== undefined && (isSidecar(container) ? status.started !== true : !status.ready);
    })
    .map((one) => one.name);
  if (phase === 'Succeeded' && unknown.length === 0) return { type, status: 'True', reason: 'PodCompleted' };
  const begun = containersOf(pod).some((container) => {
    const status = find(statuses, container.name);
    if (status === undefined) return false;
    return status.state?.running !== undefined || status.state?.terminated !== undefined || status.lastState?.terminated !== undefined;
  });
  if (begun) return { type, status: 'True' };
  const messages = [
    ...(unknown.length > 0 ? [`containers with unknown status: ${listed(unknown)}`] : []),
    ...(incomplete.length > 0 ? [`containers with incomplete status: ${listed(incomplete)}`] : []),
  ];
  if (messages.length === 0 || old.some((one) => one.type === type && one.status === 'True')) return { type, status: 'True' };
  return { type, status: 'False', reason: 'ContainersNotInitialized', message: messages.join(', ') };
}

/** The conditions that the kubelet owns, without times. */
export function podVerdicts(
  pod: Pod,
  observed: ObservedPod,
  statuses: readonly ContainerStatusV1[],
  phase: string,
  old: readonly PodCondition[],
): readonly Verdict[] {
  const containers = containersReady(pod, statuses, phase);
  return [
    { type: 'PodReadyToStartContainers', status: sandboxChanged(pod, observed).changed ? 'False' : 'True' },
    initialized(pod, statuses, phase, old),
    ready(pod, containers, pod.status?.conditions ?? []),
    containers,
    { type: 'PodScheduled', status: 'True' },
  ];
}
