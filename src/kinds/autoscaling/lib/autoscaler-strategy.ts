import type { Draft } from '../../../api/kind.ts';
import type { HPAScalingRules } from '../shapes/horizontal-pod-autoscaler.ts';
import { fromV2, specAnnotations, statusAnnotations, toV2, withoutRoundTrip } from './convert.ts';
import type { AutoscalerLike, AutoscalerV1Like } from './types.ts';

type Rules = Draft<HPAScalingRules>;
const defaultCpuUtilization = 80;

/** One direction is told, so the other one is told too (pkg/apis/autoscaling/v2/defaults.go). */
const upRules = (): Rules => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
});
const downRules = (): Rules => ({ selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] });
const given = (rules: Rules | undefined): Rules =>
  Object.fromEntries(Object.entries(rules ?? {}).filter(([, value]) => value !== undefined));

export function defaultBehavior(spec: Draft<AutoscalerLike>['spec']): void {
  if (spec.behavior === undefined) return;
  spec.behavior.scaleUp = { ...upRules(), ...given(spec.behavior.scaleUp) };
  spec.behavior.scaleDown = { ...downRules(), ...given(spec.behavior.scaleDown) };
}

function setAnnotations(metadata: Draft<AutoscalerLike>['metadata'], annotations: Readonly<Record<string, string>> | undefined): void {
  if (annotations === undefined || Object.keys(annotations).length === 0) delete metadata.annotations;
  else metadata.annotations = { ...annotations };
}

export function defaultAutoscaler({ metadata, spec }: Draft<AutoscalerLike>): void {
  setAnnotations(metadata, withoutRoundTrip(metadata.annotations));
  spec.minReplicas ??= 1;
  if ((spec.metrics ?? []).length === 0)
    spec.metrics = [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: defaultCpuUtilization } } },
    ];
  defaultBehavior(spec);
}

/** What autoscaling/v1 can't say goes the way through v2 and back, which brings annotations into their form and drops bad ones. */
export function defaultAutoscalerV1(autoscaler: Draft<AutoscalerV1Like>): void {
  autoscaler.spec.minReplicas ??= 1;
  const { metadata, spec, status } = structuredClone(fromV2(toV2(autoscaler))) as Draft<AutoscalerV1Like>;
  setAnnotations(autoscaler.metadata, metadata.annotations);
  autoscaler.spec = spec;
  autoscaler.status = status;
}
/** Annotations that belong to the part that a write may not touch are those of the old object. */
export function keepAnnotationsV1(autoscaler: Draft<AutoscalerV1Like>, old: AutoscalerV1Like | undefined, subresource: string): void {
  const kept: readonly string[] = subresource === 'status' ? specAnnotations : statusAnnotations;
  const before = old?.metadata.annotations ?? {};
  const own = Object.entries(autoscaler.metadata.annotations ?? {}).filter(([key]) => !kept.includes(key));
  const restored = kept.filter((key) => before[key] !== undefined).map((key): [string, string] => [key, before[key]!]);
  setAnnotations(autoscaler.metadata, Object.fromEntries([...own, ...restored]));
}

/** What is stored of an object of autoscaling/v1. */
export function toStoredAutoscaler(object: AutoscalerV1Like): AutoscalerLike {
  const stored = structuredClone(toV2(object)) as Draft<AutoscalerLike>;
  defaultBehavior(stored.spec);
  return stored;
}
