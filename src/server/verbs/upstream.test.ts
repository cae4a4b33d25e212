import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyKind } from '../../api/kind.ts';
import { loadKinds } from '../../kinds/catalog.node.ts';
import { rootShape } from '../../api/decode.ts';
import { parseJson } from '../../api/json.ts';
import { settleRepeated } from '../../api/repeated.ts';
import { BrokenPatch, decodeBody, ParsedBody } from '../lib/decoding.ts';
import { badRequest } from '../../api/status.ts';
import { createTestServer } from '../lib/testing.ts';

/** What upstream's API server answers, seen side by side (docs/differential.md). */
const kinds = await loadKinds();
const kindOf = (name: string, group?: string): AnyKind =>
  kinds.find(({ kind, group: its }) => kind === name && (group === undefined || its === group))!;
const [ConfigMap, Deployment, Claim, Budget, Event, Definition, DeviceClass, Namespace, PriorityClass, Lease, Pod] = [
  kindOf('ConfigMap'),
  kindOf('Deployment'),
  kindOf('PersistentVolumeClaim'),
  kindOf('PodDisruptionBudget'),
  kindOf('Event', ''),
  kindOf('CustomResourceDefinition'),
  kindOf('DeviceClass'),
  kindOf('Namespace'),
  kindOf('PriorityClass'),
  kindOf('Lease'),
  kindOf('Pod'),
] as const;
const server = () => createTestServer({ kinds });
const configMap = (name: string, more: object = {}) => ({ verb: 'create', body: { metadata: { name }, ...more } }) as const;
const patched = (name: string, body: any, more: object = {}) => ({ verb: 'patch', name, patchType: 'merge', body, ...more }) as const;
const refused = (made: Promise<unknown>, code: number, message: string | RegExp) => assert.rejects(made, { code, message });

test('generation belongs to the client where no kind counts it', async () => {
  const { one } = server();
  const made = await one(ConfigMap, { verb: 'create', body: { metadata: { name: 'a', generation: 5 } } });
  assert.equal(made.metadata.generation, 5);
  await refused(
    one(ConfigMap, { verb: 'create', body: { metadata: { name: 'b', generation: -1 } } }),
    422,
    /must be greater than or equal to 0/,
  );
  await one(PriorityClass, { verb: 'create', body: { metadata: { name: 'p' }, value: 1 } });
  const updated = await one(PriorityClass, patched('p', { description: 'x' }));
  assert.equal(updated.metadata.generation, 1);
});

test('a uid that is another is told before a version that is another, with the key of upstream', async () => {
  const { one } = server();
  const Endpoints = kindOf('Endpoints');
  await one(Endpoints, configMap('a'));
  const body = { metadata: { name: 'a', uid: 'x', resourceVersion: '999' } };
  const key = 'StorageError: invalid object, Code: 4, Key: /registry/services/endpoints/default/a, ResourceVersion: 0';
  await refused(one(Endpoints, { verb: 'update', name: 'a', body }), 409, new RegExp(key.replaceAll(/[.]/g, '\\.')));
});

test('namespaces and definitions have words of their own for preconditions', async () => {
  const { one } = server();
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } };
  const spec = { group: 'g.io', scope: 'Cluster', names: { plural: 'things', kind: 'Thing' }, versions: [version] };
  await one(Definition, { verb: 'create', body: { metadata: { name: 'things.g.io' }, spec } });
  await refused(
    one(Definition, { verb: 'delete', name: 'things.g.io', options: { preconditions: { resourceVersion: '9' } } }),
    409,
    /^Operation cannot be fulfilled on customresourcedefinitions\.apiextensions\.k8s\.io "things\.g\.io": Precondition failed: ResourceVersion in precondition: 9, /,
  );
  await one(Namespace, { verb: 'create', body: { metadata: { name: 'n' } } });
  const gone = one(Namespace, { verb: 'delete', name: 'n', options: { preconditions: { uid: 'x' } } });
  await refused(
    gone,
    409,
    /^Operation cannot be fulfilled on namespaces "n": Precondition failed: UID in precondition: x, UID in object meta: /,
  );
});

