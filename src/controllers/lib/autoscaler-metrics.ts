import type { AnyKind } from '../../api/kind.ts';
import { milliQuantity, milliValue, parseQuantity } from '../../api/quantity.ts';
import { labelSelectorMatcher } from '../../api/selector.ts';
import type { Transport } from '../../client/call.ts';
import type { HorizontalPodAutoscaler } from '../../kinds/autoscaling/horizontal-pod-autoscaler.ts';
import type {
  CrossVersionObjectReference,
  MetricIdentifier,
  MetricSpec,
  MetricStatus,
  MetricTarget,
} from '../../kinds/autoscaling/shapes/horizontal-pod-autoscaler.ts';
import { byAverage, byUtilization, byValue, byValuePerPod, type Group, type Proposal, type Tolerances } from './autoscaler-replicas.ts';
import { shownSelector } from './labels.ts';
import { externalValue, objectValue, podSamples, resourceSamples } from './metrics-client.ts';
import { groupOfVersion, resourceName } from './scale-client.ts';

/** What one metric of an autoscaler asks for; `name` is how events call it. */
export interface Asked {
  readonly replicas: number;
  readonly name: string;
  readonly status: MetricStatus;
}
/** Why a metric tells nothing. The message is that of condition and event, `whole` adds which metric it is. */
export class MetricError extends Error {
  readonly reason: string;
  readonly whole: string;
  constructor(reason: string, message: string, whole: string) {
    super(message);
    this.name = 'MetricError';
    this.reason = reason;
    this.whole = whole;
  }
}
export interface Surroundings {
  readonly transport: Transport;
  readonly kinds: readonly AnyKind[];
  readonly namespace: string;
  /** Of the pods, as text. */
  readonly labelSelector: string;
  readonly group: Group;
  /** Pods there are, while `group.current` are asked for. */
  readonly statusReplicas: number;
}

/** Errors that `work` throws come out with a reason, and in upstream's nested words. */
async function orError<T>(reason: string, inner: string, outer: string, work: () => Promise<T>, repeated = ''): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = `${inner}${error instanceof Error ? error.message : String(error)}`;
    throw new MetricError(reason, message, `${outer}${repeated}${message}`);
  }
}
async function explained<T>(prefix: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`${prefix}${error instanceof Error ? error.message : String(error)}`);
  }
}
const selectorText = ({ selector }: MetricIdentifier) => (selector === undefined ? '' : labelSelectorMatcher(selector).text);
const amount = (milli: number) => milliQuantity(milli);

interface ResourceSource {
  readonly name: string;
  readonly target: MetricTarget;
  readonly container?: string;
}
async function ofResource({ name, target, container = '' }: ResourceSource, around: Surroundings): Promise<Proposal & { name: string }> {
  const { transport, namespace, labelSelector, group } = around;
  const samples = () =>
    explained(`unable to get metrics for resource ${name}: `, resourceSamples(transport, namespace, labelSelector, name, container));
  const [kind, reason, whole] =
    container === ''
      ? ['resource', 'FailedGetResourceMetric', `failed to get ${name} resource metric value: `]
      : ['container resource', 'FailedGetContainerResourceMetric', `failed to get ${container} container metric value: `];
  const { averageValue, averageUtilization } = target;
  if (averageValue !== undefined) {
    const work = async () => byAverage(group, await samples(), name, milliValue(averageValue));
    return { ...(await orError(reason, `failed to get ${name} usage: `, whole, work)), name: `${name} resource` };
  }
  const work = async () => byUtilization(group, await samples(), name, container, averageUtilization ?? 0);
  const found = await orError(reason, `failed to get ${name} utilization: `, whole, work);
  return { ...found, name: `${name} ${kind} utilization (percentage of request)` };
}
function currentOf(resource: string, { averageMilli, utilization }: Proposal) {
  const averageValue = milliQuantity(averageMilli, resource === 'memory' ? 'BinarySI' : 'DecimalSI');
  return utilization === undefined ? { averageValue } : { averageUtilization: utilization, averageValue };
}

async function describedValue(object: CrossVersionObjectReference, metric: MetricIdentifier, around: Surroundings): Promise<number> {
  const { transport, kinds, namespace } = around;
  const group = groupOfVersion(object.apiVersion ?? '');
  const kind = kinds.find((each) => each.group === group && each.kind === object.kind);
  const read = async () => {
    if (kind === undefined) throw new Error(`no matches for kind "${object.kind}" in group "${group}"`);
    return objectValue(transport, namespace, object, resourceName(kind), metric.name, selectorText(metric));
  };
  try {
    return await read();
  } catch (error) {
    // Upstream's words, whose parts stand in this order.
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`unable to get metric ${metric.name}: ${object.kind} on ${namespace} ${object.name}/${message}`);
  }
}

