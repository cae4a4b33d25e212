import { Deployment } from '../../../src/kinds/apps/deployment.ts';
import { controllerOf, defineWorkload, isReady, type Act, type Place, pick } from '../workload.ts';

interface Wanted {
  exists: boolean;
  replicas: number;
  image: string;
  images: string[];
  maxSurge: number | string;
  maxUnavailable: number | string;
  paused: boolean;
  restarts: number;
  /** Containers end by themselves this often. */
  crashes: boolean;
}
const bounds = [
  [1, 0],
  [0, 1],
  [2, 1],
  ['25%', '25%'],
  ['50%', 0],
  [3, 2],
] as const;

const act =
  (wanted: Wanted, place: Place): Act =>
  async (user) => {
    const { namespace, name } = place;
    if (!wanted.exists)
      return await user.remove(
        Deployment,
        { namespace, name },
        { propagationPolicy: wanted.replicas % 2 === 0 ? 'Background' : 'Foreground' },
      );
    const labels = { app: name };
    const annotations = {
      restarts: String(wanted.restarts),
      ...(wanted.crashes ? { 'skiff.dev/fake-exit-after': '7', 'skiff.dev/fake-exit-code': '1' } : {}),
    };
    await user.apply(Deployment, {
      metadata: { namespace, name },
      spec: {
        replicas: wanted.replicas,
        paused: wanted.paused,
        selector: { matchLabels: labels },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: wanted.maxSurge, maxUnavailable: wanted.maxUnavailable } },
        template: {
          metadata: { labels, annotations },
          spec: {
            terminationGracePeriodSeconds: 5,
            containers: [{ name: 'main', image: wanted.image, resources: { requests: { cpu: '1', memory: '128Mi' } } }],
          },
        },
      },
    });
  };

/** Settles a copy: what is asked for later must not change what was asked for now. */
const ask = (wanted: Wanted, place: Place): Act => act({ ...wanted }, place);

function change(wanted: Wanted, random: Parameters<typeof pick>[0]): void {
  const roll = (image: string) => {
    wanted.images.push(wanted.image);
    wanted.image = image;
  };
  const steps: readonly (() => void)[] = [
    () => (wanted.replicas = random.int(7)),
    () => (wanted.replicas = random.int(7)),
    () => roll(`app:${random.int(4)}`),
    () => roll(`app:${random.int(4)}`),
    () => roll('missing:1'),
    () => (wanted.image = wanted.images.pop() ?? wanted.image),
    () => ([wanted.maxSurge, wanted.maxUnavailable] = pick(random, bounds)),
    () => (wanted.paused = !wanted.paused),
    () => wanted.restarts++,
    () => (wanted.crashes = !wanted.crashes),
    () => (wanted.exists = false),
  ];
  if (!wanted.exists) wanted.exists = true;
  else pick(random, steps)();
}

/** Deployments: created, scaled, rolled out and back, paused, broken and healed, deleted and made again. */
export const deployment = defineWorkload<Wanted>({
  name: 'deployment',
  begin(place, random) {
    const [maxSurge, maxUnavailable] = pick(random, bounds);
    const state: Wanted = {
      exists: true,
      replicas: 1 + random.int(6),
      image: 'app:0',
      images: [],
      maxSurge,
      maxUnavailable,
      paused: false,
      restarts: 0,
      crashes: false,
    };
    return { state, act: ask(state, place) };
  },
  step(wanted, place, random) {
    change(wanted, random);
    return ask(wanted, place);
  },
  finish(wanted, place) {
    wanted.paused = wanted.crashes = false;
    if (wanted.image === 'missing:1') wanted.image = 'app:1';
    return ask(wanted, place);
  },
  unsettled(wanted, { namespace, name }, history) {
    const found = history.get('apps/deployments', namespace, name);
    const replicaSets = history.list('apps/replicasets', namespace).filter((one) => one.metadata.labels?.app === name);
    const pods = history.list('core/pods', namespace).filter((one) => one.metadata.labels?.app === name && controllerOf(one) !== undefined);
    if (!wanted.exists) {
      if (found !== undefined) return 'the deployment is still there';
      return replicaSets.length + pods.length > 0 ? `${replicaSets.length} replica sets and ${pods.length} pods are left over` : undefined;
    }
    if (found === undefined) return 'there is no deployment';
    const { status, metadata } = found;
    if (status?.observedGeneration !== metadata.generation) return `generation ${metadata.generation} was not observed`;
    const counts = [status.replicas, status.updatedReplicas, status.readyReplicas, status.availableReplicas].map((count) => count ?? 0);
    if (counts.some((count) => count !== wanted.replicas)) return `status has ${counts.join('/')} of ${wanted.replicas} replicas`;
    if ((status.unavailableReplicas ?? 0) !== 0) return `${status.unavailableReplicas} replicas are unavailable`;
    const active = replicaSets.filter(({ spec }) => spec.replicas > 0);
    if (active.length !== (wanted.replicas > 0 ? 1 : 0)) return `${active.length} replica sets are active`;
    if (pods.length !== wanted.replicas || !pods.every(isReady)) return `${pods.filter(isReady).length} of ${pods.length} pods are ready`;
    return pods.every(({ spec }) => spec.containers[0].image === wanted.image) ? undefined : 'pods have another image';
  },
  summary(wanted, { namespace, name }, history) {
    const found = history.get('apps/deployments', namespace, name);
    const active = history.list('apps/replicasets', namespace).filter((one) => one.metadata.labels?.app === name && one.spec.replicas > 0);
    const pods = history.list('core/pods', namespace).filter((one) => one.metadata.labels?.app === name);
    const conditions = (found?.status?.conditions ?? []).map(({ type, status }: any) => `${type}=${status}`).sort();
    return {
      wanted: wanted.exists,
      spec: found?.spec,
      conditions,
      active: active.map(({ metadata, spec }) => [metadata.name, spec]),
      pods: pods.map(({ spec, status }) => [spec.containers[0].image, status.phase]),
    };
  },
});
