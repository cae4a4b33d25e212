import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfiguration } from './configuration.ts';
import { nodeResources } from './node-resources.ts';

test('what pods may ask for is the capacity less what is reserved and kept free', () => {
  const facts = { cpus: 4, memoryBytes: 8 * 2 ** 30 };
  const plain = nodeResources(facts, defaultConfiguration, { 'ephemeral-storage': '1000' });
  assert.deepEqual([plain.capacity.memory, plain.allocatable.memory, plain.allocatable.cpu], ['8Gi', '8092Mi', '4']);
  assert.deepEqual(
    [plain.capacity['ephemeral-storage'], plain.allocatable['ephemeral-storage'], plain.allocatable.pods],
    ['1k', '900', '110'],
  );
  assert.deepEqual(plain.room, { milliCpus: 4000, memoryBytes: 8 * 2 ** 30 });
  const reserving = { ...defaultConfiguration, systemReserved: { cpu: '500m', memory: '1Gi' }, kubeReserved: { cpu: '1' }, maxPods: 20 };
  const reserved = nodeResources(facts, reserving);
  assert.deepEqual([reserved.allocatable.cpu, reserved.allocatable.memory, reserved.capacity.pods], ['2500m', '7068Mi', '20']);
  assert.deepEqual(reserved.room, { milliCpus: 2500, memoryBytes: 7 * 2 ** 30 });
});
