import { Service } from '../../../src/kinds/core/service.ts';
import type { History } from '../history.ts';
import { defineWorkload, isReady, type Act, type Place, pick } from '../workload.ts';

interface Wanted {
  exists: boolean;
  type: 'ClusterIP' | 'NodePort' | 'headless';
  app: string;
  port: number;
}

const ask = (state: Wanted, { namespace, name }: Place): Act => {
  const wanted = { ...state };
  return async (user) => {
    if (!wanted.exists) return await user.remove(Service, { namespace, name });
    const { type, app, port } = wanted;
    await user.apply(Service, {
      metadata: { namespace, name },
      spec: {
        type: type === 'NodePort' ? 'NodePort' : 'ClusterIP',
        ...(type === 'headless' ? { clusterIP: 'None' } : {}),
        selector: { app },
        ports: [{ name: 'http', port, targetPort: 8080 }],
      },
    });
  };
};

const selected = ({ app }: Wanted, namespace: string, history: History) =>
  history.list('core/pods', namespace).filter(({ metadata }) => metadata.labels?.app === app);
const addressesOf = (pods: readonly any[]) => pods.filter(isReady).map(({ status }) => status.podIP as string);
const sorted = (texts: readonly string[]) => [...texts].sort().join(' ');

/** Services over the pods of a deployment of the namespace: made, changed in type, port and selector, deleted. */
export const service = defineWorkload<Wanted>({
  name: 'service',
  begin(place, random) {
    const state: Wanted = { exists: true, type: pick(random, ['ClusterIP', 'NodePort', 'headless']), app: 'deployment-0', port: 80 };
    return { state, act: ask(state, place) };
  },
  step(wanted, place, random) {
    if (!wanted.exists) {
      Object.assign(wanted, { exists: true, type: pick(random, ['ClusterIP', 'NodePort', 'headless']) });
      return ask(wanted, place);
    }
    const steps: readonly (() => void)[] = [
      () => (wanted.port = 80 + random.int(10)),
      () => (wanted.app = `deployment-${random.int(2)}`),
      () => (wanted.type = wanted.type === 'headless' ? 'headless' : wanted.type === 'ClusterIP' ? 'NodePort' : 'ClusterIP'),
      () => (wanted.exists = false),
    ];
    pick(random, steps)();
    return ask(wanted, place);
  },
  unsettled(wanted, { namespace, name }, history) {
    const found = history.get('core/services', namespace, name);
    const slices = history
      .list('discovery.k8s.io/endpointslices', namespace)
      .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
    const endpoints = history.get('core/endpoints', namespace, name);
    if (!wanted.exists) {
      return found !== undefined || slices.length > 0 || endpoints !== undefined ? 'service, slices or endpoints are left over' : undefined;
    }
    if (found === undefined) return 'there is no service';
    const ready = sorted(addressesOf(selected(wanted, namespace, history)));
    const inSlices = sorted(
      slices.flatMap((slice) => slice.endpoints.filter((one: any) => one.conditions?.ready !== false).flatMap((one: any) => one.addresses)),
    );
    if (inSlices !== ready) return `slices have [${inSlices}], ready are [${ready}]`;
    const inEndpoints = sorted((endpoints?.subsets ?? []).flatMap((subset: any) => (subset.addresses ?? []).map(({ ip }: any) => ip)));
    return inEndpoints === ready ? undefined : `endpoints have [${inEndpoints}], ready are [${ready}]`;
  },
  summary(wanted, { namespace, name }, history) {
    const { clusterIP, clusterIPs: _, ports, ...spec } = history.get('core/services', namespace, name)?.spec ?? {};
    const shownPorts = (ports ?? []).map(({ nodePort, ...port }: any) => ({ ...port, nodePort: nodePort !== undefined }));
    return { wanted: wanted.exists, spec: { ...spec, clusterIP: clusterIP === 'None' ? clusterIP : typeof clusterIP, ports: shownPorts } };
  },
});
