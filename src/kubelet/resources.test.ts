import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleContainer as container, samplePod as pod } from './lib/samples.ts';
import {
  cgroupParent,
  containerResources,
  milliToQuota,
  milliToShares,
  oomScoreAdj,
  podLevelStatus,
  podLimits,
  qosClass,
} from './resources.ts';

const gibibyte = 2 ** 30;
const with_ = (requests: object, limits: object) => pod({ containers: [container('app', { resources: { requests, limits } })] });
const full = { cpu: '500m', memory: '1Gi' };

test('the class of service follows requests and limits', () => {
  assert.equal(qosClass(pod({})), 'BestEffort');
  assert.equal(qosClass(with_(full, full)), 'Guaranteed');
  assert.equal(qosClass(with_({ cpu: '0.5', memory: '1024Mi' }, full)), 'Guaranteed');
  assert.equal(qosClass(with_(full, { cpu: '1', memory: '1Gi' })), 'Burstable');
  assert.equal(qosClass(with_({ memory: '1Mi' }, {})), 'Burstable');
  assert.equal(qosClass(pod({ resources: { requests: full, limits: full } })), 'Guaranteed');
});
test('thousandths of a core become shares and quota', () => {
  assert.deepEqual([0, 1, 100, 1000, 1_000_000].map(milliToShares), [2, 2, 102, 1024, 262_144]);
  assert.deepEqual([0, 1, 250, 2000].map(milliToQuota), [0, 1000, 25_000, 200_000]);
});
test('the score for the out-of-memory killer', () => {
  const score = (of: ReturnType<typeof pod>) => oomScoreAdj(of, of.spec.containers[0]!, 10 * gibibyte);
  assert.equal(score(pod({})), 1000);
  assert.equal(score(with_(full, full)), -997);
  assert.equal(score(with_({ memory: '1Gi' }, {})), 900);
  assert.equal(score(with_({ cpu: '1' }, {})), 999);
});
test('limits of a container and of its pod', () => {
  const limited = with_({ cpu: '250m' }, full);
  const { cpuShares, cpuQuota, memoryLimitBytes } = containerResources(limited, limited.spec.containers[0]!, gibibyte);
  assert.deepEqual({ cpuShares, cpuQuota, memoryLimitBytes }, { cpuShares: 256, cpuQuota: 50_000, memoryLimitBytes: gibibyte });
  assert.deepEqual(podLimits(limited), { cpuShares: 256, cpuQuota: 50_000, cpuPeriod: 100_000, memoryBytes: gibibyte });
  assert.deepEqual(podLimits(pod({})), { cpuShares: 2, cpuQuota: undefined, cpuPeriod: 100_000, memoryBytes: undefined });
});
test('cgroups of pods by class', () => {
  assert.equal(cgroupParent('', with_(full, full)), '/kubepods/podu1');
  assert.equal(cgroupParent('/node1', pod({})), '/node1/kubepods/besteffort/podu1');
});

test('what a pod may have as a whole holds containers that say nothing, and is told in its status', () => {
  const pod = (spec: object) => ({ metadata: { name: 'a' }, spec }) as unknown as Parameters<typeof podLimits>[0];
  const whole = pod({
    resources: { requests: { cpu: '200m', memory: '1Gi' }, limits: { cpu: '500m', memory: '1Gi' } },
    containers: [{ name: 'c' }],
  });
  const { cpuQuota, memoryLimitBytes } = containerResources(whole, whole.spec.containers[0]!, 8 * 1024 ** 3);
  assert.deepEqual([cpuQuota, memoryLimitBytes], [50_000, 1024 ** 3]);
  assert.deepEqual(podLevelStatus(whole, true), {
    resources: { requests: { cpu: '200m', memory: '1Gi' }, limits: { cpu: '500m', memory: '1Gi' } },
    allocatedResources: { cpu: '200m', memory: '1Gi' },
  });
  const half = pod({
    overhead: { cpu: '10m' },
    containers: [
      {
        name: 'a',
        resources: { requests: { cpu: '100m', 'example.com/x': '1' }, limits: { cpu: '200m', memory: '1Gi', 'example.com/x': '1' } },
      },
      { name: 'b', resources: { requests: { cpu: '100m' }, limits: { cpu: '300m' } } },
    ],
  });
  const requests = { cpu: '210m', 'example.com/x': '1' };
  assert.deepEqual(podLevelStatus(half, false), {
    resources: { requests, limits: { cpu: '510m', memory: '1Gi', 'example.com/x': '1' } },
    allocatedResources: requests,
  });
  assert.deepEqual(podLevelStatus(half, true).resources, { requests: { cpu: '210m' }, limits: { cpu: '510m' } });
});