test('a watch of one name is of no other name, and of nothing else', async () => {
  const { send } = server();
  const watch = (fieldSelector: string) => send(ConfigMap, { verb: 'watch', name: 'a', options: { fieldSelector } });
  for (const same of ['metadata.name=a', ',', '']) assert.equal((await watch(same)).type, 'watch');
  for (const other of ['metadata.name=b', 'metadata.namespace=default', 'metadata.name!=a'])
    await refused(watch(other), 400, "fieldSelector metadata.name doesn't match requested name");
});

test('definitions that are deleted as one of many go at once', async () => {
  const { one, send } = server();
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } };
  const spec = { group: 'g.io', scope: 'Cluster', names: { plural: 'things', kind: 'Thing' }, versions: [version] };
  await one(Definition, { verb: 'create', body: { metadata: { name: 'things.g.io' }, spec } });
  const gone = (preconditions: object) => send(Definition, { verb: 'deletecollection', options: { preconditions } });
  await refused(gone({ resourceVersion: '9' }), 409, /^Operation cannot be fulfilled on CustomResourceDefinition\.apiextensions\.k8s\.io /);
  await gone({});
  await refused(one(Definition, { verb: 'get', name: 'things.g.io' }), 404, /not found/);
});

test('rules that know no metadata are asked first, and alone', async () => {
  const { one } = server();
  const event = (name: string, namespace: string) =>
    ({ verb: 'create', body: { metadata: { name }, involvedObject: { namespace } } }) as const;
  assert.equal((await one(Event, event('A_b', 'default'))).metadata.name, 'A_b');
  await refused(
    one(Event, event('a/b', 'other')),
    422,
    'Event "a/b" is invalid: involvedObject.namespace: Invalid value: "other": does not match event.namespace',
  );
  assert.equal((await one(Budget, { verb: 'create', body: { metadata: { name: 'A_b' }, spec: {} } })).metadata.name, 'A_b');
});

test('orphanDependents=false is Foreground to namespaces', async () => {
  const { one, send } = server();
  await one(Namespace, { verb: 'create', body: { metadata: { name: 'n' } } });
  const reply = await send(Namespace, { verb: 'delete', name: 'n', body: { orphanDependents: false } });
  assert.ok(reply.type === 'object');
  assert.deepEqual([reply.code, (reply.object as any).metadata.finalizers], [202, ['foregroundDeletion']]);
});

test('whoever deletes many is warned though there are none', async () => {
  const { send } = server();
  const reply = await send(kindOf('Job'), { verb: 'deletecollection' });
  assert.equal(reply.type === 'list' && reply.warnings?.length, 1);
});

test('where faults of metadata stand among others', async () => {
  const { one } = server();
  const fieldsOf = (made: Promise<unknown>) =>
    made.then(
      () => assert.fail('was taken'),
      ({ details }) => [...new Set(details.causes.map(({ field }: { field: string }) => field))].slice(0, 4),
    );
  const event = { verb: 'create', namespace: 'n', body: { metadata: {} } } as const;
  assert.deepEqual(await fieldsOf(one(kindOf('Event', 'events.k8s.io'), event)), [
    ...['involvedObject.namespace', 'metadata.name', 'eventTime', 'type'],
  ]);
  const service = { metadata: { name: 'v1.a', labels: { '': '' } }, spec: { version: 'v1' } };
  assert.deepEqual((await fieldsOf(one(kindOf('APIService'), { verb: 'create', body: service }))).slice(0, 2), [
    ...['metadata.name', 'metadata.labels'],
  ]);
  const metadata = { name: 'A', generateName: 'A', labels: { '': '' } };
  const definition = { verb: 'create', body: { metadata, spec: { group: 'a.b', names: { plural: 'things' } } } } as const;
  const made: { details: { causes: { message: string }[] } } = await one(Definition, definition).catch((error) => error);
  const words = made.details.causes.map(({ message }) => message.split(': ').at(-1)!.slice(0, 20));
  assert.deepEqual(words.slice(0, 5), [
    ...['a lowercase RFC 1123', 'must be spec.names.p', 'a lowercase RFC 1123', 'must be spec.names.p', 'name part must be no'],
  ]);
});