type Source<T extends keyof MetricSpec> = NonNullable<MetricSpec[T]>;

async function ofObject({ describedObject, target, metric }: Source<'object'>, around: Surroundings): Promise<Asked> {
  const { group, statusReplicas } = around;
  const [reason, whole] = ['FailedGetObjectMetric', 'failed to get object metric value: '];
  const status = (current: object) => ({ type: 'Object', object: { describedObject, metric, current } });
  const { type, value, averageValue } = target;
  if (type === 'Value' && value !== undefined) {
    const [replicas, milli] = await orError(reason, '', whole, async () => {
      const milli = await describedValue(describedObject, metric, around);
      return [byValue(group, milli, milliValue(value)), milli] as const;
    });
    return { replicas, name: `${describedObject.kind} metric ${metric.name}`, status: status({ value: amount(milli) }) };
  }
  const work = async () =>
    byValuePerPod(statusReplicas, group.tolerances, await describedValue(describedObject, metric, around), milliValue(averageValue!));
  const { replicas, averageMilli } = await orError(reason, '', whole, work, `failed to get ${metric.name} object metric: `);
  const name = `external metric ${metric.name}(${shownSelector(metric.selector)})`;
  return { replicas, name, status: status({ averageValue: amount(averageMilli) }) };
}

async function ofPods({ metric, target }: Source<'pods'>, around: Surroundings): Promise<Asked> {
  const { transport, namespace, labelSelector, group } = around;
  const { replicas, averageMilli } = await orError('FailedGetPodsMetric', '', 'failed to get pods metric value: ', async () => {
    const read = podSamples(transport, namespace, labelSelector, metric.name, selectorText(metric));
    return byAverage(group, await explained(`unable to get metric ${metric.name}: `, read), '', milliValue(target.averageValue!));
  });
  const current = { averageValue: amount(averageMilli) };
  return { replicas, name: `pods metric ${metric.name}`, status: { type: 'Pods', pods: { metric, current } } };
}

async function ofExternal({ metric, target }: Source<'external'>, around: Surroundings): Promise<Asked> {
  const { transport, namespace, group, statusReplicas } = around;
  const [reason, whole] = ['FailedGetExternalMetric', `failed to get ${metric.name} external metric value: `];
  const shown = shownSelector(metric.selector);
  const read = () =>
    explained(
      `unable to get external metric ${namespace}/${metric.name}/${shown}: `,
      externalValue(transport, namespace, metric.name, selectorText(metric)),
    );
  const name = `external metric ${metric.name}(${shown})`;
  const status = (current: object) => ({ type: 'External', external: { metric, current } });
  const { value, averageValue } = target;
  if (averageValue !== undefined) {
    const work = async () => byValuePerPod(statusReplicas, group.tolerances, await read(), milliValue(averageValue));
    const { replicas, averageMilli } = await orError(reason, '', whole, work, `failed to get ${metric.name} external metric: `);
    return { replicas, name, status: status({ averageValue: amount(averageMilli) }) };
  }
  const work = async () => {
    const milli = await read();
    return [byValue(group, milli, milliValue(value!)), milli] as const;
  };
  const [replicas, milli] = await orError(reason, '', whole, work, `failed to get external metric ${metric.name}: `);
  return { replicas, name, status: status({ value: amount(milli) }) };
}

/** Throws MetricError. */
export async function evaluate(spec: MetricSpec, around: Surroundings): Promise<Asked> {
  const { object, pods, external, resource, containerResource } = spec;
  if (object !== undefined) return ofObject(object, around);
  if (pods !== undefined) return ofPods(pods, around);
  if (external !== undefined) return ofExternal(external, around);
  const source = (resource ?? containerResource)!;
  const found = await ofResource(source, around);
  const current = currentOf(source.name, found);
  const status =
    containerResource === undefined
      ? { type: 'Resource', resource: { name: source.name, current } }
      : { type: 'ContainerResource', containerResource: { name: source.name, container: containerResource.container, current } };
  return { replicas: found.replicas, name: found.name, status };
}

/** How far a metric may be from its target without anything being done; a tenth where the behavior says nothing. */
export function tolerancesOf({ spec }: HorizontalPodAutoscaler): Tolerances {
  const share = (text: string | undefined) => (text === undefined ? 0.1 : Number(parseQuantity(text).nanos) / 1e9);
  return { up: share(spec.behavior?.scaleUp?.tolerance), down: share(spec.behavior?.scaleDown?.tolerance) };
}
