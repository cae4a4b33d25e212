import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitProblems } from './limits.ts';

const pod = (requests: object, limits: object = {}) => ({ spec: { containers: [{ name: 'c', resources: { requests, limits } }] } });

test('containers and pods are held to least, most and ratio', () => {
  const container = [{ type: 'Container', min: { cpu: '100m' }, max: { cpu: '1' }, maxLimitRequestRatio: { cpu: '2' } }];
  assert.deepEqual(limitProblems(container, 'Pod', pod({ cpu: '500m' }, { cpu: '1' })), []);
  assert.deepEqual(limitProblems(container, 'Pod', pod({})), [
    'minimum cpu usage per Container is 100m.  No request is specified',
    'maximum cpu usage per Container is 1.  No limit is specified',
    'cpu max limit to request ratio per Container is 2, but no request is specified or request is 0',
  ]);
  assert.deepEqual(limitProblems(container, 'Pod', pod({ cpu: '50m' }, { cpu: '2' })), [
    'minimum cpu usage per Container is 100m, but request is 50m',
    'maximum cpu usage per Container is 1, but limit is 2',
    'cpu max limit to request ratio per Container is 2, but provided ratio is 40.000000',
  ]);
  const whole = [{ type: 'Pod', max: { memory: '1Gi' } }];
  const two = { spec: { containers: [{ resources: { limits: { memory: '800Mi' } } }, { resources: { limits: { memory: '800Mi' } } }] } };
  assert.deepEqual(limitProblems(whole, 'Pod', two), ['maximum memory usage per Pod is 1Gi, but limit is 1600Mi']);
});

test('claims are held to what they ask for', () => {
  const items = [{ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } }];
  const claim = (storage: string) => ({ spec: { resources: { requests: { storage } } } });
  assert.deepEqual(limitProblems(items, 'PersistentVolumeClaim', claim('1Gi')), []);
  assert.deepEqual(limitProblems(items, 'PersistentVolumeClaim', claim('3Gi')), [
    'maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
  ]);
});