test('what an update may not change is told before a prefix of names that no name may have', async () => {
  const { one } = server();
  const Class = kindOf('VolumeAttributesClass');
  await one(Class, { verb: 'create', body: { metadata: { name: 'a' }, driverName: 'a.b', parameters: { a: 'b' } } });
  const { details } = await one(Class, patched('a', { metadata: { generateName: 'A' }, driverName: 'c.d' })).catch((error) => error);
  assert.deepEqual(
    details.causes.map(({ field }: { field: string }) => field),
    ['driverName', 'metadata.generateName'],
  );
});

test('fields of features that are off are owned by who sent them, and dropped', async () => {
  const { one } = server();
  const containers = [{ name: 'a', image: 'a', lifecycle: { stopSignal: 'SIGTERM' } }];
  const body = { metadata: { name: 'a' }, spec: { containers, os: { name: 'linux' }, schedulingGroup: { podGroupName: 'a' } } };
  const { spec, metadata } = await one(Pod, { verb: 'create', body });
  assert.deepEqual([spec.schedulingGroup, spec.containers[0].lifecycle], [undefined, undefined]);
  assert.match(JSON.stringify(metadata.managedFields), /"f:lifecycle":\{"\.":\{\},"f:stopSignal".*"f:schedulingGroup"/);
  const nodeAllocatableResourceClaimStatuses = [{ resourceClaimName: 'a', containers: ['a'], resources: { cpu: '1' } }];
  const { status } = await one(
    Pod,
    patched('a', { status: { phase: 'Running', nodeAllocatableResourceClaimStatuses } }, { subresource: 'status' }),
  );
  assert.deepEqual([status.phase, status.nodeAllocatableResourceClaimStatuses], ['Running', undefined]);
});

test('a uid that is no text is told as one, by its own name where it could be cast', async () => {
  const { one } = server();
  await one(ConfigMap, configMap('a'));
  const strategic = (uid: unknown) => one(ConfigMap, patched('a', { metadata: { uid } }, { patchType: 'strategic' }));
  await refused(strategic([]), 422, /unrecognized type: string$/);
  await refused(strategic(1), 422, /cannot convert int64 to types.UID$/);
  await refused(one(ConfigMap, patched('a', { metadata: { uid: [] } })), 422, /ObjectMeta.metadata.uid of type types.UID$/);
});

test('applying keeps an empty object in place of one of which all was let go', async () => {
  const { one } = server();
  const Class = kindOf('RuntimeClass');
  const apply = (overhead: object) =>
    one(
      Class,
      patched(
        'a',
        { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'a' }, handler: 'h', overhead },
        { patchType: 'apply', options: { fieldManager: 'me' } },
      ),
    );
  await apply({ podFixed: {} });
  assert.deepEqual((await apply({})).overhead, {});
});

test('owners that stand twice are told after admission only, where a patch names them', async () => {
  const { send } = server();
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'u' };
  const ownerReferences = [owner, owner, { ...owner, controller: false }];
  const toldOf = async (call: { readonly verb: 'create' | 'patch' }) => {
    const reply = await send(ConfigMap, call);
    assert.equal((reply as any).object.metadata.ownerReferences.length, 2);
    return reply.warnings?.map((text) => / entries( after mutating admission happens)?; .*: u$/.exec(text)?.[1]);
  };
  assert.deepEqual(await toldOf(configMap('a', { metadata: { name: 'a', ownerReferences } })), [undefined]);
  assert.deepEqual(await toldOf(patched('a', { metadata: { ownerReferences } })), [' after mutating admission happens']);
});

