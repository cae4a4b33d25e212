import { parseDurationNanos } from '../../api/gotime.ts';
import { milliValue } from '../../api/quantity.ts';
import { StatusError } from '../../api/status.ts';
import type { Call, Reply, Transport } from '../../client/call.ts';
import type { CrossVersionObjectReference } from '../../kinds/autoscaling/shapes/horizontal-pod-autoscaler.ts';
import type { Sample, Samples } from './autoscaler-replicas.ts';
import { timeMs } from './times.ts';

/** Reads of the three metrics APIs, which others serve through the aggregation layer, as upstream's autoscaler makes them. */
const defaultWindowMs = 60_000;

interface PodMetrics {
  readonly metadata: { readonly name: string };
  readonly timestamp?: string | undefined;
  readonly window?: string | undefined;
  readonly containers?: readonly { readonly name: string; readonly usage?: Readonly<Record<string, string>> }[] | undefined;
}
interface MetricValue {
  readonly describedObject?: { readonly name?: string } | undefined;
  readonly timestamp?: string | undefined;
  readonly windowSeconds?: number | undefined;
  readonly window?: number | undefined;
  readonly value: string;
}

/** A 404 of a collection tells that its API is not served, a 503 that whoever serves it is away; clients then say what they asked for. */
function wordsOf(error: unknown, resource: string, group: string): string {
  if (error instanceof StatusError && error.code === 404 && !error.message.includes('('))
    return `the server could not find the requested resource (get ${resource}.${group})`;
  if (error instanceof StatusError && error.code === 503)
    return `the server is currently unable to handle the request (get ${resource}.${group})`;
  return error instanceof Error ? error.message : String(error);
}
const itemsOf = <T>(reply: Reply): readonly T[] =>
  reply.type === 'list'
    ? (reply.list.items as never)
    : reply.type === 'object'
      ? ((reply.object as { items?: readonly T[] }).items ?? [])
      : [];

async function fetchItems<T>(
  transport: Transport,
  call: Omit<Call, 'options'> & { options?: Call['options'] },
  api: string,
): Promise<readonly T[]> {
  let reply: Reply;
  try {
    reply = await transport({ options: {}, ...call });
  } catch (error) {
    throw new Error(`unable to fetch metrics from ${api} metrics API: ${wordsOf(error, call.resource, call.group)}`);
  }
  const items = itemsOf<T>(reply);
  if (items.length === 0) throw new Error(`no metrics returned from ${api} metrics API`);
  return items;
}

function usageOf({ containers = [] }: PodMetrics, resource: string, container: string): number | undefined {
  const counted = container === '' ? containers : containers.filter(({ name }) => name === container);
  if (counted.length === 0) return undefined;
  let milli = 0;
  for (const { usage } of counted) {
    const amount = usage?.[resource];
    if (amount === undefined) return undefined;
    milli += milliValue(amount);
  }
  return milli;
}

/** What pods use of a resource, or one of their containers does; `container` '' means the pod. */
export async function resourceSamples(
  transport: Transport,
  namespace: string,
  labelSelector: string,
  resource: string,
  container: string,
): Promise<Samples> {
  const call = {
    verb: 'list',
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    resource: 'pods',
    namespace,
    options: { labelSelector },
  } as const;
  const samples = new Map<string, Sample>();
  for (const item of await fetchItems<PodMetrics>(transport, call, 'resource')) {
    const milli = usageOf(item, resource, container);
    if (milli === undefined) continue;
    const windowMs = Number(parseDurationNanos(item.window ?? '0s')) / 1e6;
    samples.set(item.metadata.name, { milli, timestampMs: timeMs(item.timestamp), windowMs });
  }
  return samples;
}

const custom = { group: 'custom.metrics.k8s.io', version: 'v1beta2' } as const;
async function customItems(transport: Transport, call: Partial<Call>, metricSelector: string): Promise<readonly MetricValue[]> {
  const query = metricSelector === '' ? {} : { query: { metricLabelSelector: [metricSelector] } };
  try {
    return await fetchItems<MetricValue>(transport, { verb: 'get', resource: 'pods', ...custom, ...call, ...query }, 'custom');
  } catch (error) {
    const message = (error as Error).message;
    if (!message.includes('could not find the requested resource')) throw error;
    throw new Error('unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered');
  }
}
/** A custom metric of pods. */
export async function podSamples(
  transport: Transport,
  namespace: string,
  labelSelector: string,
  metric: string,
  metricSelector: string,
): Promise<Samples> {
  const call = { namespace, name: '*', subresource: metric, options: { labelSelector } };
  const items = await customItems(transport, call, metricSelector);
  return new Map(
    items.map(({ describedObject, value, timestamp, windowSeconds }) => [
      describedObject?.name ?? '',
      {
        milli: milliValue(value),
        timestampMs: timeMs(timestamp),
        windowMs: windowSeconds === undefined ? defaultWindowMs : windowSeconds * 1000,
      },
    ]),
  );
}
/** A custom metric of one object, in thousandths; `resource` is the plural of its kind. */
export async function objectValue(
  transport: Transport,
  namespace: string,
  { kind, name }: CrossVersionObjectReference,
  resource: string,
  metric: string,
  metricSelector: string,
): Promise<number> {
  const where = kind === 'Namespace' ? { resource: 'namespaces', name: namespace } : { resource, namespace, name };
  const [first] = await customItems(transport, { ...where, subresource: metric }, metricSelector);
  return milliValue(first!.value);
}
/** The sum of an external metric's values, in thousandths. */
export async function externalValue(transport: Transport, namespace: string, metric: string, labelSelector: string): Promise<number> {
  const call = { verb: 'list', group: 'external.metrics.k8s.io', version: 'v1beta1', resource: metric, namespace } as const;
  const options = labelSelector === '' ? {} : { labelSelector };
  const items = await fetchItems<MetricValue>(transport, { ...call, options }, 'external');
  return items.reduce((sum, { value }) => sum + milliValue(value), 0);
}
