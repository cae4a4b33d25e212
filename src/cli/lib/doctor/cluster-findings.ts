import type { Deployment } from '../../../kinds/apps/deployment.ts';
import type { Event } from '../../../kinds/core/event.ts';
import type { Namespace } from '../../../kinds/core/namespace.ts';
import type { Node } from '../../../kinds/core/node.ts';
import type { Pod } from '../../../kinds/core/pod.ts';
import type { Service } from '../../../kinds/core/service.ts';
import type { EndpointSlice } from '../../../kinds/discovery/endpoint-slice.ts';
import type { Finding } from '../../backend.ts';

/** What the API tells of a cluster at one moment. */
export interface ClusterState {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly events: readonly Event[];
  readonly deployments: readonly Deployment[];
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  readonly namespaces: readonly Namespace[];
  readonly nowMs: number;
}

/** What takes longer than this is stuck. */
const patienceMs = 60_000;
const longestText = 300;
const warning = (what: string, advice: string): Finding => ({ level: 'warning', what, advice });
const error = (what: string, advice: string): Finding => ({ level: 'error', what, advice });
const short = (text: string | undefined) => (text ?? '').trim().slice(0, longestText);
const since = (time: string | undefined | null, nowMs: number) => (time ? nowMs - Date.parse(time) : 0);
const idOf = ({ metadata }: { readonly metadata: { readonly namespace?: string | undefined; readonly name: string } }) =>
  `${metadata.namespace}/${metadata.name}`;
const place = ({
  metadata: { namespace, name },
}: {
  readonly metadata: { readonly namespace?: string | undefined; readonly name: string };
}) => `-n ${namespace} ${name}`;

/** What is wrong in a cluster whose API answers, and what to do. Pure. */
export function clusterFindings(state: ClusterState): readonly Finding[] {
  const findings = [
    ...state.nodes.flatMap((node) => [...nodeFindings(node)]),
    ...state.pods.flatMap((pod) => [...podFindings(pod, state)]),
    ...state.deployments.flatMap((deployment) => [...deploymentFindings(deployment)]),
    ...state.services.flatMap((service) => [...serviceFindings(service, state)]),
    ...state.namespaces.flatMap((namespace) => [...namespaceFindings(namespace, state.nowMs)]),
  ];
  if (state.nodes.length === 0)
    findings.unshift(error('the cluster has no node', 'nothing can run; the server log ("skiff logs") says why its node did not register'));
  return findings.length > 0 ? findings : [{ level: 'ok', what: `nodes are Ready, and all ${state.pods.length} pods are well` }];
}

function* nodeFindings(node: Node): Generator<Finding> {
  const { name } = node.metadata;
  const condition = (type: string) => node.status.conditions?.find((one) => one.type === type);
  const ready = condition('Ready');
  if (ready?.status !== 'True') {
    const message = short(ready?.message) || 'it has not reported yet';
    const advice = /runtime is down/.test(message)
      ? 'containerd does not work: its log is containerd/containerd.log in the state folder; the server starts it again when it ends'
      : /network not ready|cni/i.test(message)
        ? 'pods have no network yet; the server log ("skiff logs") says why it is not configured'
        : ready?.status === 'Unknown'
          ? 'its kubelet has not been heard of for a while: is the server overloaded, or the machine asleep? "skiff logs" tells'
          : 'the server log ("skiff logs") tells more';
    yield error(`the node ${name} is not Ready: ${message}`, advice);
  }
  const advices = {
    DiskPressure: 'pods are evicted and new ones refused: remove unused images and files, or make the disk larger',
    MemoryPressure: 'pods are evicted, and those without requests refused: give pods limits, or stop something',
    PIDPressure: 'pods are evicted: some pod starts processes without end',
  };
  for (const [type, advice] of Object.entries(advices))
    if (condition(type)?.status === 'True') yield error(`the node ${name} has ${type}`, advice);
  if (node.spec.unschedulable === true) yield warning(`the node ${name} takes no new pods: it is cordoned`, `kubectl uncordon ${name}`);
}