test('a Service that is updated: the class of its balancer comes first, and no family is one of addresses', async () => {
  const { one } = server();
  const Service = kindOf('Service');
  const body = { metadata: { name: 'a' }, spec: { ports: [{ port: 1 }], clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] } };
  await one(Service, { verb: 'create', body });
  const fieldsOf = async (spec: object) => {
    const { details } = await one(Service, patched('a', { spec })).catch((error) => error);
    return details.causes.map(({ field }: { field: string }) => field);
  };
  assert.deepEqual((await fieldsOf({ ports: null, loadBalancerClass: 'a.b/c' })).slice(0, 2), ['spec.loadBalancerClass', 'spec.ports']);
  assert.deepEqual(
    (await fieldsOf({ ipFamilies: ['IPV4'] })).filter((field: string) => field.startsWith('spec.clusterIPs')),
    [],
  );
});

test('keys of lists that are empty by default may be left out of what is applied', async () => {
  const { one } = server();
  const spec = { containers: [{ name: 'a', image: 'a' }], imagePullSecrets: [{}] };
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec };
  const made = await one(Pod, patched('a', body, { patchType: 'apply', options: { fieldManager: 'me' } }));
  assert.equal(made.spec.imagePullSecrets.length, 1);
});

test('of what stands twice the first is read too', async () => {
  const { one } = server();
  const text = '{"metadata":{"name":"a","deletionTimestamp":"yesterday","deletionTimestamp":[]}}';
  const { value, duplicates, positions } = parseJson(text, { findDuplicates: true, keepNumbers: true, mergesDuplicates: true });
  const body = new ParsedBody(settleRepeated(rootShape(ConfigMap), value), { duplicates, positions });
  await refused(one(ConfigMap, { verb: 'create', body }), 400, /parsing time "yesterday"/);
  const again = '{"metadata":{"name":"a","name":null,"labels":{"a":"x","a":null}}}';
  const { value: json } = parseJson(again, { findDuplicates: true, mergesDuplicates: true });
  assert.deepEqual(settleRepeated(rootShape(ConfigMap), json), { metadata: { name: 'a', labels: { a: null } } });
});

test('what strategic patches say of raw JSON and of fields below maps', async () => {
  const { one } = server();
  const Slice = kindOf('ResourceSlice');
  const devices = [{ name: 'a' }];
  const pool = { name: 'n', resourceSliceCount: 1 };
  await one(Slice, { verb: 'create', body: { metadata: { name: 'a' }, spec: { driver: 'a.b', nodeName: 'n', pool, devices } } });
  const attributes = { good: { string: 'x', more: 1 } };
  const strict = { patchType: 'strategic', options: { fieldValidation: 'Strict' } };
  const made = one(Slice, patched('a', { spec: { devices: [{ name: 'a', attributes }] } }, strict));
  await refused(made, 422, /strict decoding error: unknown field "spec.devices\[0\].attributes.more"$/);
  const Claim = kindOf('ResourceClaim');
  const claim = (parameters: object) => ({ devices: { config: [{ opaque: { driver: 'a.b', parameters } }] } });
  await one(Claim, { verb: 'create', body: { metadata: { name: 'a' }, spec: claim({ z: 1, a: 2 }) } });
  await refused(one(Claim, patched('a', { spec: claim({ z: 1, a: 3 }) }, { patchType: 'strategic' })), 422, /\{"a":3,"z":1\}/);
});

test('names of definitions and of long names', async () => {
  const { one } = server();
  const made = one(Definition, {
    verb: 'create',
    body: { metadata: { generateName: 'gen-' }, spec: { group: 'a.b', names: { plural: 'things' } } },
  });
  await refused(made, 422, /metadata\.generateName: Invalid value: "gen-": must be spec\.names\.plural\+"\."\+spec\.group/);
  const long = one(DeviceClass, { verb: 'create', body: { metadata: { name: 'x'.repeat(254) } } });
  await refused(long, 422, /must be no more than 253 bytes/);
});

