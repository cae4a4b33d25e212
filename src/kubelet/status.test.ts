import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  sampleContainer as container,
  sampleObserved as observed,
  samplePod as pod,
  sampleSandbox as sandbox,
  sampleStatus as status,
} from './lib/samples.ts';
import type { ObservedPod } from './observed.ts';
import { buildPodStatus, type StatusInputs } from './status.ts';
import { statusPatch } from './status-manager.ts';
import type { Pod, PodStatus } from './types.ts';

const nowMs = Date.UTC(2026, 0, 1, 0, 1, 0);
const now = '2026-01-01T00:01:00Z';
const inputs = (more: Partial<StatusInputs> = {}): StatusInputs => ({
  old: {} as PodStatus,
  nowMs,
  hostIps: ['192.0.2.1'],
  runtimeName: 'containerd',
  failures: new Map(),
  messageOf: () => '',
  terminal: false,
  started: () => true,
  ready: () => true,
  ...more,
});
const build = (of: Pod, seen: ObservedPod, more?: Partial<StatusInputs>) => buildPodStatus(of, seen, inputs(more));
const conditions = (of: PodStatus) =>
  Object.fromEntries(
    (of.conditions ?? []).map((one) => [one.type, [one.status, one.reason, one.message].filter((text) => text !== undefined).join(' ')]),
  );

