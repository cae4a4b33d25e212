import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { cells, created, made, problems } from '../lib/testing.ts';
import { PersistentVolume } from './persistent-volume.ts';
import { PersistentVolumeClaim } from './persistent-volume-claim.ts';

const volume = (spec: object = {}, metadata: object = {}) =>
  created(PersistentVolume, {
    metadata,
    spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/data' }, ...spec },
  });
const claim = (spec: object = {}, status: object = {}, metadata: object = {}) => ({
  ...created(PersistentVolumeClaim, {
    metadata,
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  }),
  status,
});

test('only where the local volume is the one that counts it needs the nodes', () => {
  const needs = (spec: object) =>
    problems(PersistentVolume, volume({ hostPath: undefined, ...spec })).some((text) => text.includes('node affinity'));
  assert.ok(needs({ local: { path: '/a' } }));
  assert.ok(needs({ local: { path: '/a' }, csi: { driver: 'a', volumeHandle: 'b' } }));
  assert.ok(!needs({ gcePersistentDisk: { pdName: 'a' }, local: { path: '/a' } }));
});

test('a volume has defaults and begins pending', () => {
  const made = volume();
  assert.deepEqual(made.spec, {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
    hostPath: { path: '/data', type: '' },
    persistentVolumeReclaimPolicy: 'Retain',
    volumeMode: 'Filesystem',
  });
  assert.equal(made.status.phase, 'Pending');
  assert.ok(made.status.lastPhaseTransitionTime);
  assert.deepEqual(Object.values(cells(PersistentVolume, made, 0, true)), [
    'a',
    '1Gi',
    'RWO',
    'Retain',
    'Pending',
    '',
    '',
    '<unset>',
    '',
    '<unknown>',
    'Filesystem',
  ]);
});

test('problems of volumes, in upstream words', () => {
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{}, []],
    [
      { accessModes: [], capacity: { memory: '0' }, hostPath: undefined },
      [
        'spec.accessModes: Required value',
        'spec.capacity: Unsupported value: {"memory":"0"}: supported values: "storage"',
        'spec.capacity[memory]: Invalid value: "0": must be greater than zero',
        'spec: Required value: must specify a volume type',
      ],
    ],
    [
      { accessModes: ['ReadWriteOncePod', 'ReadWriteOnce', 'Odd'] },
      [
        'spec.accessModes: Unsupported value: "Odd": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
        'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
      ],
    ],
    [{ nfs: { server: 's', path: '/p' } }, ['spec.nfs: Forbidden: may not specify more than 1 volume type']],
    [{ local: { path: '/d' } }, ['spec.local: Forbidden: may not specify more than 1 volume type']],
    [
      { hostPath: undefined, local: { path: '/d/../x' } },
      [
        'spec.local.path: Invalid value: "/d/../x": must not contain \'..\'',
        'spec.nodeAffinity: Required value: Local volume requires node affinity',
      ],
    ],
    [
      { hostPath: { path: '//./' }, persistentVolumeReclaimPolicy: 'Recycle' },
      ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
    ],
    [
      { hostPath: undefined, gcePersistentDisk: { pdName: '', partition: 300 } },
      [
        'spec.persistentDisk.pdName: Required value',
        'spec.persistentDisk.partition: Invalid value: 300: must be between 1 and 255, inclusive',
      ],
    ],
    [
      { hostPath: undefined, csi: { driver: 'd', volumeHandle: '', nodePublishSecretRef: { name: 's' } } },
      ['spec.csi.volumeHandle: Required value', 'spec.csi.nodePublishSecretRef.namespace: Required value'],
    ],
    [
      { hostPath: undefined, iscsi: { targetPortal: 't', iqn: 'iqn.2001-04.com.example:x', lun: 256, initiatorName: 'no' } },
      [
        'spec.iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive',
        'spec.iscsi.initiatorname: Invalid value: "no": must be valid format',
      ],
    ],
    [{ volumeAttributesClassName: 'gold' }, ['spec.csi: Required value: has to be specified when using volumeAttributesClassName']],
    [
      { nodeAffinity: { required: { nodeSelectorTerms: [] } } },
      ['spec.nodeAffinity.required.nodeSelectorTerms: Required value: must have at least one node selector term'],
    ],
  ];
  for (const [spec, expected] of cases) assert.deepEqual(problems(PersistentVolume, volume(spec)), expected);
  const annotations = { 'volume.beta.kubernetes.io/mount-options': 'ro' };
  assert.deepEqual(problems(PersistentVolume, volume({}, { annotations })), [
    'metadata.annotations.volume.beta.kubernetes.io/mount-options: Forbidden: may not specify mount options for this volume type',
  ]);
});

