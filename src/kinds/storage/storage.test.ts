import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cells, created, made, problems } from '../lib/testing.ts';
import { CSIDriver } from './csi-driver.ts';
import { CSINode } from './csi-node.ts';
import { CSIStorageCapacity } from './csi-storage-capacity.ts';
import { StorageClass } from './storage-class.ts';
import { VolumeAttachment } from './volume-attachment.ts';
import { VolumeAttributesClass } from './volume-attributes-class.ts';

const qualified =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

test('storage classes', () => {
  const plain = made(StorageClass, { provisioner: 'example.com/disk' });
  assert.deepEqual([plain.reclaimPolicy, plain.volumeBindingMode], ['Delete', 'Immediate']);
  assert.deepEqual(problems(StorageClass, plain), []);
  const wrong = made(StorageClass, {
    provisioner: 'Not Right',
    parameters: { '': 'x' },
    reclaimPolicy: 'Recycle',
    volumeBindingMode: 'Later',
    allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a', 'a'] }] }, {}],
  });
  assert.deepEqual(problems(StorageClass, wrong), [
    `provisioner: Invalid value: "not right": ${qualified}`,
    'parameters: Invalid value: "": field can not be empty.',
    'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
    'volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"',
    'allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "a"',
    'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
    'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
  ]);
  const terms = [[{}, {}], [{}]].map((matchLabelExpressions) => ({ matchLabelExpressions }));
  const repeated = made(StorageClass, { provisioner: 'example.com/disk', allowedTopologies: terms });
  assert.equal(problems(StorageClass, repeated).at(-1), 'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""');
  assert.deepEqual(problems(StorageClass, { ...plain, reclaimPolicy: 'Retain', parameters: { a: 'b' } }, plain), [
    'parameters: Invalid value: {"a":"b"}: field is immutable',
    'reclaimPolicy: Invalid value: "Retain": field is immutable',
  ]);
  const old = made(StorageClass, {
    provisioner: 'a',
    allowedTopologies: [{ matchLabelExpressions: [{ key: 'beta.kubernetes.io/os', values: ['linux'] }] }],
  });
  assert.deepEqual(
    [...StorageClass.strategy.warnings!(old)],
    ['allowedTopologies[0].matchLabelExpressions[0].key: deprecated since v1.14; use "kubernetes.io/os" instead'],
  );
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  const row = cells(StorageClass, made(StorageClass, { metadata: { annotations }, provisioner: 'p' }), 0);
  assert.deepEqual([row.Name, row.Provisioner, row.AllowVolumeExpansion], ['a (default)', 'p', false]);
});

test('volume attributes classes never change', () => {
  const plain = made(VolumeAttributesClass, { driverName: 'd', parameters: { a: '1' } });
  assert.deepEqual(problems(VolumeAttributesClass, plain), []);
  assert.deepEqual(problems(VolumeAttributesClass, made(VolumeAttributesClass, {})), [
    'driverName: Required value',
    'parameters: Required value: must contain at least one key/value pair',
  ]);
  assert.deepEqual(problems(VolumeAttributesClass, { ...plain, driverName: 'e', parameters: { a: '2' } }, plain), [
    'driverName: Forbidden: updates to driverName are forbidden.',
    'parameters: Forbidden: updates to parameters are forbidden.',
  ]);
});