test('updates look at generateName as upstream does', async () => {
  const { one } = server();
  await one(ConfigMap, configMap('a'));
  await one(Lease, configMap('a'));
  await refused(
    one(ConfigMap, patched('a', { metadata: { generateName: 'A_' } })),
    422,
    /metadata\.generateName: Invalid value: "A_": a lowercase RFC 1123/,
  );
  await refused(
    one(Lease, patched('a', { metadata: { generateName: '%' } })),
    422,
    /metadata\.generateName: Invalid value: "%": may not contain '%'/,
  );
  assert.equal((await one(Lease, patched('a', { metadata: { generateName: 'A_' } }))).metadata.generateName, 'A_');
});

test('a broken patch of nothing finds nothing', async () => {
  const { one } = server();
  const body = new BrokenPatch(badRequest('broken'));
  await refused(one(ConfigMap, patched('none', body)), 404, 'configmaps "none" not found');
  await one(ConfigMap, configMap('a'));
  await refused(one(ConfigMap, patched('a', body)), 400, 'broken');
  await refused(one(ConfigMap, patched('a', new ParsedBody({}, { isNull: true }))), 400, 'Invalid JSON Patch');
  const lenient = { options: { fieldValidation: 'Ignore' } };
  await refused(one(ConfigMap, patched('a', new BrokenPatch(badRequest('broken'), 1), lenient)), 400, 'Invalid JSON Patch');
  await refused(
    one(ConfigMap, patched('a', new BrokenPatch(badRequest('broken'), [{}]), lenient)),
    422,
    /patch: Invalid value: "\[\{\}\]": couldn't get/,
  );
  const none = 'json: cannot unmarshal object into Go value of type jsonpatch.Patch';
  await refused(one(ConfigMap, patched('a', {}, { ...lenient, patchType: 'json' })), 400, none);
});

test('what a strategic or JSON patch cannot make an object of is told with it', async () => {
  const { one } = server();
  await one(ConfigMap, configMap('a', { data: { b: 'c' } }));
  const strategic = (body: unknown) => one(ConfigMap, patched('a', body, { patchType: 'strategic' }));
  await refused(strategic({ kind: -1 }), 422, /patch: Invalid value: "map\[kind:-1\]": cannot convert int64 to string$/);
  await refused(
    strategic({ data: { a: 1, $patch: 'replace' } }),
    422,
    /Invalid value: "map\[data:map\[a:1\]\]": cannot convert int64 to string$/,
  );
  await refused(
    one(ConfigMap, patched('a', [{ op: 'replace', path: '', value: [] }], { patchType: 'json' })),
    422,
    /Invalid value: "\[\]": couldn't get version\/kind/,
  );
  await refused(
    one(ConfigMap, patched('a', { kind: [] })),
    422,
    /json: cannot unmarshal array into Go struct field \.kind of type string$/,
  );
});

test('what was applied and is no object cannot be converted', async () => {
  const { one } = server();
  const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'a' }, spec: { acquireTime: 'x' } };
  const applied = one(Lease, { verb: 'patch', name: 'a', patchType: 'apply', body, options: { fieldManager: 'me' } });
  await refused(
    applied,
    500,
    /^failed to convert new object \(\/a; coordination\.k8s\.io\/v1, Kind=Lease\) to proper version: unable to convert unstructured object to coordination/,
  );
});

