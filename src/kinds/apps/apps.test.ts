import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { cells, created, made, problems } from '../lib/testing.ts';
import { DaemonSet } from './daemon-set.ts';
import { Deployment } from './deployment.ts';
import { ReplicaSet } from './replica-set.ts';
import { StatefulSet } from './stateful-set.ts';

const template = {
  metadata: { labels: { app: 'x' } },
  spec: {
    containers: [
      { name: 'c', image: 'a:1' },
      { name: 'd', image: 'b:1' },
    ],
  },
};
const spec = { selector: { matchLabels: { app: 'x' } }, template };

test('defaults of a Deployment', () => {
  const { template: _, ...rest } = made(Deployment, { spec }).spec;
  assert.deepEqual(rest, {
    replicas: 1,
    selector: { matchLabels: { app: 'x' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  });
});

test('problems', () => {
  assert.deepEqual(problems(Deployment, made(Deployment, { spec })), []);
  assert.deepEqual(problems(Deployment, made(Deployment, { spec: { template } })), [
    'spec.selector: Required value',
    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
  ]);
  assert.deepEqual(problems(Deployment, made(Deployment, { spec: { ...spec, selector: { matchLabels: { app: 'y' } } } })), [
    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
  ]);
  assert.deepEqual(
    problems(Deployment, made(Deployment, { spec: { ...spec, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } } })),
    ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
  );
  assert.deepEqual(
    problems(
      ReplicaSet,
      made(ReplicaSet, { spec: { ...spec, template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } } }),
    ),
    ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  );
  const labels = { metadata: { labels: { app: 'x', b: 'y' } }, spec: template.spec };
  const changed = made(Deployment, { spec: { selector: { matchLabels: { b: 'y' } }, template: labels } });
  assert.deepEqual(problems(Deployment, changed, made(Deployment, { spec })), [
    'spec.selector: Invalid value: {"matchLabels":{"b":"y"}}: field is immutable',
  ]);
});

test('annotations of a Deployment count as a change', () => {
  const old = { ...created(Deployment, { spec }), metadata: { name: 'a', namespace: 'default', generation: 3 } };
  const now = structuredClone(old);
  now.metadata.annotations = { a: 'b' };
  Deployment.strategy.prepareForUpdate!(now, old, { clock: new VirtualClock(), subresource: '' });
  assert.equal(now.metadata.generation, 4);
});

test('columns', () => {
  const metadata = { creationTimestamp: '2026-01-01T00:00:00Z' };
  const now = Date.parse('2026-01-01T00:00:30Z');
  const deployment = made(Deployment, {
    metadata,
    spec: { ...spec, replicas: 3 },
    status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
  });
  assert.deepEqual(Object.values(cells(Deployment, deployment, now, true)), ['a', '2/3', 3, 1, '30s', 'c,d', 'a:1,b:1', 'app=x']);
  const set = made(ReplicaSet, { metadata, spec: { ...spec, replicas: 3 }, status: { replicas: 2, readyReplicas: 1 } });
  assert.deepEqual(Object.values(cells(ReplicaSet, set, now)), ['a', 3, 2, 1, '30s']);
});

test('a DaemonSet counts its templates', () => {
  const count = 'deprecated.daemonset.template.generation';
  const set = created(DaemonSet, { spec });
  assert.deepEqual(set.metadata.annotations, { [count]: '1' });
  assert.deepEqual(set.spec.updateStrategy, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } });
  const update = (json: object, subresource = '') => {
    const now = made(DaemonSet, json as never);
    DaemonSet.strategy.prepareForUpdate!(now, set, { clock: new VirtualClock(), subresource });
    return now.metadata.annotations[count];
  };
  assert.equal(update({ metadata: { annotations: { [count]: '7' } }, spec }), '1');
  assert.equal(update({ spec: { ...spec, template: { ...template, spec: { containers: [{ name: 'e', image: 'e' }] } } } }), '2');
  assert.throws(() => made(DaemonSet, { metadata: { annotations: { [count]: 'x' } }, spec }), /strconv\.ParseInt: parsing "x"/);
});

test('a count that is not said is shown as none', () => {
  const deployment = made(Deployment, { spec, status: { readyReplicas: -1 } });
  assert.ok(
    problems(Deployment, deployment, deployment, 'status').includes(
      'status.availableReplicas: Invalid value: 0: cannot be greater than readyReplicas',
    ),
  );
});

test('what a strategy of another kind of DaemonSet says of rolling is kept, as numbers', () => {
  const set = made(DaemonSet, { spec: { ...spec, updateStrategy: { type: 'OnDelete', rollingUpdate: {} } } });
  assert.deepEqual(set.spec.updateStrategy.rollingUpdate, { maxUnavailable: 0, maxSurge: 0 });
});

test('rules of a DaemonSet', () => {
  const says = (more: object) => problems(DaemonSet, made(DaemonSet, { spec: { ...spec, ...more } }));
  const at = 'spec.updateStrategy';
  assert.deepEqual(says({}), []);
  assert.deepEqual(says({ updateStrategy: { type: 'Odd' } }), [
    `${at}: Unsupported value: {"Type":"Odd","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"`,
  ]);
  assert.deepEqual(says({ updateStrategy: { rollingUpdate: { maxSurge: 1 } } }), [
    `${at}.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero`,
  ]);
  assert.deepEqual(says({ updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } }), [
    `${at}.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0`,
  ]);
  // A share below nothing is no share, and no number.
  assert.equal(
    says({ updateStrategy: { rollingUpdate: { maxUnavailable: '-5%' } } }).at(-1),
    `${at}.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0`,
  );
  assert.deepEqual(says({ selector: undefined }), [
    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
  ]);
  const status = (collisionCount: number) => ({ ...made(DaemonSet, { spec }), status: { collisionCount } });
  assert.deepEqual(problems(DaemonSet, status(1), status(2), 'status'), ['status.collisionCount: Invalid value: 1: cannot be decremented']);
});

