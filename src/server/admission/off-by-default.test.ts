import assert from 'node:assert/strict';
import { test } from 'node:test';
import { depsOf, MemoryResources } from '../../../test/helpers/memory-resources.ts';
import { VirtualClock } from '../../base/clock.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { alwaysDeny } from './always-deny.ts';
import { alwaysPullImages } from './always-pull-images.ts';
import { Buckets, eventRateLimit } from './event-rate-limit.ts';
import { extendedResourceToleration } from './extended-resource-toleration.ts';
import { readImagePolicy } from './image-policy-webhook.ts';
import { limitPodHardAntiAffinityTopology } from './limit-pod-hard-anti-affinity-topology.ts';
import { namespaceAutoProvision } from './namespace-auto-provision.ts';
import { namespaceExists } from './namespace-exists.ts';
import { nodeDeclaredFeatureValidator } from './node-declared-feature-validator.ts';
import { checkPluginNames, createAdmission } from './order.ts';
import { podNodeSelector } from './pod-node-selector.ts';
import { podResizeValidator } from './pod-resize-validator.ts';
import { isSuperset, merged, podTolerationRestriction } from './pod-toleration-restriction.ts';

const selectorAnnotation = 'scheduler.alpha.kubernetes.io/node-selector';
const defaultsAnnotation = 'scheduler.alpha.kubernetes.io/defaultTolerations';

function setUp() {
  const resources = new MemoryResources();
  const clock = new VirtualClock();
  resources.add('', 'Namespace', { metadata: { name: 'shop' } });
  const annotations = { [selectorAnnotation]: 'zone=z2', [defaultsAnnotation]: '[{"key":"a","operator":"Exists"}]' };
  resources.add('', 'Namespace', { metadata: { name: 'own', annotations } });
  resources.add('', 'Node', { metadata: { name: 'n' }, status: { allocatable: { cpu: '2', memory: '1Gi' }, declaredFeatures: ['X'] } });
  const admit = async (plugin: AdmissionPlugin, kind: string, object: any, more: Partial<AdmissionContext> = {}) => {
    const { namespace = '', name = '' } = object.metadata;
    const operation = more.operation ?? 'CREATE';
    const context: AdmissionContext = {
      operation,
      verb: operation.toLowerCase(),
      kind:
        resources.kinds.byKind('', kind) ??
        ({ group: '', version: 'v1', kind, plural: `${kind.toLowerCase()}s`, scope: 'Namespaced' } as never),
      subresource: '',
      namespace,
      name,
      object,
      old: undefined,
      options: {},
      identity: { user: 'eve', groups: [] },
      dryRun: false,
      warn: () => undefined,
      annotate: () => undefined,
      together: () => undefined,
      deps: { ...depsOf(resources), clock },
      ...more,
    };
    await plugin.mutate?.(context, { isReinvocation: false, demand: () => undefined, memory: new Map() });
    await plugin.validate?.(context);
    return object;
  };
  return { admit, resources, clock };
}
const pod = (spec: object = {}, metadata: object = {}): any => ({
  metadata: { name: 'p', namespace: 'shop', ...metadata },
  spec: { containers: [{ name: 'c', image: 'i', resources: {} }], ...spec },
});
const forbidden = (why: string) => ({ code: 403, message: `pods "p" is forbidden: ${why}` });

test('names: what is unknown, or both on and off, is refused; what is off does nothing', async () => {
  assert.throws(() => checkPluginNames(['Odd'], []), { message: 'enable-admission-plugins plugin "Odd" is unknown' });
  assert.throws(() => checkPluginNames([], ['ServiceAllocators']), {
    message: 'disable-admission-plugins plugin "ServiceAllocators" is unknown',
  });
  assert.throws(() => checkPluginNames(['AlwaysDeny'], ['AlwaysDeny']), {
    message: '[AlwaysDeny] in enable-admission-plugins and disable-admission-plugins overlapped',
  });
  const needs = { rbac: undefined as never, allocators: { name: '' } };
  createAdmission({ ...needs, enable: ['AlwaysPullImages'], disable: ['PodSecurity', 'PodGroupProtection'] });
  assert.throws(() => createAdmission({ ...needs, enable: ['EventRateLimit'] }), {
    message: 'limits: Invalid value: []: must not be empty',
  });
});

