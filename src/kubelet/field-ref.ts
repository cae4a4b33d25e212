import { milliValue, value } from '../api/quantity.ts';
import type { AnyContainer, Pod } from './types.ts';
import { findContainer } from './types.ts';

const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
const mapText = (map: Readonly<Record<string, string>> | undefined) =>
  Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${key}="${escaped(one)}"`)
    .join('\n');

export interface PodAddresses {
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
}

/** The value of a downward API field. Throws on a path that has none, in upstream's words. */
export function fieldValue(pod: Pod, path: string, addresses: PodAddresses): string {
  const subscript = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/.exec(path);
  if (subscript !== null) {
    const map = subscript[1] === 'metadata.labels' ? pod.metadata.labels : pod.metadata.annotations;
    const key = subscript[2]!;
    return map !== undefined && Object.hasOwn(map, key) ? map[key]! : '';
  }
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid;
    case 'metadata.labels':
      return mapText(pod.metadata.labels);
    case 'metadata.annotations':
      return mapText(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? '';
    case 'spec.restartPolicy':
      return pod.spec?.restartPolicy ?? '';
    case 'status.phase':
      return pod.status?.phase ?? '';
    case 'status.hostIP':
      return addresses.hostIps[0] ?? '';
    case 'status.hostIPs':
      return addresses.hostIps.join(',');
    case 'status.podIP':
      return addresses.podIps[0] ?? '';
    case 'status.podIPs':
      return addresses.podIps.join(',');
    default:
      throw new Error(`unsupported fieldPath: ${path}`);
  }
}

/** What is there for pods on this node, as texts of quantities: the default where a container sets no limit. */
export type Allocatable = Readonly<Record<string, string>>;
export interface ResourceFieldRef {
  readonly containerName?: string | undefined;
  readonly resource: string;
  readonly divisor?: string | undefined;
}

/** The value of a resourceFieldRef, rounded up to whole divisors. */
export function resourceValue(pod: Pod, ref: ResourceFieldRef, own: AnyContainer | undefined, allocatable: Allocatable): string {
  const container = ref.containerName ? findContainer(pod, ref.containerName) : own;
  if (container === undefined) throw new Error(`container ${ref.containerName ?? ''} not found`);
  const dot = ref.resource.indexOf('.');
  const which = ref.resource.slice(0, dot);
  const name = ref.resource.slice(dot + 1);
  if (which !== 'limits' && which !== 'requests') throw new Error(`unsupported container resource : ${ref.resource}`);
  const { requests, limits } = container.resources ?? {};
  const fallback = which === 'limits' ? allocatable[name] : limits?.[name];
  const text = (which === 'limits' ? limits : requests)?.[name] ?? fallback ?? '0';
  const divisor = ref.divisor === undefined || ref.divisor === '' || ref.divisor === '0' ? '1' : ref.divisor;
  if (name === 'cpu') return String(Math.ceil(milliValue(text) / milliValue(divisor)));
  return String(Math.ceil(value(text) / value(divisor)));
}