function eventsOf(pod: Pod, events: readonly Event[], reason: string): Event | undefined {
  return events
    .filter((event) => event.involvedObject?.uid === pod.metadata.uid && event.reason === reason)
    .sort((a, b) => String(b.lastTimestamp ?? b.eventTime ?? '').localeCompare(String(a.lastTimestamp ?? a.eventTime ?? '')))[0];
}

function* podFindings(pod: Pod, state: ClusterState): Generator<Finding> {
  const { status, metadata } = pod;
  const id = idOf(pod);
  if (metadata.deletionTimestamp !== undefined) {
    if (since(metadata.deletionTimestamp, state.nowMs) < patienceMs) return;
    const finalizers = metadata.finalizers ?? [];
    yield warning(
      `the pod ${id} is still there long after its deletion`,
      finalizers.length > 0
        ? `it waits for whoever sets the finalizers ${finalizers.join(', ')}`
        : `if its node is gone for good: kubectl delete pod ${place(pod)} --force`,
    );
    return;
  }
  if (status.reason === 'Evicted')
    return void (yield warning(
      `the pod ${id} was evicted: ${short(status.message)}`,
      `give it requests that fit what it uses; kubectl delete pod ${place(pod)} removes what is left of it`,
    ));
  if (status.phase === 'Pending' && !pod.spec.nodeName) return yield* unscheduled(pod, state);
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  let told = false;
  for (const container of statuses) {
    for (const finding of containerFindings(pod, container)) {
      told = true;
      yield finding;
    }
  }
  if (told || status.phase === 'Succeeded' || status.phase === 'Failed') return;
  const stuck = ['FailedMount', 'FailedCreatePodSandBox']
    .map((reason) => eventsOf(pod, state.events, reason))
    .find((event) => event !== undefined);
  if (stuck !== undefined && status.phase === 'Pending')
    return void (yield error(
      `the pod ${id} cannot start: ${short(stuck.message)}`,
      `make what is missing, or correct the pod; kubectl describe pod ${place(pod)} tells more`,
    ));
  const ready = status.conditions?.find((one) => one.type === 'Ready');
  if (ready?.status !== 'True' && status.phase === 'Running' && since(ready?.lastTransitionTime, state.nowMs) > patienceMs) {
    const probe = eventsOf(pod, state.events, 'Unhealthy');
    yield warning(
      `the pod ${id} runs but is not ready${probe === undefined ? '' : `: ${short(probe.message)}`}`,
      `it gets no traffic until its readiness probe succeeds; kubectl logs ${place(pod)}`,
    );
  }
}

function* unscheduled(pod: Pod, state: ClusterState): Generator<Finding> {
  const scheduled = pod.status.conditions?.find((one) => one.type === 'PodScheduled');
  if (scheduled?.reason === 'Unschedulable')
    yield error(
      `no node takes the pod ${idOf(pod)}: ${short(scheduled.message)}`,
      'lower its requests, correct its selectors or tolerations, or free a node (cordoned? tainted? full?)',
    );
  else if (scheduled?.reason === 'SchedulingGated')
    yield warning(`the pod ${idOf(pod)} is held by scheduling gates`, 'whoever set them must remove them');
  else if (since(pod.metadata.creationTimestamp, state.nowMs) > patienceMs)
    yield error(`the pod ${idOf(pod)} has not been placed`, 'does the scheduler run? "skiff logs" tells');
}

type ContainerStatus = NonNullable<Pod['status']['containerStatuses']>[number];

