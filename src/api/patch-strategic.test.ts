import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deployment } from '../kinds/apps/deployment.ts';
import { Pod } from '../kinds/core/pod.ts';
import { applyStrategicPatch } from './patch-strategic.ts';

const pod = {
  metadata: { name: 'p', finalizers: ['f1', 'f2'] },
  spec: {
    containers: [
      { name: 'a', image: 'ia', args: ['x'] },
      { name: 'b', image: 'ib' },
    ],
    tolerations: [{ key: 't' }],
  },
};
const patched = (patch: object) => applyStrategicPatch(Pod, pod, patch).object as any;
const names = (patch: object) => patched({ spec: patch }).spec.containers.map((one: any) => one.name);

test('lists merge by key, and keep the order that upstream keeps', () => {
  assert.deepEqual(names({ containers: [{ name: 'b', image: 'new' }] }), ['a', 'b']);
  assert.deepEqual(names({ containers: [{ name: 'c', image: 'ic' }] }), ['c', 'a', 'b']);
  assert.deepEqual(names({ '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] }), ['b', 'a']);
  assert.deepEqual(
    names({ '$setElementOrder/containers': [{ name: 'a' }, { name: 'c' }, { name: 'b' }], containers: [{ name: 'c', image: 'ic' }] }),
    ['a', 'c', 'b'],
  );
  assert.deepEqual(names({ '$setElementOrder/containers': [{ name: 'c' }], containers: [{ name: 'c', image: 'ic' }] }), ['c', 'a', 'b']);
  assert.deepEqual(patched({ metadata: { finalizers: ['f3'] } }).metadata.finalizers, ['f3', 'f1', 'f2']);
});

test('directives', () => {
  assert.deepEqual(names({ containers: [{ name: 'a', $patch: 'delete' }] }), ['b']);
  assert.deepEqual(names({ containers: [{ $patch: 'replace' }, { name: 'z', image: 'iz' }] }), ['z']);
  assert.deepEqual(patched({ metadata: { '$deleteFromPrimitiveList/finalizers': ['f1'] } }).metadata.finalizers, ['f2']);
  assert.equal(patched({ spec: { tolerations: null } }).spec.tolerations, undefined);
  const rolling = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
  const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
  assert.deepEqual(applyStrategicPatch(Deployment, rolling, patch).object, { spec: { strategy: { type: 'Recreate' } } });
});

test('what had its effect is gone from what is left of the patch', () => {
  const left = (patch: object) => applyStrategicPatch(Pod, pod, patch).left;
  const containers = [{ name: 'a', '$setElementOrder/args': ['x'], args: ['x'], $retainKeys: ['name', 'args'] }];
  assert.deepEqual(left({ spec: { containers } }), { spec: { containers: [{ name: 'a' }] } });
  assert.deepEqual(left({ spec: { volumes: [{ name: 'a', emptyDir: { $patch: 'x' }, secret: null }, { $patch: 'delete' }] } }), {
    spec: { volumes: [{ name: 'a' }, { $patch: 'delete' }] },
  });
  assert.deepEqual(containers[0], { name: 'a', '$setElementOrder/args': ['x'], args: ['x'], $retainKeys: ['name', 'args'] });
});

test('what stands behind a pointer may be put in order, as if it were a list', () => {
  const { object } = applyStrategicPatch(Pod, pod, { metadata: { '$setElementOrder/deletionTimestamp': [] } });
  assert.deepEqual(object, pod);
  const refused = () => applyStrategicPatch(Pod, pod, { metadata: { '$setElementOrder/name': [] } });
  assert.throws(refused, /expected a \[\]interface \{\}, but received a string/);
});

test('patches that make no sense are refused in upstream words', () => {
  const refused = (patch: object, message: RegExp) => assert.throws(() => patched(patch), message);
  refused({ spec: { $patch: 'bogus' } }, /unknown patch type: bogus in map: map\[\$patch:bogus\]/);
  refused({ spec: { containers: [{ image: 'z' }] } }, /map: map\[image:z\] does not contain declared merge key: name/);
  refused(
    { spec: { '$setElementOrder/containers': [{ name: 'b' }], containers: [{ name: 'c' }] } },
    /doesn't match \$setElementOrder list/,
  );
  refused({ spec: { '$setElementOrder/containers': ['a'] } }, /^StatusError: value for key 0 is not a map$/);
  refused({ spec: { '$setElementOrder/hostname': [] } }, /but got: struct$/);
  refused({ spec: { '$setElementOrder/containers': 'x' } }, /expected a \[\]interface \{\}, but received a string/);
});

test('inputs stay as they are', () => {
  const before = structuredClone(pod);
  patched({ spec: { containers: [{ name: 'a', image: 'new' }] } });
  assert.deepEqual(pod, before);
});

test('what makes no sense is refused in upstream’s words, and with its code', () => {
  const refused = (patch: object) => {
    try {
      return patched(patch);
    } catch (error: any) {
      return `${error.code} ${error.message}`;
    }
  };
  assert.equal(refused({ spec: { $patch: 'x' } }), '500 unknown patch type: x in map: map[$patch:x]');
  assert.equal(refused({ spec: { $retainKeys: ['a'], hostname: 'h' } }), '400 invalid patch format of retainKeys');
  assert.equal(refused({ spec: { containers: [{ image: 'x' }] } }), '500 map: map[image:x] does not contain declared merge key: name');
  assert.match(refused({ spec: { containers: ['x'] } }), /^500 list element types are not identical: /);
  assert.equal(
    refused({ spec: { containers: [{ name: 'a', $patch: 'merge' }] } }),
    '500 merging lists cannot yet be specified in the patch',
  );
  assert.equal(refused({ spec: { '$setElementOrder/containers': 'x' } }), '500 expected a []interface {}, but received a string');
  assert.equal(
    refused({ spec: { '$setElementOrder/nothing': [] } }),
    '500 unable to find api field in struct PodSpec for the json field "nothing"',
  );
  assert.match(
    refused({ spec: { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'b' }] } }),
    /^500 The order in patch list:/,
  );
});
