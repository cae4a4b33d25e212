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
import { computePodActions, type ProbeResult } from './pod-actions.ts';
import type { Pod } from './types.ts';

const probes = (liveness: Record<string, ProbeResult> = {}, startup: Record<string, ProbeResult> = {}) => ({
  liveness: (id: string) => liveness[id],
  startup: (id: string) => startup[id],
});
/** The actions that are not empty, in short. */
function actions(of: Pod, seen: ObservedPod, results = probes(), restartAll = false): Record<string, unknown> {
  const { attempt, sandboxId, ...all } = computePodActions(of, seen, results, restartAll);
  const said = Object.entries(all).filter(([, value]) => value === true || (Array.isArray(value) && value.length > 0));
  return Object.fromEntries([...said, ...(all.createSandbox ? [['attempt', attempt]] : [])]);
}
const always = { restartPolicy: 'Always' };
const two = pod({ containers: [container('a'), container('b')] });

test('a new pod gets a sandbox and all its containers', () => {
  assert.deepEqual(actions(two, observed([], [])), { killPod: true, createSandbox: true, start: ['a', 'b'], attempt: 0 });
});
test('a pod that runs as it should is left alone', () => {
  assert.deepEqual(actions(two, observed([status('a', 'RUNNING'), status('b', 'RUNNING')])), {});
});
test('a dead sandbox is replaced with the next attempt', () => {
  const dead = observed([status('a', 'EXITED', { exitCode: 137 })], [sandbox({ state: 'NOTREADY' })]);
  assert.deepEqual(actions(two, dead), { killPod: true, createSandbox: true, start: ['a', 'b'], attempt: 1 });
  assert.deepEqual(actions(pod({ restartPolicy: 'Never' }), observed([status('app', 'EXITED')], [sandbox({ state: 'NOTREADY' })])), {
    killPod: true,
  });
});
test('ended containers come back as the restart policy says', () => {
  const ended = (exitCode: number) => observed([status('app', 'EXITED', { exitCode })]);
  assert.deepEqual(actions(pod({}), ended(0)), { start: ['app'] });
  assert.deepEqual(actions(pod({ restartPolicy: 'OnFailure' }), ended(1)), { start: ['app'] });
  assert.deepEqual(actions(pod({ restartPolicy: 'OnFailure' }), ended(0)), { killPod: true });
  assert.deepEqual(actions(pod({ restartPolicy: 'Never' }), ended(1)), { killPod: true });
});
test("a container's own policy and rules stand above the pod's", () => {
  const rules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }];
  const own = pod({ restartPolicy: 'Never', containers: [container('app', { restartPolicy: 'Never', restartPolicyRules: rules })] });
  assert.deepEqual(actions(own, observed([status('app', 'EXITED', { exitCode: 42 })])), { start: ['app'] });
  assert.deepEqual(actions(own, observed([status('app', 'EXITED', { exitCode: 1 })])), { killPod: true });
});
test('a container that fails its liveness probe is killed and started', () => {
  const killed = { id: 'app-0', name: 'app', message: 'Container app failed liveness probe, will be restarted', reason: 'LivenessProbe' };
  assert.deepEqual(actions(pod({}), observed([status('app', 'RUNNING')]), probes({ 'app-0': 'failure' })), {
    kill: [killed],
    start: ['app'],
  });
});
test('a changed image restarts a container whatever the policy', () => {
  const seen = observed([status('app', 'RUNNING', { annotations: { 'io.kubernetes.container.hash': 'old' } })]);
  const kill = [{ id: 'app-0', name: 'app', message: 'Container app definition changed, will be restarted', reason: 'Unknown' }];
  assert.deepEqual(actions(pod({ restartPolicy: 'Never' }), seen), { kill, start: ['app'] });
});
test('init containers run one after the other, then the others', () => {
  const init = pod({ initContainers: [container('i1'), container('i2')] });
  assert.deepEqual(actions(init, observed([], [])), { killPod: true, createSandbox: true, startInit: ['i1'], attempt: 0 });
  assert.deepEqual(actions(init, observed([])), { startInit: ['i1'] });
  assert.deepEqual(actions(init, observed([status('i1', 'RUNNING')])), {});
  assert.deepEqual(actions(init, observed([status('i1', 'EXITED')])), { startInit: ['i2'] });
  assert.deepEqual(actions(init, observed([status('i1', 'EXITED', { exitCode: 1 })])), { startInit: ['i1'] });
  assert.deepEqual(actions(init, observed([status('i2', 'EXITED')])), { start: ['app'] });
  assert.deepEqual(
    actions(pod({ restartPolicy: 'Never', initContainers: [container('i1')] }), observed([status('i1', 'EXITED', { exitCode: 1 })])),
    { killPod: true },
  );
});
test('init containers are not run again once the pod runs', () => {
  assert.deepEqual(actions(pod({ initContainers: [container('i1')] }), observed([status('app', 'RUNNING')])), {});
});
test('a sidecar gates what follows by its startup probe and is kept running', () => {
  const probe = { startupProbe: { exec: { command: ['true'] } } };
  const side = pod({ initContainers: [container('s', { ...always, ...probe }), container('i')] });
  assert.deepEqual(actions(side, observed([status('s', 'RUNNING')])), {});
  assert.deepEqual(actions(side, observed([status('s', 'RUNNING')]), probes({}, { 's-0': 'success' })), { startInit: ['i'] });
  assert.deepEqual(actions(side, observed([status('i', 'RUNNING'), status('s', 'EXITED')])), { startInit: ['s'] });
  assert.deepEqual(actions(side, observed([status('app', 'RUNNING'), status('s', 'EXITED')])), { startInit: ['s'] });
  assert.deepEqual(actions(side, observed([status('i', 'EXITED'), status('s', 'RUNNING')]), probes({}, { 's-0': 'success' })), {
    start: ['app'],
  });
});
test('sidecars do not keep a finished pod alive', () => {
  const side = pod({ restartPolicy: 'Never', initContainers: [container('s', always)] });
  assert.deepEqual(actions(side, observed([status('app', 'EXITED'), status('s', 'RUNNING')])), { killPod: true });
});
test('an ephemeral container starts once', () => {
  const debug = pod({ ephemeralContainers: [container('debug')] });
  assert.deepEqual(actions(debug, observed([status('app', 'RUNNING')])), { startEphemeral: ['debug'] });
  assert.deepEqual(actions(debug, observed([status('app', 'RUNNING'), status('debug', 'EXITED')])), {});
});
test('a reset removes all containers, the one that asked for it last', () => {
  const rules = [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [9] } }];
  const both = pod({ containers: [container('a', { restartPolicy: 'Never', restartPolicyRules: rules }), container('b')] });
  const seen = observed([status('a', 'EXITED', { exitCode: 9 }), status('b', 'RUNNING')]);
  const reset = [
    { id: 'b-0', name: 'b', kill: true },
    { id: 'a-0', name: 'a', kill: false },
  ];
  assert.deepEqual(actions(both, seen, probes(), true), { reset });
});