function* containerFindings(pod: Pod, container: ContainerStatus): Generator<Finding> {
  const id = `${idOf(pod)}, container ${container.name}`;
  const reason = container.state?.waiting?.reason;
  const message = short(container.state?.waiting?.message);
  const last = container.lastState?.terminated;
  if (reason === 'CrashLoopBackOff') {
    const how =
      last === undefined
        ? ''
        : ` (${last.reason === 'OOMKilled' ? 'out of memory' : `exit code ${last.exitCode}`}, ${container.restartCount} restarts)`;
    yield error(`${id} keeps crashing${how}`, crashAdvice(pod, container));
  } else if (reason === 'ImagePullBackOff' || reason === 'ErrImagePull') {
    const advice = /401|403|denied|authorization/i.test(message)
      ? 'the registry wants a password: name a Secret of type docker-registry in imagePullSecrets'
      : /not found|no such host|lookup|refused|timeout/i.test(message)
        ? 'is the name right, and can the registry be reached? Images made here: "skiff image ls"; make one with "skiff image pack", or "skiff image load"'
        : `kubectl describe pod ${place(pod)} tells more`;
    yield error(`${id}: its image ${container.image} cannot be pulled: ${message}`, advice);
  } else if (reason === 'InvalidImageName') yield error(`${id}: ${message}`, 'correct the name of the image');
  else if (reason === 'ErrImageNeverPull')
    yield error(`${id}: ${message}`, 'bring the image here first ("skiff image load" or "pack"), or allow it to be pulled');
  else if (reason === 'CreateContainerConfigError')
    yield error(`${id} cannot be made: ${message}`, 'make the ConfigMap or Secret it names, or correct the name or key');
  else if (reason === 'CreateContainerError' || reason === 'RunContainerError')
    yield error(`${id} cannot be started: ${message}`, 'is the command in the image? kubectl describe pod tells more');
  else if (container.state?.running !== undefined && container.restartCount >= 5 && last !== undefined)
    yield warning(
      `${id} was restarted ${container.restartCount} times (last: ${last.reason ?? 'Error'}, exit code ${last.exitCode})`,
      crashAdvice(pod, container),
    );
}

function crashAdvice(pod: Pod, { name, lastState }: ContainerStatus): string {
  const last = lastState?.terminated;
  const logs = `kubectl logs ${place(pod)} -c ${name} --previous`;
  if (last?.reason === 'OOMKilled') return `it uses more memory than its limit: raise resources.limits.memory, or let it use less. ${logs}`;
  if (last?.exitCode === 127) return `the shell did not find a command. ${logs}`;
  if (last?.exitCode === 126) return `its command may not be run: is it executable? ${logs}`;
  if (last?.exitCode === 137) return `it was killed (a liveness probe?): kubectl describe pod ${place(pod)}`;
  return `its own words tell why: ${logs}`;
}

function* deploymentFindings(deployment: Deployment): Generator<Finding> {
  const condition = (type: string) => deployment.status.conditions?.find((one) => one.type === type);
  const failure = condition('ReplicaFailure');
  if (failure?.status === 'True')
    yield error(
      `the Deployment ${idOf(deployment)} cannot make its pods: ${short(failure.message)}`,
      'is a quota used up, or does an admission rule refuse them?',
    );
  if (condition('Progressing')?.reason === 'ProgressDeadlineExceeded')
    yield error(
      `the rollout of the Deployment ${idOf(deployment)} does not get on`,
      `look at its newest pods, or go back: kubectl rollout undo deployment -n ${deployment.metadata.namespace} ${deployment.metadata.name}`,
    );
}

function* serviceFindings(service: Service, { slices, pods }: ClusterState): Generator<Finding> {
  const { selector, type } = service.spec;
  if (type === 'ExternalName' || selector === undefined || Object.keys(selector).length === 0) return;
  const own = slices.filter(
    ({ metadata }) =>
      metadata.namespace === service.metadata.namespace && metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name,
  );
  if (own.some(({ endpoints }) => endpoints.some(({ conditions }) => conditions?.ready !== false))) return;
  const selected = pods.filter(
    ({ metadata }) =>
      metadata.namespace === service.metadata.namespace &&
      Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value),
  );
  const text = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  yield warning(
    `the Service ${idOf(service)} leads nowhere: ${selected.length === 0 ? `no pod has the labels ${text}` : `none of its ${selected.length} pods is ready`}`,
    selected.length === 0
      ? `correct its selector, or the labels of the pods: kubectl get pods -n ${service.metadata.namespace} --show-labels`
      : 'see what is said of those pods',
  );
}

function* namespaceFindings(namespace: Namespace, nowMs: number): Generator<Finding> {
  if (namespace.metadata.deletionTimestamp === undefined || since(namespace.metadata.deletionTimestamp, nowMs) < patienceMs) return;
  const why = (namespace.status.conditions ?? []).filter((one) => one.status === 'True').map((one) => short(one.message));
  yield warning(
    `the namespace ${namespace.metadata.name} has been ending for more than a minute${why.length === 0 ? '' : `: ${why.join('; ')}`}`,
    'something in it has finalizers that nobody removes',
  );
}
