import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import { noCgroups } from './cgroups.ts';
import type { KubeletContext } from './context.ts';
import { alwaysHealthy, type ProbeDialer } from './dialer.ts';
import { noFiles } from './files.ts';
import { createImagePuller } from './images.ts';
import { BackoffTable } from '../base/backoff-table.ts';
import { defaultConfiguration } from './configuration.ts';
import { sampleContainer as container, samplePod } from './lib/samples.ts';
import { LifecycleEvents } from './pleg.ts';
import { PodWorker } from './pod-worker.ts';
import { probeMetrics } from './metrics.ts';
import { ProbeManager } from './probes.ts';
import { createFakeRuntime, fakeAnnotations, type FakeRuntimeOptions } from './runtime-fake.ts';
import type { Pod, PodStatus } from './types.ts';

/** One worker on a pretended runtime, with what it says and writes. */
function bench(
  spec: object,
  options: {
    readonly annotations?: object;
    readonly dialer?: ProbeDialer;
    readonly runtime?: Partial<FakeRuntimeOptions>;
    readonly refuse?: { reason: string; message: string };
  } = {},
) {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const said: string[] = [];
  const statuses = new Map<string, PodStatus>();
  const history: PodStatus[] = [];
  const deleted: string[] = [];
  const events = { event: (_: unknown, type: string, reason: string, message: string) => void said.push(`${type} ${reason}: ${message}`) };
  const runtime = createFakeRuntime({ clock, random, ...options.runtime });
  const dialer = options.dialer ?? alwaysHealthy;
  const context: KubeletContext = {
    configuration: defaultConfiguration,
    qosCgroups: { update: async () => undefined },
    nodeName: 'n1',
    clock,
    random,
    log: silentLogger,
    events,
    runtime,
    runtimeName: 'containerd',
    files: noFiles,
    cgroups: noCgroups,
    cgroupRoot: '',
    seccompRoot: '',
    reader: {
      claim: async () => undefined,
      persistentVolume: async () => undefined,
      resourceClaim: async () => undefined,
      configMap: async () => undefined,
      secret: async () => undefined,
      token: async () => ({ token: '', expiresAtMs: 0 }),
      runtimeHandler: async () => '',
      services: () => [],
    },
    statuses: {
      get: (uid) => statuses.get(uid),
      set(pod, status) {
        statuses.set(pod.metadata.uid, status);
        history.push(status);
      },
      again: () => undefined,
      flushed: async () => undefined,
      deletePod: async (pod) => void deleted.push(pod.metadata.name),
      forget: () => undefined,
    },
    prepareDevices: async () => undefined,
    claims: { volumesOf: async () => [], forget: () => undefined },
    probes: new ProbeManager({ clock, random, events, runtime, dialer, changed: () => worker.poke() }),
    images: createImagePuller({ runtime, clock, events }),
    crashBackoff: new BackoffTable(),
    dialer,
    nodeMemoryBytes: 2 ** 33,
    nodeIps: ['192.0.2.1'],
    dns: () => ({ clusterDns: [], clusterDomain: 'cluster.local', node: { servers: [], searches: [], options: [] } }),
    allocatable: () => ({}),
    admit: () => options.refuse,
    fits: () => undefined,
    networkError: () => '',
    pullSecrets: async () => [],
  };
  const pod = samplePod(spec, { metadata: { annotations: options.annotations } });
  let gone = false;
  const worker = new PodWorker(context, pod, () => {
    gone = true;
  });
  const stop = new AbortController();
  void new LifecycleEvents({ runtime, clock, log: silentLogger }, () => worker.poke()).run(stop.signal);
  worker.poke();
  return {
    clock,
    runtime,
    worker,
    said,
    history,
    probes: context.probes,
    deleted,
    pod,
    status: () => statuses.get('u1')!,
    container: (name = 'app') =>
      [...(statuses.get('u1')?.containerStatuses ?? []), ...(statuses.get('u1')?.initContainerStatuses ?? [])].find(
        (one) => one.name === name,
      )!,
    isGone: () => gone,
    remove: (graceSeconds: number) =>
      worker.update({
        ...pod,
        metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: graceSeconds },
      } as Pod),
    async [Symbol.asyncDispose]() {
      stop.abort();
      context.probes.close();
      const closed = worker.close();
      await clock.advance(1_000);
      await closed;
    },
  };
}
const seconds = (count: number) => count * 1000;