test('a pod that nothing was done for yet is pending', () => {
  const made = build(pod({}), observed([], []));
  assert.equal(made.phase, 'Pending');
  assert.equal(made.startTime, now);
  assert.deepEqual(made.containerStatuses?.[0]?.state, { waiting: { reason: 'ContainerCreating' } });
  assert.deepEqual(conditions(made), {
    PodReadyToStartContainers: 'False',
    Initialized: 'True',
    Ready: 'False ContainersNotReady containers with unready status: [app]',
    ContainersReady: 'False ContainersNotReady containers with unready status: [app]',
    PodScheduled: 'True',
  });
});
test('a running pod', () => {
  const made = build(pod({}), observed([status('app', 'RUNNING')]));
  const { conditions: _, ...rest } = made;
  assert.deepEqual(rest, {
    hostIP: '192.0.2.1',
    hostIPs: [{ ip: '192.0.2.1' }],
    podIP: '10.0.0.5',
    podIPs: [{ ip: '10.0.0.5' }],
    observedGeneration: 1,
    phase: 'Running',
    startTime: now,
    containerStatuses: [
      {
        name: 'app',
        image: 'busybox:1.36',
        imageID: 'sha256:1',
        containerID: 'containerd://app-0',
        ready: true,
        restartCount: 0,
        state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
        lastState: {},
        resources: {},
        started: true,
      },
    ],
    qosClass: 'BestEffort',
    resources: {},
  });
  assert.deepEqual(conditions(made).Ready, 'True');
});
test('phases of pods whose containers have ended', () => {
  const never = pod({ restartPolicy: 'Never', containers: [container('a'), container('b')] });
  const phase = (a: number, b: number) =>
    build(never, observed([status('a', 'EXITED', { exitCode: a }), status('b', 'EXITED', { exitCode: b })])).phase;
  assert.deepEqual([phase(0, 0), phase(0, 1)], ['Succeeded', 'Failed']);
  assert.equal(build(pod({}), observed([status('app', 'EXITED')])).phase, 'Running');
  assert.equal(build(pod({}), observed([status('app', 'EXITED')]), { terminal: true }).phase, 'Succeeded');
  const done = build(never, observed([status('a', 'EXITED'), status('b', 'EXITED')]));
  assert.equal(conditions(done).Ready, 'False PodCompleted');
  assert.equal(conditions(done).Initialized, 'True PodCompleted');
});
test('a container that crashed shows why it waits and how it ended', () => {
  const failures = new Map([
    ['app', { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container=app pod=web_shop(u1)' }],
  ]);
  const made = build(pod({}), observed([status('app', 'EXITED', { exitCode: 3, reason: 'Error' })]), {
    failures,
    messageOf: () => 'last words',
  });
  const [one] = made.containerStatuses!;
  assert.deepEqual(one!.state, {
    waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container=app pod=web_shop(u1)' },
  });
  assert.deepEqual(one!.lastState, {
    terminated: {
      exitCode: 3,
      reason: 'Error',
      message: 'last words',
      startedAt: '2026-01-01T00:00:00Z',
      finishedAt: '2026-01-01T00:00:10Z',
      containerID: 'containerd://app-0',
    },
  });
  assert.equal(made.phase, 'Running');
});
test('the instance before the present one is the last state', () => {
  const annotations = { 'io.kubernetes.container.restartCount': '1' };
  const seen = observed([
    status('app', 'RUNNING', { id: 'app-1', attempt: 1, annotations, createdAtMs: 20 }),
    status('app', 'EXITED', { exitCode: 1 }),
  ]);
  const [one] = build(pod({}), seen).containerStatuses!;
  assert.equal(one!.restartCount, 1);
  assert.equal(one!.lastState?.terminated?.exitCode, 1);
});
test('init containers and sidecars hold back the pod', () => {
  const init = pod({ initContainers: [container('s', { restartPolicy: 'Always' }), container('i')] });
  const early = build(init, observed([status('s', 'RUNNING')]));
  assert.equal(early.phase, 'Pending');
  assert.equal(conditions(early).Initialized, 'False ContainersNotInitialized containers with incomplete status: [i]');
  assert.deepEqual(early.containerStatuses?.[0]?.state, { waiting: { reason: 'PodInitializing' } });
  const later = build(init, observed([status('s', 'RUNNING'), status('i', 'EXITED'), status('app', 'RUNNING')]));
  assert.equal(later.phase, 'Running');
  assert.equal(conditions(later).Ready, 'True');
});
test('readiness gates and readiness probes', () => {
  const gated = pod({ readinessGates: [{ conditionType: 'example.com/lb' }] });
  assert.equal(
    conditions(build(gated, observed([status('app', 'RUNNING')]))).Ready,
    'False ReadinessGatesNotReady corresponding condition of pod readiness gate "example.com/lb" does not exist.',
  );
  const open = pod(
    { readinessGates: [{ conditionType: 'example.com/lb' }] },
    { status: { conditions: [{ type: 'example.com/lb', status: 'True' }] } },
  );
  const made = build(open, observed([status('app', 'RUNNING')]));
  assert.equal(conditions(made).Ready, 'True');
  assert.equal(conditions(made)['example.com/lb'], 'True');
  const unready = build(pod({}), observed([status('app', 'RUNNING')]), { ready: () => false });
  assert.equal(conditions(unready).ContainersReady, 'False ContainersNotReady containers with unready status: [app]');
});
test('a failure stands over what the containers say, and an ended pod keeps its address', () => {
  const old = { podIPs: [{ ip: '10.0.0.5' }], startTime: '2026-01-01T00:00:30Z' } as unknown as PodStatus;
  const failed = { reason: 'Evicted', message: 'The node was low on resource: memory. ' };
  const made = build(pod({}), observed([], [sandbox({ state: 'NOTREADY' })]), { failed, old, terminal: true });
  assert.deepEqual(
    [made.phase, made.reason, made.message, made.podIP, made.startTime],
    ['Failed', failed.reason, failed.message, '10.0.0.5', '2026-01-01T00:00:30Z'],
  );
});
test('the time of a condition changes with its status only', () => {
  const first = build(pod({}), observed([status('app', 'RUNNING')]), { nowMs: nowMs - 30_000 });
  const second = build(pod({}), observed([status('app', 'RUNNING')]), { old: first, ready: () => false });
  const times = Object.fromEntries(second.conditions!.map((one) => [one.type, one.lastTransitionTime]));
  assert.equal(times.Ready, now);
  assert.equal(times.Initialized, '2026-01-01T00:00:30Z');
});
test('only what changed is written', () => {
  const first = build(pod({}), observed([status('app', 'RUNNING')]));
  assert.equal(statusPatch(first, build(pod({}), observed([status('app', 'RUNNING')]), { old: first, nowMs: nowMs + 5_000 })), undefined);
  const second = build(pod({}), observed([status('app', 'RUNNING')]), { old: first, ready: () => false });
  const patch = statusPatch(first, second)!;
  assert.deepEqual(Object.keys(patch).sort(), ['conditions', 'containerStatuses']);
  assert.deepEqual(
    (patch.conditions as { type: string }[]).map((one) => one.type),
    ['Ready', 'ContainersReady'],
  );
  assert.deepEqual(statusPatch({ ...first, reason: 'x' }, first), { reason: null });
});
