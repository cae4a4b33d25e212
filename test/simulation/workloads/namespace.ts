import type { Key } from '../../../src/api/meta.ts';
import { isNotFound } from '../../../src/api/status.ts';
import { ConfigMap } from '../../../src/kinds/core/config-map.ts';
import { Namespace } from '../../../src/kinds/core/namespace.ts';
import { ReplicaSet } from '../../../src/kinds/apps/replica-set.ts';
import { Service } from '../../../src/kinds/core/service.ts';
import { defineWorkload, isReady, type Act, type Place, type User } from '../workload.ts';

interface Wanted {
  exists: boolean;
  configMaps: number;
  replicas: number;
}

const holder = 'example.com/hold';
const heldMs = 20_000;

/** What holds an object lets go, some time after it was deleted. */
async function release(user: User, key: Key): Promise<void> {
  await user.clock.sleep(heldMs);
  await user.insist(() =>
    user.client.patch(ConfigMap, key, 'merge', { metadata: { finalizers: null } }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    }),
  );
}

const ask = (state: Wanted, { name: namespace }: Place): Act => {
  const { exists, configMaps, replicas } = state;
  const labels = { app: 'inside' };
  return async (user) => {
    if (!exists) {
      await user.remove(Namespace, { name: namespace });
      return await release(user, { namespace, name: 'data-0' });
    }
    await user.apply(Namespace, { metadata: { name: namespace } });
    for (let index = 0; index < configMaps; index++)
      await user.apply(ConfigMap, {
        metadata: { namespace, name: `data-${index}`, finalizers: index === 0 ? [holder] : [] },
        data: { index: String(index) },
      });
    await user.apply(Service, { metadata: { namespace, name: 'inside' }, spec: { selector: labels, ports: [{ port: 80 }] } });
    await user.apply(ReplicaSet, {
      metadata: { namespace, name: 'inside' },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 10, containers: [{ name: 'main', image: 'inside:1' }] } },
      },
    });
  };
};

/** A namespace of its own with things in it, one of which is held by a finalizer; it is deleted and made again. */
export const namespace = defineWorkload<Wanted>({
  name: 'namespace',
  begin(place, random) {
    const state: Wanted = { exists: true, configMaps: random.int(4), replicas: random.int(3) };
    return { state, act: ask(state, place) };
  },
  step(wanted, place, random) {
    Object.assign(wanted, wanted.exists ? { exists: false } : { exists: true, configMaps: random.int(4), replicas: random.int(3) });
    return ask(wanted, place);
  },
  unsettled(wanted, { name }, history) {
    const found = history.get('core/namespaces', '', name);
    if (!wanted.exists) return found === undefined ? undefined : `the namespace is ${found.status?.phase}`;
    if (found?.status?.phase !== 'Active') return `the namespace is ${found?.status?.phase ?? 'not there'}`;
    const pods = history.list('core/pods', name);
    if (pods.length !== wanted.replicas || !pods.every(isReady)) return `${pods.filter(isReady).length} of ${pods.length} pods are ready`;
    if (history.get('core/serviceaccounts', name, 'default') === undefined) return 'there is no service account';
    return history.get('core/configmaps', name, 'kube-root-ca.crt') === undefined ? 'there is no root certificate' : undefined;
  },
  summary(wanted, { name }, history) {
    return {
      wanted: wanted.exists,
      configMaps: Object.fromEntries(history.list('core/configmaps', name).map(({ metadata, data }) => [metadata.name, data])),
    };
  },
});