test('a pod comes up, and what happens is told', async () => {
  await using at = bench({});
  await at.clock.advance(seconds(2));
  assert.equal(at.status().phase, 'Running');
  assert.equal(at.container().ready, true);
  assert.deepEqual(at.said, [
    'Normal Pulling: Pulling image "busybox:1.36"',
    'Normal Pulled: Successfully pulled image "busybox:1.36" in 100ms (100ms including waiting). Image size: 1000000 bytes.',
    'Normal Created: Container created',
    'Normal Started: Container started',
  ]);
});
test('a deleted pod is stopped, removed from the runtime, then from the API', async () => {
  await using at = bench({});
  await at.clock.advance(seconds(2));
  at.remove(30);
  await at.clock.advance(seconds(2));
  assert.deepEqual(at.deleted, ['web']);
  assert.equal(at.isGone(), true);
  assert.deepEqual([await at.runtime.listContainers(), await at.runtime.listPodSandboxes()], [[], []]);
  assert.ok(at.said.includes('Normal Killing: Stopping container app'));
});
test('a container that keeps failing is started ever more rarely', async () => {
  await using at = bench({}, { annotations: { [fakeAnnotations.exitAfter]: '1', [fakeAnnotations.exitCode]: '1' } });
  await at.clock.advance(seconds(5));
  assert.equal(at.container().restartCount, 1);
  assert.equal(at.container().state?.waiting?.reason, 'CrashLoopBackOff');
  assert.equal(at.container().state?.waiting?.message, 'back-off 10s restarting failed container=app pod=web_shop(u1)');
  await at.clock.advance(seconds(10));
  assert.equal(at.container().restartCount, 2);
  assert.equal(at.container().state?.waiting?.message, 'back-off 20s restarting failed container=app pod=web_shop(u1)');
  await at.clock.advance(seconds(1000));
  assert.equal(at.container().state?.waiting?.message, 'back-off 5m0s restarting failed container=app pod=web_shop(u1)');
});
test('back-off and delays of probes do not care about the wall clock', async () => {
  for (const hours of [-3, 3]) {
    const crash = { [fakeAnnotations.exitAfter]: '1', [fakeAnnotations.exitCode]: '1' };
    await using at = bench({}, { annotations: crash });
    await at.clock.advance(seconds(5));
    assert.equal(at.container().state?.waiting?.reason, 'CrashLoopBackOff');
    at.clock.jump(hours * 3_600_000);
    await at.clock.advance(seconds(5));
    assert.equal(at.container().restartCount, 1);
    await at.clock.advance(seconds(5));
    assert.equal(at.container().restartCount, 2);

    const probe = { tcpSocket: { port: 80 }, initialDelaySeconds: 10, periodSeconds: 1 };
    await using probed = bench({ containers: [container('app', { readinessProbe: probe })] });
    await probed.clock.advance(seconds(2));
    probed.clock.jump(hours * 3_600_000);
    await probed.clock.advance(seconds(4));
    assert.equal(probed.container().ready, false);
    await probed.clock.advance(seconds(8));
    assert.equal(probed.container().ready, true);
  }
});
test('a pod that may not restart succeeds or fails', async () => {
  await using good = bench({ restartPolicy: 'Never' }, { annotations: { [fakeAnnotations.exitAfter]: '1' } });
  await good.clock.advance(seconds(5));
  assert.deepEqual([good.status().phase, good.container().state?.terminated?.reason], ['Succeeded', 'Completed']);
  await using bad = bench(
    { restartPolicy: 'Never' },
    { annotations: { [fakeAnnotations.exitAfter]: '1', [fakeAnnotations.exitCode]: '3' } },
  );
  await bad.clock.advance(seconds(5));
  assert.deepEqual([bad.status().phase, bad.container().state?.terminated?.exitCode], ['Failed', 3]);
});
test('init containers, sidecars and the rest start in order', async () => {
  const spec = { initContainers: [container('side', { restartPolicy: 'Always' }), container('first')] };
  await using at = bench(spec, { annotations: { [`${fakeAnnotations.exitAfter}.first`]: '2' } });
  await at.clock.advance(seconds(1));
  assert.equal(at.status().phase, 'Pending');
  assert.equal(at.container('app').state?.waiting?.reason, 'PodInitializing');
  await at.clock.advance(seconds(4));
  assert.equal(at.status().phase, 'Running');
  assert.deepEqual(
    [at.container('side').ready, at.container('first').state?.terminated?.reason, at.container().ready],
    [true, 'Completed', true],
  );
});
test('a pretended init container ends by itself', async () => {
  await using at = bench({ initContainers: [container('first'), container('side', { restartPolicy: 'Always' })] });
  await at.clock.advance(seconds(4));
  assert.deepEqual(
    [at.status().phase, at.container('first').state?.terminated?.reason, at.container('side').ready],
    ['Running', 'Completed', true],
  );
});
test('an image that cannot be pulled', async () => {
  await using at = bench({}, { runtime: { missingImages: ['busybox:1.36'] } });
  await at.clock.advance(seconds(1));
  assert.equal(at.container().state?.waiting?.reason, 'ErrImagePull');
  await at.clock.advance(seconds(7));
  assert.equal(at.container().state?.waiting?.reason, 'ImagePullBackOff');
  assert.ok(at.said.includes('Normal BackOff: Back-off pulling image "busybox:1.36"'));
  assert.ok(at.said.includes('Warning Failed: Error: ErrImagePull'));
});
test('a failing liveness probe restarts the container, a failing readiness probe does not', async () => {
  const dialer = { ...alwaysHealthy, tcp: async () => Promise.reject(new Error('dial tcp 10.244.0.2:80: connect: connection refused')) };
  const probe = { tcpSocket: { port: 80 }, periodSeconds: 1, failureThreshold: 3, successThreshold: 1 };
  await using live = bench({ containers: [container('app', { livenessProbe: probe })] }, { dialer });
  await live.clock.advance(seconds(6));
  assert.ok(live.said.includes('Warning Unhealthy: Liveness probe failed: dial tcp 10.244.0.2:80: connect: connection refused'));
  assert.ok(live.said.includes('Normal Killing: Container app failed liveness probe, will be restarted'));
  assert.equal(live.container().restartCount, 1);
  await using ready = bench({ containers: [container('app', { readinessProbe: probe })] }, { dialer });
  await ready.clock.advance(seconds(6));
  assert.deepEqual([ready.container().ready, ready.container().restartCount, ready.status().phase], [false, 0, 'Running']);
  assert.match(
    probeMetrics(ready.probes.counts()),
    /^prober_probe_total\{container="app",namespace="shop",pod="web",pod_uid="u1",probe_type="Readiness",result="failed"\} [1-9]\d*$/m,
  );
});
test('a startup probe comes before the others', async () => {
  let healthy = false;
  const http = async () => ({ status: healthy ? 200 : 503, body: '', redirected: false });
  const probe = { httpGet: { port: 80, path: '/' }, periodSeconds: 1, failureThreshold: 30 };
  await using at = bench(
    { containers: [container('app', { startupProbe: probe, readinessProbe: probe })] },
    { dialer: { ...alwaysHealthy, http } },
  );
  await at.clock.advance(seconds(5));
  assert.deepEqual([at.container().started, at.container().ready], [false, false]);
  assert.ok(at.said.includes('Warning Unhealthy: Startup probe failed: HTTP probe failed with statuscode: 503'));
  healthy = true;
  await at.clock.advance(seconds(2));
  assert.deepEqual([at.container().started, at.container().ready], [true, true]);
});
test('a pod that the node refuses fails without running', async () => {
  await using at = bench({}, { refuse: { reason: 'OutOfcpu', message: 'no room' } });
  await at.clock.advance(seconds(1));
  assert.deepEqual([at.status().phase, at.status().reason, at.status().message], ['Failed', 'OutOfcpu', 'no room']);
  assert.deepEqual(await at.runtime.listPodSandboxes(), []);
});
test('a pod over its deadline fails', async () => {
  await using at = bench({ activeDeadlineSeconds: 5 });
  await at.clock.advance(seconds(10));
  assert.deepEqual([at.status().phase, at.status().reason], ['Failed', 'DeadlineExceeded']);
  assert.equal(
    (await at.runtime.listContainers()).some((one) => one.state === 'RUNNING'),
    false,
  );
});
test('preStop runs within the grace period', async () => {
  await using at = bench({ containers: [container('app', { lifecycle: { preStop: { sleep: { seconds: 5 } } } })] });
  await at.clock.advance(seconds(2));
  at.remove(30);
  await at.clock.advance(seconds(4));
  assert.equal(at.isGone(), false);
  await at.clock.advance(seconds(2));
  assert.equal(at.isGone(), true);
});
test('a sandbox that dies is replaced', async () => {
  await using at = bench({});
  await at.clock.advance(seconds(2));
  const [before] = await at.runtime.listPodSandboxes();
  await at.runtime.stopPodSandbox(before!.id);
  await at.clock.advance(seconds(20));
  assert.ok(at.said.includes('Normal SandboxChanged: Pod sandbox changed, it will be killed and re-created.'));
  assert.deepEqual([at.status().phase, at.container().restartCount, at.container().ready], ['Running', 1, true]);
});
test('changed resources are applied in place, or by a restart where the container says so', async () => {
  const resources = (cpu: string, memory: string) => ({ requests: { cpu, memory } });
  const app = (cpu: string, memory: string) =>
    container('app', { resources: resources(cpu, memory), resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }] });
  await using at = bench({ containers: [app('100m', '1Mi')] });
  await at.clock.advance(seconds(2));
  const change = (cpu: string, memory: string, version: string) =>
    at.worker.update({
      ...at.pod,
      metadata: { ...at.pod.metadata, resourceVersion: version },
      spec: { ...at.pod.spec, containers: [app(cpu, memory)] },
    } as unknown as Pod);
  change('200m', '1Mi', '2');
  await at.clock.advance(seconds(2));
  const before = at.history.filter(
    ({ containerStatuses: [one] = [] }) => one?.allocatedResources?.cpu === '200m' && one.resources?.requests?.cpu === '100m',
  );
  const isInProgress = ({ conditions = [] }: PodStatus) => conditions.some(({ type }) => type === 'PodResizeInProgress');
  assert.ok(before.length > 0 && before.every(isInProgress), 'who sees what was granted sees that it is not done');
  assert.equal(isInProgress(at.status()), false);
  assert.deepEqual([at.container().resources, at.container().restartCount], [resources('200m', '1Mi'), 0]);
  change('200m', '2Mi', '3');
  await at.clock.advance(seconds(20));
  assert.deepEqual([at.container().resources, at.container().restartCount], [resources('200m', '2Mi'), 1]);
  assert.equal(isInProgress(at.status()), false);
  assert.ok(at.said.includes('Normal Killing: Container app resize requires restart, will be restarted'));
});

