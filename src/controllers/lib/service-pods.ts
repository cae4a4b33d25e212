import { formatTime } from '../../api/gotime.ts';
import { type Key, keyText } from '../../api/meta.ts';
import type { ControllerContext } from '../../client/controller.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { Service } from '../../kinds/core/service.ts';
import { canonicalJson } from './hash.ts';
import { type Labels, mapMatcher } from './labels.ts';
import { perContext } from './per-context.ts';
import { isPodReady, isPodTerminal, podCondition } from './pods.ts';
import { timeMs } from './times.ts';

export type ServicePort = NonNullable<Service['spec']['ports']>[number];

export const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';
export const headlessLabel = 'service.kubernetes.io/headless';

/** Services whose endpoints a controller keeps: those that select pods. */
export const selectsPods = ({ spec }: Service): boolean => spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0;
export const isHeadless = ({ spec }: Service): boolean =>
  spec.clusterIP === undefined || spec.clusterIP === '' || spec.clusterIP === 'None';

export const addressesOf = (pod: Pod): readonly string[] => {
  const listed = (pod.status.podIPs ?? []).map(({ ip }) => ip).filter((ip): ip is string => ip !== undefined && ip !== '');
  return listed.length > 0 || !pod.status.podIP ? listed : [pod.status.podIP];
};
export const isIpv6 = (address: string): boolean => address.includes(':');
export const hasHostname = (pod: Pod, service: Service): boolean =>
  (pod.spec.hostname ?? '') !== '' && pod.spec.subdomain === service.metadata.name;

/** Whether a pod has an address to send traffic to. Terminating pods count when asked for. */
export function hasEndpoint(pod: Pod, withTerminating: boolean): boolean {
  if (isPodTerminal(pod) || addressesOf(pod).length === 0) return false;
  return withTerminating || pod.metadata.deletionTimestamp === undefined;
}

/** The pod's port that a service's port leads to: a number, or the name of a container's port of the same protocol. */
export function targetPort(pod: Pod, servicePort: ServicePort): number | undefined {
  const target = servicePort.targetPort ?? servicePort.port;
  if (typeof target === 'number') return target === 0 ? servicePort.port : target;
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const container of [...(pod.spec.containers ?? []), ...sidecars]) {
    for (const port of container.ports ?? []) {
      if (port.name === target && (port.protocol ?? 'TCP') === (servicePort.protocol ?? 'TCP')) return port.containerPort;
    }
  }
  return undefined;
}

export const podsOf = (service: Service, context: ControllerContext): readonly Pod[] => {
  const matches = mapMatcher(service.spec.selector);
  return context
    .cache(Pod)
    .list(service.metadata.namespace)
    .filter((pod) => matches(pod.metadata.labels));
};

/** All of a pod that endpoints depend on. */
function traits(pod: Pod): string {
  const { metadata, spec } = pod;
  const ending = metadata.deletionTimestamp !== undefined;
  const host = [spec.hostname, spec.subdomain, spec.nodeName];
  return canonicalJson([metadata.uid, metadata.labels, host, ending, isPodReady(pod), isPodTerminal(pod), addressesOf(pod)]);
}

const seen = perContext(() => new Map<string, { readonly traits: string; readonly labels: Labels | undefined }>());

/** Services that a change of `pod` concerns: those that select it, or did before. None when nothing changed that they show. */
export function servicesOf(pod: Pod, context: ControllerContext): readonly Key[] {
  const known = seen(context);
  const id = keyText(pod.metadata);
  const before = known.get(id);
  const current = context.cache(Pod).get(pod.metadata);
  if (current === undefined) known.delete(id);
  else {
    const now = traits(current);
    if (before?.traits === now) return [];
    known.set(id, { traits: now, labels: current.metadata.labels });
  }
  const labels = [pod.metadata.labels, current?.metadata.labels, before?.labels];
  return context
    .cache(Service)
    .list(pod.metadata.namespace)
    .filter(({ spec }) => labels.some(mapMatcher(spec.selector)))
    .map(({ metadata }) => metadata);
}

/** For the annotation that tells when the cause of an endpoints change happened, so that its delay can be measured. */
export class TriggerTimes {
  readonly #services = new Map<string, { created: string; pods: Map<string, string> }>();

  /** The earliest change of the service or its pods since the last call, as a timestamp; undefined when there was none. */
  next(service: Service, pods: readonly Pod[]): string | undefined {
    const id = keyText(service.metadata);
    const before = this.#services.get(id);
    const created = service.metadata.creationTimestamp;
    const changes: number[] = [];
    if (before?.created !== created) changes.push(timeMs(created));
    const times = new Map<string, string>();
    for (const pod of pods) {
      const time = podCondition(pod, 'Ready')?.lastTransitionTime ?? '';
      if (!time) continue;
      times.set(pod.metadata.name, time);
      if (before !== undefined && before.pods.get(pod.metadata.name) !== time) changes.push(timeMs(time));
    }
    this.#services.set(id, { created, pods: times });
    return changes.length === 0 ? undefined : formatTime(Math.min(...changes));
  }
  forget(key: Key): void {
    this.#services.delete(keyText(key));
  }
}