test('who conflicts is told in order, updates by name as well', async () => {
  const { one } = server();
  const body = (value: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { x: value } });
  await one(ConfigMap, { verb: 'create', body: body('1'), options: { fieldManager: 'creator' } });
  const apply = (manager: string, value: string, force = false) =>
    one(ConfigMap, {
      verb: 'patch',
      name: 'a',
      patchType: 'apply',
      body: body(value),
      options: { fieldManager: manager, ...(force ? { force } : {}) },
    });
  await apply('kubectl', '1');
  await refused(
    apply('me', '2'),
    409,
    'Apply failed with 2 conflicts: conflicts with "creator" using v1:\n- .data.x\nconflicts with "kubectl":\n- .data.x',
  );
});

test('the first update of a claim writes, though it changes nothing', async () => {
  const { one } = server();
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const made = await one(Claim, { verb: 'create', body: { metadata: { name: 'a' }, spec } });
  const first = await one(Claim, patched('a', {}));
  assert.notEqual(first.metadata.resourceVersion, made.metadata.resourceVersion);
  assert.equal((await one(Claim, patched('a', {}))).metadata.resourceVersion, first.metadata.resourceVersion);
});

test('the status of a Deployment does not touch its labels, nor own them', async () => {
  const { one } = server();
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'b' }] } };
  await one(Deployment, { verb: 'create', body: { metadata: { name: 'a' }, spec: { selector: { matchLabels: { a: 'b' } }, template } } });
  const body = { metadata: { labels: { x: 'y' } }, status: { replicas: 1 } };
  const { metadata } = await one(Deployment, patched('a', body, { subresource: 'status' }));
  assert.equal(metadata.labels, undefined);
  assert.doesNotMatch(JSON.stringify(metadata.managedFields), /f:labels":\{"f:x/);
});

test('a pod without a node is seen as being deleted before it goes', async () => {
  const { one, send } = server();
  const made = await one(Pod, { verb: 'create', body: { metadata: { name: 'p' }, spec: { containers: [{ name: 'a', image: 'b' }] } } });
  const gone = await one(Pod, { verb: 'delete', name: 'p' });
  assert.equal(gone.metadata.deletionGracePeriodSeconds, 0);
  assert.equal(Number(gone.metadata.resourceVersion) - Number(made.metadata.resourceVersion), 2);
  await assert.rejects(send(Pod, { verb: 'get', name: 'p' }), { code: 404 });
});

test('selectors: nothing asked is nothing, and words of some kinds', async () => {
  const { list } = server();
  assert.equal([...(await list(ConfigMap, { fieldSelector: '=' })).items].length, 0);
  await refused(list(kindOf('Job'), { fieldSelector: 'a=b' }), 400, 'field label "a" not supported for Job');
  await refused(
    list(kindOf('ReplicaSet'), { fieldSelector: 'status.replicas=1' }),
    400,
    /^"status\.replicas" is not a known field selector/,
  );
});

test('unknown and repeated fields are told in the order of the text', () => {
  const told: string[] = [];
  const text = '{"metadata":{"name":"a","x":1},"data":{"k":"v"},"data":{"l":"w"},"y":2}';
  const { value, duplicates, positions } = parseJson(text, { findDuplicates: true, keepNumbers: true, mergesDuplicates: true });
  const object: any = decodeBody(ConfigMap, new ParsedBody(value, { duplicates, positions }), {}, (warning) => told.push(warning));
  assert.deepEqual(told, ['unknown field "metadata.x"', 'duplicate field "data"', 'unknown field "y"']);
  assert.deepEqual(object.data, { k: 'v', l: 'w' });
});