const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } } } };

test('defaults of a StatefulSet', () => {
  const { template: _, ...rest } = made(StatefulSet, { spec: { ...spec, volumeClaimTemplates: [claim] } }).spec;
  assert.deepEqual(rest, {
    replicas: 1,
    selector: { matchLabels: { app: 'x' } },
    serviceName: '',
    podManagementPolicy: 'OrderedReady',
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    revisionHistoryLimit: 10,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    volumeClaimTemplates: [
      {
        kind: 'PersistentVolumeClaim',
        apiVersion: 'v1',
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeMode: 'Filesystem' },
        status: { phase: 'Pending' },
      },
    ],
  });
  const onDelete = made(StatefulSet, { spec: { ...spec, updateStrategy: { type: 'OnDelete' } } }).spec.updateStrategy;
  assert.deepEqual(onDelete, { type: 'OnDelete' });
});

test('a StatefulSet takes its pods away one at a time', () => {
  const rollingUpdate = { maxUnavailable: 2 };
  const set = created(StatefulSet, { spec: { ...spec, updateStrategy: { type: 'RollingUpdate', rollingUpdate } } });
  assert.deepEqual(set.spec.updateStrategy.rollingUpdate, { partition: 0 });
  assert.deepEqual(set.status, { replicas: 0, availableReplicas: 0 });
});

test('problems of a StatefulSet', () => {
  const wrong = (more: object, metadata = {}) => problems(StatefulSet, made(StatefulSet, { metadata, spec: { ...spec, ...more } }));
  assert.deepEqual(wrong({}), []);
  const mounted = structuredClone(template) as any;
  mounted.spec.containers[0].volumeMounts = [{ name: 'data', mountPath: '/data' }];
  mounted.spec.hostname = 'Not A Name';
  assert.deepEqual(wrong({ template: mounted, volumeClaimTemplates: [claim] }), []);
  assert.deepEqual(wrong({ template: mounted }), ['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"']);
  assert.deepEqual(wrong({ podManagementPolicy: 'Any', updateStrategy: { type: 'Any' } }), [
    "spec.podManagementPolicy: Invalid value: \"Any\": must be 'OrderedReady' or 'Parallel'",
    'spec.updateStrategy: Invalid value: {"Type":"Any","RollingUpdate":null}: must be \'RollingUpdate\' or \'OnDelete\'',
  ]);
  assert.deepEqual(wrong({ updateStrategy: { type: 'OnDelete', rollingUpdate: {} } }), [
    'spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":0,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\'',
  ]);
  assert.deepEqual(wrong({ persistentVolumeClaimRetentionPolicy: { whenScaled: 'Keep' }, ordinals: { start: -1 }, serviceName: 'a.b' }), [
    'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Keep": supported values: "Retain", "Delete"',
    'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0',
    'spec.serviceName: Invalid value: "a.b": must not contain dots',
  ]);
  assert.deepEqual(wrong({ selector: {} }), ['spec.selector: Invalid value: {}: empty selector is invalid for statefulset']);
  assert.deepEqual(wrong({ selector: undefined }), [
    'spec.selector: Required value',
    'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`',
  ]);
  assert.deepEqual(wrong({ template: { ...template, spec: { ...template.spec, restartPolicy: 'Never', activeDeadlineSeconds: 1 } } }), [
    'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported',
  ]);
  assert.deepEqual(wrong({ volumeClaimTemplates: [{ ...claim, spec: {} }] }), [
    'spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required',
    'spec.volumeClaimTemplates[0].spec.resources[storage]: Required value',
  ]);
});

test('updates of a StatefulSet', () => {
  const before = made(StatefulSet, { spec });
  const after = (more: object) => problems(StatefulSet, made(StatefulSet, { spec: { ...spec, ...more } }), before);
  assert.deepEqual(after({ replicas: 5, minReadySeconds: 3, ordinals: { start: 1 }, updateStrategy: { type: 'OnDelete' } }), []);
  const rule =
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', " +
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  assert.deepEqual(after({ serviceName: 'a' }), [rule]);
  assert.deepEqual(after({ volumeClaimTemplates: [claim] }), [rule]);
  const status = { replicas: 1, readyReplicas: 2, availableReplicas: 3 };
  assert.deepEqual(problems(StatefulSet, made(StatefulSet, { spec, status }), before, 'status'), [
    'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
    'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
    'status.availableReplicas: Invalid value: 3: cannot be greater than status.readyReplicas',
  ]);
});

test('the table of StatefulSets', () => {
  const set = made(StatefulSet, { spec: { ...spec, replicas: 3 }, status: { replicas: 3, readyReplicas: 2, availableReplicas: 1 } });
  assert.equal(cells(StatefulSet, set, 0).Ready, '2/3');
});

test('a policy of a StatefulSet is shown as JSON', () => {
  const wrong = problems(StatefulSet, made(StatefulSet, { spec: { ...spec, podManagementPolicy: '<' } }));
  assert.ok(wrong.includes(`spec.podManagementPolicy: Invalid value: "\\u003c": must be 'OrderedReady' or 'Parallel'`), wrong.join());
});
