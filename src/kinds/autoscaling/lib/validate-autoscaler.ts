import type { ValidationContext } from '../../../api/kind.ts';
import { isPathSegmentName } from '../../../api/names.ts';
import { quantitySign } from '../../../api/quantity.ts';
import { fieldError } from '../../../api/status.ts';
import { containerResourceName } from '../../core/lib/resource-names.ts';
import { dnsLabel, type Errors, invalidIf, nonNegative } from '../../lib/validate.ts';
import type {
  CrossVersionObjectReference,
  HPAScalingRules,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from '../shapes/horizontal-pod-autoscaler.ts';
import type { AutoscalerLike } from './types.ts';

const longestPeriodSeconds = 1800;
const longestWindowSeconds = 3600;
const metricTypes = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];

interface ReferenceRules {
  readonly coreGroup: boolean;
  readonly anyVersion: boolean;
}
function versionProblem(apiVersion: string, { coreGroup, anyVersion }: ReferenceRules): string | undefined {
  if (anyVersion) return undefined;
  const parts = apiVersion.split('/');
  if (parts.length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  return !coreGroup && (parts.length < 2 || parts[0] === '') ? 'apiVersion must specify API group' : undefined;
}
function* validateReference(reference: CrossVersionObjectReference, path: string, rules: ReferenceRules): Errors {
  for (const field of ['kind', 'name'] as const) {
    if (reference[field] === '') yield fieldError.required(`${path}.${field}`);
    else yield* invalidIf(isPathSegmentName(reference[field]), `${path}.${field}`, reference[field]);
  }
  const { apiVersion = '' } = reference;
  const problem = versionProblem(apiVersion, rules);
  if (problem !== undefined) yield fieldError.invalid(`${path}.apiVersion`, apiVersion, problem);
}

function* validateTarget({ type, value, averageValue, averageUtilization }: MetricTarget, path: string): Errors {
  if (type === '') yield fieldError.required(`${path}.type`, 'must specify a metric target type');
  if (!['Utilization', 'Value', 'AverageValue'].includes(type))
    yield fieldError.invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue');
  if (value !== undefined && quantitySign(value) !== 1) yield fieldError.invalid(`${path}.value`, value, 'must be positive');
  if (averageValue !== undefined && quantitySign(averageValue) !== 1)
    yield fieldError.invalid(`${path}.averageValue`, averageValue, 'must be positive');
  if (averageUtilization !== undefined && averageUtilization < 1)
    yield fieldError.invalid(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0');
}
function* validateMetricName({ name }: MetricIdentifier, path: string): Errors {
  if (name === '') yield fieldError.required(`${path}.name`, 'must specify a metric name');
  else yield* invalidIf(isPathSegmentName(name), `${path}.name`, name);
}
function* validateResourceTarget(target: MetricTarget, path: string): Errors {
  yield* validateTarget(target, path);
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined)
    yield fieldError.required(`${path}.averageUtilization`, 'must set either a target raw value or a target utilization');
  if (averageUtilization !== undefined && averageValue !== undefined)
    yield fieldError.forbidden(`${path}.averageValue`, 'may not set both a target raw value and a target utilization');
}

type Source = 'object' | 'external' | 'pods' | 'resource' | 'containerResource';
const checks: { readonly [K in Source]: (source: NonNullable<MetricSpec[K]>, path: string, rules: ReferenceRules) => Errors } = {
  *object({ describedObject, metric, target }, path, rules) {
    yield* validateReference(describedObject, `${path}.describedObject`, rules);
    yield* validateMetricName(metric, `${path}.metric`);
    yield* validateTarget(target, `${path}.target`);
    if (target.value === undefined && target.averageValue === undefined)
      yield fieldError.required(`${path}.target.averageValue`, 'must set either a target value or averageValue');
  },
  *external({ metric, target }, path) {
    yield* validateMetricName(metric, `${path}.metric`);
    yield* validateTarget(target, `${path}.target`);
    const { value, averageValue } = target;
    if (value === undefined && averageValue === undefined)
      yield fieldError.required(`${path}.target.averageValue`, 'must set either a target value for metric or a per-pod target');
    if (value !== undefined && averageValue !== undefined)
      yield fieldError.forbidden(`${path}.target.value`, 'may not set both a target value for metric and a per-pod target');
  },
  *pods({ metric, target }, path) {
    yield* validateMetricName(metric, `${path}.metric`);
    yield* validateTarget(target, `${path}.target`);
    if (target.averageValue === undefined)
      yield fieldError.required(`${path}.target.averageValue`, 'must specify a positive target averageValue');
  },
  *resource({ name, target }, path) {
    if (name === '') yield fieldError.required(`${path}.name`, 'must specify a resource name');
    yield* validateResourceTarget(target, `${path}.target`);
  },
  *containerResource({ name, container, target }, path) {
    if (name === '') yield fieldError.required(`${path}.name`, 'must specify a resource name');
    else yield* containerResourceName(`${path}.name`, name);
    if (container === '') yield fieldError.required(`${path}.container`, 'must specify a container');
    else yield* dnsLabel(`${path}.container`, container);
    yield* validateResourceTarget(target, `${path}.target`);
  },
};
const sources = Object.keys(checks) as readonly Source[];

function* validateMetric(spec: MetricSpec, path: string, rules: ReferenceRules): Errors {
  const { type } = spec;
  if (type === '') yield fieldError.required(`${path}.type`, 'must specify a metric source type');
  const isKnown = metricTypes.includes(type);
  if (!isKnown) yield fieldError.notSupported(`${path}.type`, type, metricTypes);
  const present = sources.filter((source) => spec[source] !== undefined);
  const first = present[0];
  if (first !== undefined) {
    const check = checks[first] as (source: unknown, path: string, rules: ReferenceRules) => Errors;
    yield* check(spec[first], `${path}.${first}`, rules);
  }
  const expected = isKnown ? sources.find((source) => source.toLowerCase() === type.toLowerCase()) : undefined;
  // Upstream says it twice, before and after the sources.
  if (!isKnown) yield fieldError.notSupported(`${path}.type`, type, metricTypes);
  else if (expected !== undefined && spec[expected] === undefined)
    yield fieldError.required(`${path}.${expected}`, 'must populate information for the given metric source');
  if (present.length < 2) return;
  for (const source of present)
    if (source !== expected) yield fieldError.forbidden(`${path}.${source}`, 'must populate the given metric source only');
}
function* validateMetrics({ metrics = [], minReplicas }: AutoscalerLike['spec'], rules: ReferenceRules): Errors {
  for (const [index, metric] of metrics.entries()) yield* validateMetric(metric, `spec.metrics[${index}]`, rules);
  if (minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External'))
    yield fieldError.forbidden('spec.metrics', 'must specify at least one Object or External metric to support scaling to zero replicas');
}

function* validateRules(rules: HPAScalingRules | undefined, path: string): Errors {
  if (rules === undefined) return;
  const { stabilizationWindowSeconds: window = 0, selectPolicy, policies = [], tolerance } = rules;
  if (window < 0) yield fieldError.invalid(`${path}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero');
  if (window > longestWindowSeconds)
    yield fieldError.invalid(`${path}.stabilizationWindowSeconds`, window, `must be less than or equal to ${longestWindowSeconds}`);
  const selections = ['Disabled', 'Max', 'Min'];
  if (selectPolicy !== undefined && !selections.includes(selectPolicy))
    yield fieldError.notSupported(`${path}.selectPolicy`, selectPolicy, selections);
  if (policies.length === 0) yield fieldError.required(`${path}.policies`, 'must specify at least one Policy');
  for (const [index, { type, value, periodSeconds }] of policies.entries()) {
    const at = `${path}.policies[${index}]`;
    if (type !== 'Pods' && type !== 'Percent') yield fieldError.notSupported(`${at}.type`, type, ['Percent', 'Pods']);
    if (value <= 0) yield fieldError.invalid(`${at}.value`, value, 'must be greater than zero');
    if (periodSeconds <= 0) yield fieldError.invalid(`${at}.periodSeconds`, periodSeconds, 'must be greater than zero');
    if (periodSeconds > longestPeriodSeconds)
      yield fieldError.invalid(`${at}.periodSeconds`, periodSeconds, `must be less than or equal to ${longestPeriodSeconds}`);
  }
  if (tolerance !== undefined && quantitySign(tolerance) < 0)
    yield fieldError.invalid(`${path}.tolerance`, tolerance, 'must be greater than or equal to 0');
}

/** References that were wrong before may stay so. */
function rulesFor(
  { spec }: AutoscalerLike,
  old: AutoscalerLike | undefined,
): { readonly target: ReferenceRules; readonly metrics: ReferenceRules } {
  const { scaleTargetRef } = spec;
  const before = old?.spec.scaleTargetRef;
  const anyVersion =
    before !== undefined && (before.apiVersion ?? '') === (scaleTargetRef.apiVersion ?? '') && before.kind === scaleTargetRef.kind;
  const core = { coreGroup: true, anyVersion: false };
  const wasWrong = (old?.spec.metrics ?? []).some(
    ({ type, object }) =>
      type === 'Object' && object !== undefined && versionProblem(object.describedObject.apiVersion ?? '', core) !== undefined,
  );
  return {
    target: { anyVersion, coreGroup: !anyVersion && scaleTargetRef.kind === 'ReplicationController' },
    metrics: { ...core, anyVersion: wasWrong },
  };
}

/** pkg/apis/autoscaling/validation, of both versions; scaling to zero is an alpha feature (HPAScaleToZero). */
export function* validateAutoscaler(autoscaler: AutoscalerLike, { old, subresource }: ValidationContext<AutoscalerLike>): Errors {
  if (subresource === 'status') {
    yield* nonNegative('status.currentReplicas', autoscaler.status.currentReplicas);
    return yield* nonNegative('status.desiredReplicas', autoscaler.status.desiredReplicas);
  }
  const { minReplicas, maxReplicas, scaleTargetRef, behavior } = autoscaler.spec;
  const least = old?.spec.minReplicas === 0 ? 0 : 1;
  const path = 'spec.maxReplicas';
  if (minReplicas !== undefined && minReplicas < least)
    yield fieldError.invalid('spec.minReplicas', minReplicas, `must be greater than or equal to ${least}`);
  if (maxReplicas === 0) yield fieldError.required(path, 'must be set and greater than 0');
  else if (maxReplicas < 0) yield fieldError.invalid(path, maxReplicas, 'must be greater than or equal to 1');
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    yield fieldError.invalid(path, maxReplicas, 'must be greater than or equal to `minReplicas`');
  const rules = rulesFor(autoscaler, old);
  yield* validateReference(scaleTargetRef, 'spec.scaleTargetRef', rules.target);
  yield* validateMetrics(autoscaler.spec, rules.metrics);
  yield* validateRules(behavior?.scaleUp, 'spec.behavior.scaleUp');
  yield* validateRules(behavior?.scaleDown, 'spec.behavior.scaleDown');
}