test('simple refusals', async () => {
  const { admit } = setUp();
  await assert.rejects(admit(alwaysDeny, 'Pod', pod()), forbidden('admission control is denying all modifications'));
  const anti = (topologyKey: string) =>
    pod({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey }] } } });
  await admit(limitPodHardAntiAffinityTopology, 'Pod', anti('kubernetes.io/hostname'));
  await assert.rejects(
    admit(limitPodHardAntiAffinityTopology, 'Pod', anti('zone')),
    forbidden('affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only key kubernetes.io/hostname is allowed'),
  );
});

test('namespaces: made, or asked for', async () => {
  const { admit, resources } = setUp();
  const object = { metadata: { name: 'x', namespace: 'new' } };
  await assert.rejects(admit(namespaceExists, 'ConfigMap', object), { code: 404, message: 'namespaces "new" not found' });
  await admit(namespaceAutoProvision, 'ConfigMap', object, { dryRun: true });
  assert.equal(await resources.get(resources.kinds.byKind('', 'Namespace')!, { name: 'new' }), undefined);
  await admit(namespaceAutoProvision, 'ConfigMap', object);
  await admit(namespaceExists, 'ConfigMap', object);
});

test('images are always pulled, unless an update brings none', async () => {
  const { admit } = setUp();
  const made = await admit(
    alwaysPullImages,
    'Pod',
    pod({ initContainers: [{ name: 'i', image: 'j' }], volumes: [{ name: 'v', image: {} }] }),
  );
  assert.deepEqual(
    [made.spec.containers[0].imagePullPolicy, made.spec.initContainers[0].imagePullPolicy, made.spec.volumes[0].image.pullPolicy],
    ['Always', 'Always', 'Always'],
  );
  const same = await admit(alwaysPullImages, 'Pod', pod(), { operation: 'UPDATE', old: pod() });
  assert.equal(same.spec.containers[0].imagePullPolicy, undefined);
  const validateOnly = { name: '', validate: alwaysPullImages.validate! };
  await assert.rejects(admit(validateOnly, 'Pod', pod()), {
    code: 500,
    message: 'pods "p" is forbidden: spec.containers[0].imagePullPolicy: Unsupported value: "": supported values: "Always"',
  });
});

test('tolerations of special resources', async () => {
  const { admit } = setUp();
  const requests = { 'example.com/device': '1', cpu: '1' };
  const made = await admit(extendedResourceToleration, 'Pod', pod({ containers: [{ name: 'c', resources: { requests } }] }));
  assert.deepEqual(made.spec.tolerations, [{ key: 'example.com/device', operator: 'Exists', effect: 'NoSchedule' }]);
});

test('node selectors of namespaces', async () => {
  const { admit } = setUp();
  const plugin = podNodeSelector({ podNodeSelectorPluginConfig: { clusterDefaultNodeSelector: 'tier=any', shop: 'tier=any,zone=z1' } });
  assert.deepEqual((await admit(plugin, 'Pod', pod())).spec.nodeSelector, { tier: 'any' });
  assert.deepEqual((await admit(plugin, 'Pod', pod({ nodeSelector: { a: 'b' } }, { namespace: 'own' }))).spec.nodeSelector, {
    zone: 'z2',
    a: 'b',
  });
  await assert.rejects(
    admit(plugin, 'Pod', pod({ nodeSelector: { tier: 'other' } })),
    forbidden('pod node label selector conflicts with its namespace node label selector'),
  );
  await assert.rejects(
    admit(plugin, 'Pod', pod({ nodeSelector: { zone: 'z9' } })),
    forbidden('pod node label selector labels conflict with its namespace whitelist'),
  );
});

