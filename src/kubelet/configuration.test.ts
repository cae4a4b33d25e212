import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configz, defaultConfiguration, parseConfiguration, thresholdsOf } from './configuration.ts';

const head = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' };

test('a configuration changes what it names, the rest is as upstream has it', () => {
  assert.deepEqual(parseConfiguration(head), defaultConfiguration);
  const parsed = parseConfiguration({
    ...head,
    staticPodPath: '/etc/pods',
    fileCheckFrequency: '1m30s',
    maxPods: 20,
    evictionHard: { 'memory.available': '1Gi' },
    evictionSoft: { 'nodefs.available': '15%' },
    evictionSoftGracePeriod: { 'nodefs.available': '2m' },
    evictionMinimumReclaim: { 'memory.available': '500Mi' },
    containerLogMaxSize: '100Ki',
    systemReserved: { memory: '0.5Gi' },
  });
  assert.deepEqual(
    [parsed.staticPodPath, parsed.fileCheckFrequencyMs, parsed.maxPods, parsed.containerLogMaxSizeBytes, parsed.systemReserved],
    ['/etc/pods', 90_000, 20, 102_400, { memory: '512Mi' }],
  );
  assert.deepEqual(thresholdsOf(parsed), [
    { signal: 'memory.available', amount: { quantity: '1Gi' }, graceMs: 0, minReclaim: { quantity: '500Mi' } },
    { signal: 'nodefs.available', amount: { percent: 15 }, graceMs: 120_000, minReclaim: undefined },
  ]);
  assert.deepEqual((configz(parsed) as any).kubeletconfig.evictionHard, { 'memory.available': '1Gi' });
});

test('everything that is wrong is told at once', () => {
  const wrong = {
    kind: 'KubeletConfiguration',
    maxPods: 'many',
    cpuManagerPolicy: 'static',
    fileCheckFrequency: '20',
    evictionHard: { 'memory.free': '1Gi' },
    evictionSoft: { 'memory.available': '101%' },
    imageGCHighThresholdPercent: 50,
  };
  assert.throws(() => parseConfiguration(wrong), {
    message: [
      'apiVersion must be kubelet.config.k8s.io/v1beta1, and kind KubeletConfiguration',
      'maxPods: must be a whole number from 0 to 2147483648, not "many"',
      'cpuManagerPolicy: this kubelet has no such setting',
      'fileCheckFrequency: time: missing unit in duration "20"',
      'evictionHard: unknown eviction signal "memory.free"',
      'evictionSoft: eviction percentage threshold must be <= 100%: 101%',
      'imageGCLowThresholdPercent must not be above imageGCHighThresholdPercent',
    ].join('; '),
  });
  assert.throws(() => parseConfiguration({ ...head, evictionSoft: { 'memory.available': '1Gi' } }), /grace period must be specified/);
});
