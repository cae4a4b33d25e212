import { decodeShape } from '../../../api/decode.ts';
import { goEscaped } from '../../../api/json.ts';
import type { ObjectMeta } from '../../../api/meta.ts';
import type { Fields, FieldsOf, Shape } from '../../../api/schema.ts';
import { goShown } from '../../lib/go-shown.ts';
import * as v1 from '../shapes/horizontal-pod-autoscaler-v1.ts';
import * as v2 from '../shapes/horizontal-pod-autoscaler.ts';
import { specFromV1, specToV1, statusFromV1, statusToV1 } from './metrics.ts';
import type { AutoscalerLike, AutoscalerV1Like } from './types.ts';

/** What autoscaling/v1 has no fields for stands in annotations of its objects, as JSON (pkg/apis/autoscaling/annotations.go). */
const prefix = 'autoscaling.alpha.kubernetes.io/';
export const specAnnotations = [`${prefix}metrics`, `${prefix}behavior`] as const;
export const statusAnnotations = [`${prefix}current-metrics`, `${prefix}conditions`] as const;
const [metricsAnnotation, behaviorAnnotation] = specAnnotations;
const [currentAnnotation, conditionsAnnotation] = statusAnnotations;
const roundTrip = [...specAnnotations, ...statusAnnotations, `${prefix}scale-down-tolerance`, `${prefix}scale-up-tolerance`];
const defaultCpuUtilization = 80;

type Annotations = ObjectMeta['annotations'];
export function withoutRoundTrip(annotations: Annotations): Annotations {
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !roundTrip.includes(key));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
function withAnnotations<T extends ObjectMeta>(metadata: T, annotations: Annotations): T {
  const { annotations: _, ...rest } = metadata;
  return (annotations === undefined || Object.keys(annotations).length === 0 ? rest : { ...rest, annotations }) as T;
}

const goJson = (value: unknown): string => goEscaped(JSON.stringify(value));
const listJson = <F extends Fields>(shape: Shape<F>, items: readonly object[]): string =>
  goJson(items.map((item) => decodeShape(shape, JSON.parse(JSON.stringify(item)))));

/** undefined: there is none, or it cannot be read; then it does not count. */
function readJson<T>(text: string | undefined, read: (json: any) => T): T | undefined {
  if (text === undefined) return undefined;
  try {
    return read(JSON.parse(text));
  } catch {
    return undefined;
  }
}
const readList = <F extends Fields>(text: string | undefined, shape: Shape<F>): readonly FieldsOf<F>[] | undefined =>
  readJson(text, (json) => (json === null ? [] : (json as readonly unknown[]).map((item) => decodeShape(shape, item ?? {}))));
/** Keys by their Go names, as the behavior is written, to those of the API. */
const lowered = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(lowered)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key[0]?.toLowerCase() + key.slice(1), lowered(item)]))
      : value;
function readBehavior(text: string | undefined): v2.HorizontalPodAutoscalerBehavior | undefined {
  const behavior = readJson(text, (json) => decodeShape(v2.horizontalPodAutoscalerBehavior, lowered(json)));
  return behavior?.scaleUp === undefined && behavior?.scaleDown === undefined ? undefined : behavior;
}

const cpuMetric = (averageUtilization: number): v2.MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
const isCpuUtilization = ({ type, resource }: v2.MetricSpec) =>
  type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined;

/** `hasDefaults`: who says no metric is given the default one, as of what a client sent. */
export function toV2(object: AutoscalerV1Like, hasDefaults = true): AutoscalerLike {
  const { metadata, spec, status } = object;
  const annotations = metadata.annotations ?? {};
  const { targetCPUUtilizationPercentage: cpu, scaleTargetRef, minReplicas, maxReplicas } = spec;
  const own = cpu === undefined ? [] : [cpuMetric(cpu)];
  const metrics = [...(readList(annotations[metricsAnnotation], v1.metricSpec) ?? []).map(specFromV1), ...own];
  const behavior = readBehavior(annotations[behaviorAnnotation]);
  const { currentCPUUtilizationPercentage: currentCpu, ...counts } = status;
  const currentOwn: readonly v2.MetricStatus[] =
    currentCpu === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: currentCpu } } }];
  const conditions = readList(annotations[conditionsAnnotation], v1.horizontalPodAutoscalerCondition);
  const { currentReplicas, ...others } = counts;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: withAnnotations(metadata, withoutRoundTrip(metadata.annotations)),
    spec: {
      scaleTargetRef,
      ...(minReplicas === undefined ? {} : { minReplicas }),
      maxReplicas,
      metrics: hasDefaults && metrics.length === 0 ? [cpuMetric(defaultCpuUtilization)] : metrics,
      ...(behavior === undefined ? {} : { behavior }),
    },
    status: {
      ...others,
      ...(currentReplicas === 0 ? {} : { currentReplicas }),
      currentMetrics: readList(annotations[currentAnnotation], v1.metricStatus)?.map(statusFromV1) ?? currentOwn,
      ...(conditions === undefined || conditions.length === 0 ? {} : { conditions }),
    },
  };
}

export function fromV2(object: AutoscalerLike): AutoscalerV1Like {
  const { metadata, spec, status } = object;
  const { scaleTargetRef, minReplicas, maxReplicas, metrics = [], behavior } = spec;
  const others = metrics.filter((metric) => !isCpuUtilization(metric));
  const cpu = metrics.find(isCpuUtilization)?.resource?.target.averageUtilization;
  const { currentMetrics = [], conditions = [], currentReplicas = 0, desiredReplicas, ...times } = status;
  const currentCpu = currentMetrics.findLast(
    ({ type, resource }) => type === 'Resource' && resource?.name === 'cpu' && resource.current.averageUtilization !== undefined,
  )?.resource?.current.averageUtilization;
  const annotations = {
    ...withoutRoundTrip(metadata.annotations),
    ...(others.length === 0 ? {} : { [metricsAnnotation]: listJson(v1.metricSpec, others.map(specToV1)) }),
    ...(currentMetrics.length === 0 ? {} : { [currentAnnotation]: listJson(v1.metricStatus, currentMetrics.map(statusToV1)) }),
    ...(behavior === undefined ? {} : { [behaviorAnnotation]: goJson(goShown(v2.horizontalPodAutoscalerBehavior, behavior)) }),
    ...(conditions.length === 0 ? {} : { [conditionsAnnotation]: listJson(v1.horizontalPodAutoscalerCondition, conditions) }),
  };
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: withAnnotations(metadata, annotations),
    spec: {
      scaleTargetRef,
      ...(minReplicas === undefined ? {} : { minReplicas }),
      maxReplicas,
      ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu }),
    },
    status: {
      ...times,
      currentReplicas,
      desiredReplicas,
      ...(currentCpu === undefined ? {} : { currentCPUUtilizationPercentage: currentCpu }),
    },
  };
}