test('a delete that takes the last finalizers away deletes at once', async () => {
  const { one, send } = server();
  const Driver = kindOf('CSIDriver');
  await one(Driver, { verb: 'create', body: { metadata: { name: 'a', finalizers: ['foregroundDeletion'] }, spec: {} } });
  const remove = async (more: object) => {
    const reply = await send(Driver, { verb: 'delete', name: 'a', body: { orphanDependents: false, ...more } });
    assert.ok(reply.type === 'object');
    return [reply.code, (reply.object as any).metadata.finalizers];
  };
  assert.deepEqual(await remove({ dryRun: ['All'] }), [200, undefined]);
  assert.deepEqual(await remove({}), [200, ['foregroundDeletion']]);
  // What is graceful is written once more before it goes, without them.
  const spec = { containers: [{ name: 'c', image: 'i' }] };
  await one(Pod, { verb: 'create', body: { metadata: { name: 'a', finalizers: ['foregroundDeletion'] }, spec } });
  const pod = await one(Pod, { verb: 'delete', name: 'a', body: { gracePeriodSeconds: 0, propagationPolicy: 'Background' } });
  assert.ok(!('finalizers' in pod.metadata));
});

test('a patched text that says no version holds nothing that is known', async () => {
  const { one } = server();
  await one(ConfigMap, configMap('a'));
  await refused(one(ConfigMap, patched('a', { apiVersion: null })), 400, /\(a based on URL\) was undeterminable: name must be provided/);
  assert.equal((await one(ConfigMap, patched('a', { kind: '' }))).kind, 'ConfigMap');
  const empty = patched('a', [{ op: 'replace', path: '', value: {} }], { patchType: 'json', fieldValidation: 'Strict' });
  await refused(one(ConfigMap, empty), 400, /was undeterminable/);
});

test('whole numbers of strategic patches are cast as Go casts them', async () => {
  const { one } = server();
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a' }] } };
  await one(Deployment, { verb: 'create', body: { metadata: { name: 'a' }, spec: { selector: { matchLabels: { a: 'b' } }, template } } });
  const strategic = (text: string) =>
    one(Deployment, patched('a', new ParsedBody(parseJson(text, { keepNumbers: true }).value), { patchType: 'strategic' }));
  const rollingUpdate = '"strategy":{"rollingUpdate":{"maxSurge":2.0}}';
  const { spec } = await strategic(`{"spec":{"replicas":3e0,"minReadySeconds":4294967301,${rollingUpdate}}}`);
  assert.deepEqual([spec.replicas, spec.minReadySeconds, spec.strategy.rollingUpdate.maxSurge], [3, 5, 2]);
  assert.equal((await strategic('{"spec":{"replicas":1e10}}')).spec.replicas, 1410065408);
  assert.equal((await strategic('{"spec":{"replicas":9223372036854775808}}')).spec.replicas, 0);
  await refused(strategic('{"spec":{"replicas":9223372036854775807}}'), 422, /spec.replicas: Invalid value: -1: must be greater than/);
  await refused(
    strategic('{"spec":{"strategy":{"rollingUpdate":{"maxSurge":1.5}}}}'),
    422,
    /": json: cannot unmarshal number 1.5 into Go value of type int32$/,
  );
  await refused(strategic('{"spec":{"replicas":1.5}}'), 422, /map\[replicas:1.5\]\]": cannot convert float64 to int32/);
});

test('who takes the version away from a kind that needs one is refused', async () => {
  const { one } = server();
  await one(Lease, { verb: 'create', body: { metadata: { name: 'a' } } });
  await refused(one(Lease, patched('a', { metadata: { resourceVersion: null } })), 422, /must be specified for an update/);
  await one(ConfigMap, configMap('a'));
  await one(ConfigMap, patched('a', { metadata: { resourceVersion: null } }));
});

test('applying takes the name from what is applied', async () => {
  const { one } = server();
  const apply = (metadata: object | null | undefined, more: object = {}) =>
    patched(
      'a',
      { apiVersion: 'v1', kind: 'ConfigMap', ...(metadata === undefined ? {} : { metadata }) },
      { patchType: 'apply', options: { fieldManager: 'm', ...more } },
    );
  await one(ConfigMap, apply({ name: 'a', labels: { a: 'b' } }));
  await refused(one(ConfigMap, apply(undefined)), 400, /name must be provided/);
  assert.equal((await one(ConfigMap, apply(null))).metadata.name, 'a');
});