test('the resources of a pod as a whole, and those of init containers, change in place', async () => {
  const whole = (cpu: string, memory: string) => ({ requests: { cpu, memory }, limits: { cpu, memory } });
  const spec = (cpu: string, memory: string, init: string) => ({
    resources: whole(cpu, memory),
    initContainers: [container('prepare', { resources: { requests: { cpu: init } } })],
    containers: [container('app', {})],
  });
  await using at = bench(spec('100m', '1Mi', '10m'));
  await at.clock.advance(seconds(4));
  assert.deepEqual([at.status().resources, at.status().allocatedResources], [whole('100m', '1Mi'), { cpu: '100m', memory: '1Mi' }]);
  const change = (version: string, next: object) =>
    at.worker.update({
      ...at.pod,
      metadata: { ...at.pod.metadata, resourceVersion: version },
      spec: { ...at.pod.spec, ...next },
    } as unknown as Pod);
  change('2', spec('200m', '2Mi', '20m'));
  await at.clock.advance(seconds(4));
  assert.deepEqual([at.status().resources, at.status().allocatedResources], [whole('200m', '2Mi'), { cpu: '200m', memory: '2Mi' }]);
  assert.equal(at.container().restartCount, 0);
  assert.ok(at.said.includes('Normal ResizeCompleted: Pod resize completed'), at.said.join());
});
