import type { LabelSelector } from '../../../api/meta.ts';
import type { MetricSpec as SpecV1, MetricStatus as StatusV1 } from '../shapes/horizontal-pod-autoscaler-v1.ts';
import type { MetricSpec, MetricStatus } from '../shapes/horizontal-pod-autoscaler.ts';

/** One metric in the words of autoscaling/v1 and of v2 (pkg/apis/autoscaling/v1/conversion.go). Absent sources stay absent. */
const given = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
const mapped = <K extends string, A, B>(key: K, value: A | undefined, map: (value: A) => B): { [P in K]?: B } =>
  given(key, value === undefined ? undefined : map(value));
const isZero = (quantity: string) => /^0*[a-zA-Z]*$/.test(quantity);

type ResourceTarget = { readonly targetAverageUtilization?: number | undefined; readonly targetAverageValue?: string | undefined };
const resourceTarget = ({ targetAverageUtilization, targetAverageValue }: ResourceTarget) => ({
  type: targetAverageUtilization === undefined ? 'AverageValue' : 'Utilization',
  ...given('averageValue', targetAverageValue),
  ...given('averageUtilization', targetAverageUtilization),
});
const metric = (name: string, selector: LabelSelector | undefined) => ({
  name,
  ...given('selector', selector),
});

export function specFromV1({ type, object, pods, resource, containerResource, external }: SpecV1): MetricSpec {
  return {
    type,
    ...mapped('object', object, ({ target, metricName, targetValue, selector, averageValue }) => ({
      describedObject: target,
      target: {
        type: averageValue === undefined ? 'Value' : 'AverageValue',
        ...given('value', averageValue !== undefined && isZero(targetValue) ? undefined : targetValue),
        ...given('averageValue', averageValue),
      },
      metric: metric(metricName, selector),
    })),
    ...mapped('pods', pods, ({ metricName, targetAverageValue, selector }) => ({
      metric: metric(metricName, selector),
      target: { type: 'AverageValue', averageValue: targetAverageValue },
    })),
    ...mapped('resource', resource, (source) => ({ name: source.name, target: resourceTarget(source) })),
    ...mapped('containerResource', containerResource, (source) => ({
      name: source.name,
      target: resourceTarget(source),
      container: source.container,
    })),
    ...mapped('external', external, ({ metricName, metricSelector, targetValue, targetAverageValue }) => ({
      metric: metric(metricName, metricSelector),
      target: {
        type: targetValue === undefined ? 'AverageValue' : 'Value',
        ...given('value', targetValue),
        ...given('averageValue', targetAverageValue),
      },
    })),
  };
}

/** What autoscaling/v1 would say; not all that v2 says can be said. */
export function specToV1({ type, object, pods, resource, containerResource, external }: MetricSpec): object {
  const amounts = ({ averageUtilization, averageValue }: NonNullable<MetricSpec['resource']>['target']) => ({
    targetAverageUtilization: averageUtilization,
    targetAverageValue: averageValue,
  });
  return {
    type,
    ...mapped('object', object, ({ describedObject, target, metric: { name, selector } }) => ({
      target: describedObject,
      metricName: name,
      targetValue: target.value,
      selector,
      averageValue: target.averageValue,
    })),
    ...mapped('pods', pods, ({ metric: { name, selector }, target }) => ({
      metricName: name,
      targetAverageValue: target.averageValue,
      selector,
    })),
    ...mapped('resource', resource, ({ name, target }) => ({ name, ...amounts(target) })),
    ...mapped('containerResource', containerResource, ({ name, target, container }) => ({ name, ...amounts(target), container })),
    ...mapped('external', external, ({ metric: { name, selector }, target }) => ({
      metricName: name,
      metricSelector: selector,
      targetValue: target.value,
      targetAverageValue: target.averageValue,
    })),
  };
}

export function statusFromV1({ type, object, pods, resource, containerResource, external }: StatusV1): MetricStatus {
  const current = (value: string | undefined, averageValue: string | undefined, averageUtilization?: number) => ({
    ...given('value', value),
    ...given('averageValue', averageValue),
    ...given('averageUtilization', averageUtilization),
  });
  return {
    type,
    ...mapped('object', object, ({ target, metricName, currentValue, selector, averageValue }) => ({
      metric: metric(metricName, selector),
      current: current(currentValue, averageValue),
      describedObject: target,
    })),
    ...mapped('pods', pods, ({ metricName, currentAverageValue, selector }) => ({
      metric: metric(metricName, selector),
      current: current(undefined, currentAverageValue),
    })),
    ...mapped('resource', resource, ({ name, currentAverageUtilization, currentAverageValue }) => ({
      name,
      current: current(undefined, currentAverageValue, currentAverageUtilization),
    })),
    ...mapped('containerResource', containerResource, ({ name, currentAverageUtilization, currentAverageValue, container }) => ({
      name,
      current: current(undefined, currentAverageValue, currentAverageUtilization),
      container,
    })),
    ...mapped('external', external, ({ metricName, metricSelector, currentValue, currentAverageValue }) => ({
      metric: metric(metricName, metricSelector),
      current: current(currentValue, currentAverageValue),
    })),
  };
}

export function statusToV1({ type, object, pods, resource, containerResource, external }: MetricStatus): object {
  return {
    type,
    ...mapped('object', object, ({ describedObject, metric: { name, selector }, current }) => ({
      target: describedObject,
      metricName: name,
      currentValue: current.value,
      selector,
      averageValue: current.averageValue,
    })),
    ...mapped('pods', pods, ({ metric: { name, selector }, current }) => ({
      metricName: name,
      currentAverageValue: current.averageValue,
      selector,
    })),
    ...mapped('resource', resource, ({ name, current }) => ({
      name,
      currentAverageUtilization: current.averageUtilization,
      currentAverageValue: current.averageValue,
    })),
    ...mapped('containerResource', containerResource, ({ name, current, container }) => ({
      name,
      currentAverageUtilization: current.averageUtilization,
      currentAverageValue: current.averageValue,
      container,
    })),
    ...mapped('external', external, ({ metric: { name, selector }, current }) => ({
      metricName: name,
      metricSelector: selector,
      currentValue: current.value,
      currentAverageValue: current.averageValue,
    })),
  };
}