test('a JSON patch replaces the whole only by an object or a list', async () => {
  const { one } = server();
  await one(ConfigMap, configMap('a'));
  for (const value of [0, 1, '', 'x', true, null])
    await refused(one(ConfigMap, patched('a', [{ op: 'replace', path: '', value }], { patchType: 'json' })), 422, /^the server rejected/);
});

test('a version of what is created is refused when all else is well', async () => {
  const { one } = server();
  const post = (name: string) => one(ConfigMap, { verb: 'create', body: { metadata: { name, resourceVersion: '5' } } });
  await refused(post('B_'), 422, /metadata\.name: Invalid value: "B_"/);
  await refused(post('b'), 500, /resourceVersion should not be set/);
});

test('parts of pods are written as whole pods, of which the rest is managed but put back', async () => {
  const { one } = server();
  const body = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const made = await one(Pod, { verb: 'create', body });
  const part = (subresource: string, more: object) =>
    one(Pod, { verb: 'update', name: 'p', subresource, body: { ...body, ...more } as any, options: { fieldManager: 'm' } });
  const labelled = await part('ephemeralcontainers', { metadata: { name: 'p', labels: { a: 'b' } } });
  assert.equal(labelled.metadata.labels, undefined);
  assert.notEqual(labelled.metadata.resourceVersion, made.metadata.resourceVersion);
  assert.deepEqual(labelled.metadata.managedFields!.find((entry: { manager?: string }) => entry.manager === 'm')!.fieldsV1, {
    'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
  });
  await refused(
    part('resize', { spec: { containers: [] } }),
    422,
    /spec\.containers: Forbidden: containers may not be added or removed on resize/,
  );
});

test('a patched text that cannot be read shows the sign of a zero', async () => {
  const { one } = server();
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const spec = { selector: { matchLabels: { a: 'b' } }, template };
  await one(Deployment, { verb: 'create', body: { metadata: { name: 'a' }, spec } });
  const status = { replicas: -0, readyReplicas: [] };
  await refused(one(Deployment, patched('a', { status })), 422, /\\"replicas\\":-0\}/);
});

test('finalizers that are there twice stay when a deletion adds none', async () => {
  const { one } = server();
  const finalizers = ['foregroundDeletion', 'a.b/c', 'foregroundDeletion'];
  await one(ConfigMap, { verb: 'create', body: { metadata: { name: 'a', finalizers } } });
  const deleted = await one(ConfigMap, { verb: 'delete', name: 'a' });
  assert.deepEqual(deleted.metadata.finalizers, finalizers);
});

test('a bad prefix of names is told where the kind looks at all of a new object again', async () => {
  const { one } = server();
  const IngressClass = kindOf('IngressClass');
  await one(IngressClass, { verb: 'create', body: { metadata: { name: 'a' }, spec: { controller: 'example.com/a' } } });
  const metadata = { generateName: 'a b', finalizers: ['x'] };
  await assert.rejects(one(IngressClass, patched('a', { metadata, spec: { controller: 'example.com/b' } })), ({ details }: any) => {
    assert.deepEqual(
      details.causes.map(({ field }: any) => field),
      ['metadata.finalizers[0]', 'spec.controller', 'metadata.generateName'],
    );
    return true;
  });
});

test('the name of an APIService is looked at before its labels', async () => {
  const { one } = server();
  const wrong = { metadata: { name: 'v1.a', labels: { '': 'a' } }, spec: { group: 'b.example.com', version: 'v1' } };
  await assert.rejects(one(kindOf('APIService'), { verb: 'create', body: wrong }), ({ details }: any) => {
    const fields: string[] = details.causes.map(({ field }: any) => field);
    assert.deepEqual(fields.slice(0, 2), ['metadata.name', 'metadata.labels']);
    assert.equal(fields.filter((field) => field === 'metadata.name').length, 1);
    return true;
  });
});
