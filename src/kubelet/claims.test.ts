import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPodClaims } from './claims.ts';
import type { ObjectReader } from './context.ts';
import type { Node, Pod } from './types.ts';

const claim = (more: object = {}) => ({
  metadata: { name: 'data', namespace: 'a', uid: 'c' },
  spec: { volumeName: 'v' },
  status: { phase: 'Bound' },
  ...more,
});
const volume = (spec: object = {}) => ({
  metadata: { name: 'v' },
  spec: { claimRef: { name: 'data', namespace: 'a', uid: 'c' }, local: { path: '/disk' }, ...spec },
});
const node = { metadata: { name: 'n', labels: { 'kubernetes.io/hostname': 'n' } } } as unknown as Node;
const pod = (containers: object[] = [{ name: 'c', volumeMounts: [{ name: 'd', mountPath: '/d' }] }]): Pod =>
  ({
    metadata: { name: 'p', namespace: 'a', uid: 'p' },
    spec: {
      containers,
      volumes: [
        { name: 'e', emptyDir: {} },
        { name: 'd', persistentVolumeClaim: { claimName: 'data', readOnly: true } },
      ],
    },
  }) as never;

const claimsOver = (found: object | undefined, behind: object | undefined) =>
  createPodClaims({ claim: async () => found, persistentVolume: async () => behind } as unknown as ObjectReader, () => node);
const refusal = async (found: object | undefined, behind: object | undefined, of = pod()) => {
  const error = await claimsOver(found, behind)
    .volumesOf(of)
    .then(
      () => undefined,
      (reason: Error) => reason.message,
    );
  return error?.replace(
    'Unable to attach or mount volumes: unmounted volumes=[d], unattached volumes=[], failed to process volumes=[d]: error processing PVC a/data: ',
    '',
  );
};

test('a claim stands for the storage of its volume', async () => {
  const claims = claimsOver(claim(), volume());
  const expected = [
    { name: 'e', emptyDir: {} },
    { name: 'd', readOnly: true, local: { path: '/disk' } },
  ];
  assert.deepEqual(await claims.volumesOf(pod()), expected);
});

test('users are told why a claim is not ready', async () => {
  assert.equal(await refusal(undefined, undefined), 'failed to fetch PVC from API server: persistentvolumeclaims "data" not found');
  assert.equal(await refusal(claim({ status: { phase: 'Pending' } }), volume()), 'PVC is not bound');
  const deleted = { name: 'data', namespace: 'a', uid: 'c', deletionTimestamp: 'now' };
  assert.equal(await refusal(claim({ metadata: deleted }), volume()), 'PVC is being deleted');
  assert.equal(await refusal(claim({ metadata: { ...deleted, finalizers: ['kubernetes.io/pvc-protection'] } }), volume()), undefined);
  assert.equal(await refusal(claim(), undefined), 'failed to fetch PV v from API server: persistentvolumes "v" not found');
  assert.equal(
    await refusal(claim(), volume({ claimRef: { name: 'data', namespace: 'a', uid: 'other' } })),
    'found PV object v but its pv.Spec.ClaimRef.UID other does not point to claim.UID c',
  );
  assert.equal(await refusal(claim(), volume({ volumeMode: 'Block' })), 'volume d has volumeMode Block, but is specified in volumeMounts');
  const terms = [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['m'] }] }];
  assert.equal(
    await refusal(claim(), volume({ nodeAffinity: { required: { nodeSelectorTerms: terms } } })),
    'MountVolume.NodeAffinity check failed for volume "v" : no matching NodeSelectorTerms',
  );
});
