import type { Column } from '../../../api/kind.ts';
import { ageColumn, nameColumn } from '../../lib/columns.ts';
import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from '../shapes/horizontal-pod-autoscaler.ts';
import { toV2 } from './convert.ts';
import type { AutoscalerLike, AutoscalerV1Like } from './types.ts';

const shown = 2;
const unknown = '<unknown>';
/** An absent quantity prints as nothing's pointer does in Go. */
const amount = (quantity: string | undefined) => quantity ?? '<nil>';

function valueText(target: MetricTarget, current: MetricValueStatus | undefined): string {
  if (target.averageValue !== undefined) return `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`;
  return `${current === undefined ? unknown : amount(current.value)}/${amount(target.value)}`;
}
function resourceText(name: string, target: MetricTarget, current: MetricValueStatus | undefined): string {
  if (target.averageValue !== undefined)
    return `${name}: ${current === undefined ? unknown : amount(current.averageValue)}/${target.averageValue}`;
  const percent = (share: number | undefined, none: string) => (share === undefined ? none : `${share}%`);
  return `${name}: ${percent(current?.averageUtilization, unknown)}/${percent(target.averageUtilization, '<auto>')}`;
}
function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
      return spec.external === undefined ? unknown : valueText(spec.external.target, status?.external?.current);
    case 'Object':
      return spec.object === undefined ? unknown : valueText(spec.object.target, status?.object?.current);
    case 'Pods': {
      const current = status?.pods === undefined ? unknown : amount(status.pods.current.averageValue);
      return `${current}/${amount(spec.pods?.target.averageValue)}`;
    }
    case 'Resource':
      return spec.resource === undefined ? unknown : resourceText(spec.resource.name, spec.resource.target, status?.resource?.current);
    case 'ContainerResource': {
      const source = spec.containerResource;
      return source === undefined ? unknown : resourceText(source.name, source.target, status?.containerResource?.current);
    }
    default:
      return '<unknown type>';
  }
}
function metricsText({ spec, status }: AutoscalerLike): string {
  const { metrics = [] } = spec;
  if (metrics.length === 0) return '<none>';
  const texts = metrics.slice(0, shown).map((metric, index) => metricText(metric, status.currentMetrics?.[index]));
  return texts.join(', ') + (metrics.length > shown ? ` + ${metrics.length - shown} more...` : '');
}

export const autoscalerColumns: readonly Column<AutoscalerLike>[] = [
  nameColumn,
  { name: 'Reference', type: 'string', value: ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}` },
  { name: 'Targets', type: 'string', value: metricsText },
  {
    name: 'MinPods',
    type: 'string',
    value: ({ spec }) => (spec.minReplicas === undefined ? '<unset>' : String(spec.minReplicas)),
  },
  { name: 'MaxPods', type: 'string', value: ({ spec }) => spec.maxReplicas },
  { name: 'Replicas', type: 'string', value: ({ status }) => status.currentReplicas ?? 0 },
  ageColumn,
];
export const autoscalerV1Columns: readonly Column<AutoscalerV1Like>[] = autoscalerColumns.map((column) => ({
  ...column,
  value: (autoscaler, nowMs) => column.value(toV2(autoscaler, false), nowMs),
}));