test('drivers', () => {
  const driver = created(CSIDriver, { metadata: { name: 'd.example.com' }, spec: {} });
  assert.deepEqual(driver.spec, {
    attachRequired: true,
    podInfoOnMount: false,
    storageCapacity: false,
    fsGroupPolicy: 'ReadWriteOnceWithFSType',
    volumeLifecycleModes: ['Persistent'],
    requiresRepublish: false,
    seLinuxMount: false,
  });
  assert.deepEqual(Object.values(cells(CSIDriver, driver, 0)).slice(1, -1), [true, false, false, '<unset>', false, 'Persistent']);
  const wrong = created(CSIDriver, {
    spec: {
      fsGroupPolicy: 'Some',
      volumeLifecycleModes: ['Odd'],
      tokenRequests: [{ audience: 'a', expirationSeconds: 1 }, { audience: 'a' }],
      nodeAllocatableUpdatePeriodSeconds: 3,
    },
  });
  assert.deepEqual(problems(CSIDriver, wrong), [
    'spec.fsGroupPolicy: Unsupported value: "Some": supported values: "File", "None", "ReadWriteOnceWithFSType"',
    'spec.tokenRequests[0].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
    'spec.tokenRequests[1].audience: Duplicate value: "a"',
    'spec.volumeLifecycleModes: Unsupported value: "Odd": supported values: "Persistent", "Ephemeral"',
    'spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 3: must be greater than or equal to 10 seconds',
  ]);
  assert.match([...CSIDriver.strategy.warnings!(wrong)].join(), /^spec.serviceAccountTokenInSecrets is unset;/);
  const changed = structuredClone(driver);
  changed.spec.attachRequired = false;
  assert.deepEqual(problems(CSIDriver, changed, driver), ['spec.attachedRequired: Invalid value: false: field is immutable']);
});

test('nodes of drivers', () => {
  const node = (driver: object) => made(CSINode, { spec: { drivers: [{ name: 'd', nodeID: 'n', topologyKeys: ['zone'], ...driver }] } });
  assert.deepEqual(problems(CSINode, node({})), []);
  assert.deepEqual(problems(CSINode, node({ nodeID: '', allocatable: { count: -1 } })), [
    'spec.drivers[0].nodeID: Required value',
    'spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0',
  ]);
  assert.deepEqual(problems(CSINode, node({ allocatable: { count: 2 } }), node({})), []);
  assert.deepEqual(problems(CSINode, node({ nodeID: 'm' }), node({})), [
    'spec.drivers: Invalid value: {"Name":"d","NodeID":"m","TopologyKeys":["zone"],"Allocatable":null}: field is immutable',
  ]);
});

test('capacity', () => {
  const capacity = (more: object) => made(CSIStorageCapacity, { storageClassName: 'fast', capacity: '1Gi', ...more });
  assert.deepEqual(problems(CSIStorageCapacity, capacity({})), []);
  assert.deepEqual(problems(CSIStorageCapacity, capacity({ capacity: '-1' })), [
    'capacity: Invalid value: "-1": must be greater than or equal to 0',
  ]);
  const selector = { matchLabels: { a: 'b' } };
  assert.deepEqual(problems(CSIStorageCapacity, capacity({ nodeTopology: selector, storageClassName: 'slow' }), capacity({})), [
    'nodeTopology: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable',
    'storageClassName: Invalid value: "slow": field is immutable',
  ]);
});

test('attachments', () => {
  const attachment = (spec: object, status: object = {}) => made(VolumeAttachment, { spec, status });
  const right = { attacher: 'd', nodeName: 'n', source: { persistentVolumeName: 'v' } };
  assert.deepEqual(problems(VolumeAttachment, attachment(right)), []);
  assert.deepEqual(problems(VolumeAttachment, attachment({ ...right, source: {} })), [
    'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
  ]);
  const inline = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1' }, hostPath: { path: '/x' } };
  assert.deepEqual(problems(VolumeAttachment, attachment({ ...right, source: { inlineVolumeSpec: inline } })), [
    'spec.source.inlineVolumeSpec.capacity: Forbidden: may not be specified in the context of inline volumes',
    'spec.source.inlineVolumeSpec.csi: Required value: has to be specified in the context of inline volumes',
  ]);
  const long = attachment(right, { attachError: { message: 'x'.repeat(1025), errorCode: -1 } });
  assert.deepEqual(problems(VolumeAttachment, long), [
    'status.attachError.message: Too long: may not be more than 262144 bytes',
    'status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive',
  ]);
  assert.deepEqual(problems(VolumeAttachment, attachment({ ...right, nodeName: 'm' }), attachment(right)), [
    'spec: Invalid value: {"Attacher":"d","Source":{"PersistentVolumeName":"v","InlineVolumeSpec":null},"NodeName":"m"}: field is immutable',
  ]);
});