test('tolerations: which is wider, merged, allowed', async () => {
  const any = { key: 'a', operator: 'Exists' } as const;
  assert.ok(isSuperset(any, { key: 'a', operator: 'Equal', value: 'x', effect: 'NoSchedule' }));
  assert.ok(isSuperset({ operator: 'Exists' }, any));
  assert.ok(!isSuperset({ key: 'a', operator: 'Exists', effect: 'NoSchedule' }, any));
  assert.ok(!isSuperset({ ...any, effect: 'NoExecute', tolerationSeconds: 5 }, { ...any, effect: 'NoExecute', tolerationSeconds: 9 }));
  assert.deepEqual(merged([{ key: 'a', operator: 'Equal', value: 'x' }], [any, { key: 'b', operator: 'Exists' }]), [
    any,
    { key: 'b', operator: 'Exists' },
  ]);
  const { admit } = setUp();
  const plugin = podTolerationRestriction({
    apiVersion: 'podtolerationrestriction.admission.k8s.io/v1alpha1',
    kind: 'Configuration',
    default: [{ key: 'd', operator: 'Exists' }],
    whitelist: [{ key: 'd', operator: 'Exists' }, any, { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists' }],
  });
  assert.deepEqual((await admit(plugin, 'Pod', pod())).spec.tolerations, [{ key: 'd', operator: 'Exists' }]);
  assert.deepEqual((await admit(plugin, 'Pod', pod({}, { namespace: 'own' }))).spec.tolerations, [any]);
  await assert.rejects(admit(plugin, 'Pod', pod({ tolerations: [{ key: 'evil', operator: 'Exists' }] })), {
    code: 500,
    message: 'pod tolerations (possibly merged with namespace default tolerations) conflict with its cluster whitelist',
  });
});

test('events: buckets fill at a rate, and the least used are forgotten', async () => {
  const buckets = new Buckets({ type: 'User', qps: 2, burst: 3, cacheSize: 2 });
  const taken = (key: string, nowMs: number) => buckets.take(key, nowMs);
  assert.deepEqual(
    [0, 0, 0, 0, 499, 500].map((nowMs) => taken('a', nowMs)),
    [true, true, true, false, false, true],
  );
  taken('b', 500);
  taken('c', 500);
  assert.ok(taken('a', 500), 'forgotten, it is full again');
  const { admit, clock } = setUp();
  const limits = [
    { type: 'Namespace', qps: 1, burst: 1 },
    { type: 'SourceAndObject', qps: 1, burst: 1 },
  ];
  const plugin = eventRateLimit({ apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1', kind: 'Configuration', limits });
  const event = { metadata: { name: 'e', namespace: 'shop' }, source: { component: 'k' }, involvedObject: { kind: 'Pod', name: 'x' } };
  await admit(plugin, 'Event', event);
  await assert.rejects(admit(plugin, 'Event', event), {
    code: 429,
    message: 'Too many requests: [limit reached on type Namespace for key shop, limit reached on type SourceAndObject for key kPodx]',
  });
  await admit(plugin, 'Event', event, { dryRun: true });
  await clock.advance(1000);
  await admit(plugin, 'Event', event);
});

test('image policy: times within their bounds', () => {
  assert.deepEqual(readImagePolicy({ imagePolicy: { kubeConfigFile: 'x', allowTTL: 0, denyTTL: -1 } }), {
    kubeConfigFile: 'x',
    allowMs: 300_000,
    denyMs: 0,
    defaultAllow: false,
  });
  assert.throws(() => readImagePolicy({ imagePolicy: { allowTTL: 5000 } }), {
    message: 'valid value is between 1s and 30m0s, got 1h23m20s',
  });
  assert.throws(() => readImagePolicy(undefined), { message: 'no config specified' });
});

test('resizes: within what the node has, and can do', async () => {
  const { admit } = setUp();
  const resized = (cpu: string, spec: object = {}) =>
    pod({ nodeName: 'n', containers: [{ name: 'c', resources: { requests: { cpu } } }], ...spec }, { generation: 2 });
  const more = { operation: 'UPDATE', subresource: 'resize', old: resized('1') } as const;
  const update = { ...more, old: { ...more.old, metadata: { ...more.old.metadata, generation: 1 } } };
  await admit(podResizeValidator, 'Pod', resized('2'), update);
  await assert.rejects(admit(podResizeValidator, 'Pod', resized('3'), update), {
    ...forbidden("node didn't have enough allocatable resources: cpu, requested: 3000, allocatable: 2000"),
    details: { name: 'p', kind: 'pods', causes: [{ reason: 'NodeCapacity' }] },
  });
  await admit(nodeDeclaredFeatureValidator, 'Pod', resized('2'), update);
  await assert.rejects(
    admit(nodeDeclaredFeatureValidator, 'Pod', resized('1', { resources: { requests: { cpu: '2' } } }), update),
    forbidden('pod update requires features InPlacePodLevelResourcesVerticalScaling which are not available on node "n"'),
  );
});