test('what of a volume may change', () => {
  const affinity = (key: string) => ({
    nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: ['a'] }] }] } },
  });
  assert.deepEqual(problems(PersistentVolume, volume({ capacity: { storage: '2Gi' } }), volume()), []);
  assert.deepEqual(problems(PersistentVolume, volume(affinity('zone')), volume()), []);
  const beta = volume(affinity('failure-domain.beta.kubernetes.io/zone'));
  assert.deepEqual(problems(PersistentVolume, volume(affinity('topology.kubernetes.io/zone')), beta), []);
  assert.deepEqual(problems(PersistentVolume, volume(affinity('b')), volume(affinity('c'))), [
    'nodeAffinity: Invalid value: {"Required":{"NodeSelectorTerms":[{"MatchExpressions":[{"Key":"b","Operator":"In","Values":["a"]}],"MatchFields":null}]}}: field is immutable, except for updating from beta label to GA',
  ]);
  assert.match(
    problems(PersistentVolume, volume({ hostPath: { path: '/other' } }), volume()).join('\n'),
    /^spec\.persistentvolumesource: Forbidden: spec\.persistentvolumesource is immutable after creation\n/,
  );
});

test('a phase takes its time along', () => {
  const old = volume();
  const clock = new VirtualClock();
  const change = (status: object) => {
    const draft = { ...structuredClone(old), status };
    PersistentVolume.strategy.prepareForUpdate!(draft, old, { clock, subresource: 'status' });
    return draft.status.lastPhaseTransitionTime;
  };
  const before = old.status.lastPhaseTransitionTime;
  assert.equal(change({ phase: 'Pending' }), before);
  assert.equal(change({ phase: 'Bound', lastPhaseTransitionTime: '2020-01-01T00:00:00Z' }), '2020-01-01T00:00:00Z');
  assert.notEqual(change({ phase: 'Bound' }), undefined);
});

test('a claim has defaults, and its data sources say the same', () => {
  const plain = claim();
  assert.equal(plain.spec.volumeMode, 'Filesystem');
  const source = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' };
  assert.deepEqual(claim({ dataSource: source }).spec.dataSourceRef, source);
  assert.deepEqual(claim({ dataSourceRef: source }).spec.dataSource, source);
  assert.equal(claim({ dataSource: { kind: 'Pod', name: 'p' } }).spec.dataSource, undefined);
  assert.equal(claim({ dataSourceRef: { ...source, namespace: 'other' } }).spec.dataSourceRef, undefined);
  const row = cells(PersistentVolumeClaim, { ...claim({ volumeName: 'v' }, { phase: 'Bound', accessModes: ['ReadOnlyMany'] }) }, 0);
  assert.deepEqual([row.Status, row.Volume, row.Capacity, row['Access Modes']], ['Bound', 'v', '0', 'ROX']);
});

test('problems of claims, in upstream words', () => {
  assert.deepEqual(problems(PersistentVolumeClaim, claim()), []);
  assert.deepEqual(problems(PersistentVolumeClaim, claim({ accessModes: [], resources: {} })), [
    'spec.accessModes: Required value: at least 1 access mode is required',
    'spec.resources[storage]: Required value',
  ]);
  const other = { dataSource: { kind: 'PersistentVolumeClaim', name: 'a' }, dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'b' } };
  assert.deepEqual(problems(PersistentVolumeClaim, claim(other)), ['spec: Invalid value: {}: must match dataSourceRef']);
});

test('a claim is bound once, and grows when it is bound', () => {
  const rule = 'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  const grown = { resources: { requests: { storage: '2Gi' } } };
  const first = (list: readonly string[]) => list.map((text) => text.split('\n')[0]);
  assert.deepEqual(problems(PersistentVolumeClaim, claim({ volumeName: 'v' }), claim()), []);
  assert.deepEqual(first(problems(PersistentVolumeClaim, claim({ volumeName: 'w' }), claim({ volumeName: 'v' }))), [rule]);
  assert.deepEqual(first(problems(PersistentVolumeClaim, claim(grown), claim())), [rule]);
  const bound = { phase: 'Bound', capacity: { storage: '1Gi' } };
  assert.deepEqual(problems(PersistentVolumeClaim, claim(grown, bound), claim({}, bound)), []);
  assert.deepEqual(problems(PersistentVolumeClaim, claim({}, bound), claim(grown, bound)), [
    'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
  ]);
  assert.deepEqual(problems(PersistentVolumeClaim, claim({ storageClassName: 'fast' }), claim()), []);
  assert.deepEqual(first(problems(PersistentVolumeClaim, claim({ storageClassName: 'fast' }), claim({ storageClassName: 'slow' }))), [
    rule,
  ]);
});

test('the status of a claim', () => {
  const status = (more: object) => problems(PersistentVolumeClaim, claim({}, more), claim(), 'status');
  assert.deepEqual(status({ phase: 'Bound', capacity: { storage: '1Gi' } }), []);
  assert.deepEqual(status({ allocatedResources: { cpu: '1' }, allocatedResourceStatuses: { storage: 'Odd' } }), [
    'status.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
    'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
  ]);
});

test('warnings', () => {
  const warnings = [...PersistentVolume.strategy.warnings!(volume({ persistentVolumeReclaimPolicy: 'Recycle' }))];
  assert.match(warnings.join(), /^spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated\./);
  const amount = claim({ resources: { requests: { storage: '1500m' } } });
  assert.deepEqual(
    [...PersistentVolumeClaim.strategy.warnings!(amount)],
    ['spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer'],
  );
  assert.equal(made(PersistentVolume, { spec: { hostPath: { path: '/' } } }).spec.hostPath.type, '');
});
