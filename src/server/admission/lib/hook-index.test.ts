import assert from 'node:assert/strict';
import { Metrics } from '../../../base/metrics.ts';
import { AdmissionMetrics } from './metrics.ts';
import { test } from 'node:test';
import { bareKind, depsOf, MemoryResources } from '../../../../test/helpers/memory-resources.ts';
import type { ApiObject } from '../../../api/meta.ts';
import type { AdmissionContext } from '../../types.ts';
import { type Candidate, Hook, HookIndex } from './hook-index.ts';
import { equivalentKinds, ruleMatches } from './request-rules.ts';
import { isCalled, NamespaceOfRequest } from './selected-hooks.ts';
import { VersionedObjects } from './versioned-objects.ts';

const pod = bareKind('', 'Pod', 'pods');
const rule = (resources: string[], more: object = {}) => ({
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE'],
  resources,
  scope: '*',
  ...more,
});

test('rules: resources, subresources, scope', () => {
  const node = bareKind('', 'Node', 'nodes', 'Cluster');
  const namespace = bareKind('', 'Namespace', 'namespaces', 'Cluster');
  const rows: readonly [string[], object, typeof pod, string, boolean][] = [
    [['pods'], {}, pod, '', true],
    [['pods'], {}, pod, 'status', false],
    [['pods/*'], {}, pod, '', true],
    [['pods/*'], {}, pod, 'status', true],
    [['*/status'], {}, pod, 'status', true],
    [['*/status'], {}, pod, '', false],
    [['*'], {}, pod, 'status', false],
    [['*/*'], {}, pod, 'exec', true],
    [['pods'], { scope: 'Namespaced' }, pod, '', true],
    [['pods'], { scope: 'Cluster' }, pod, '', false],
    [['nodes'], { scope: 'Cluster' }, node, '', true],
    [['namespaces'], { scope: 'Namespaced' }, namespace, '', false],
    [['pods'], { apiGroups: ['apps'] }, pod, '', false],
    [['pods'], { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'] }, pod, '', true],
    [['pods'], { apiVersions: ['v2'] }, pod, '', false],
    [['pods'], { operations: ['UPDATE'] }, pod, '', false],
  ];
  for (const [resources, more, kind, subresource, expected] of rows)
    assert.equal(ruleMatches(rule(resources, more), 'CREATE', kind, subresource), expected, JSON.stringify([resources, more, subresource]));
});

test('kinds that show the same objects are equivalent', () => {
  const core = bareKind('', 'Event', 'events');
  const events = bareKind('events.k8s.io', 'Event', 'events', 'Namespaced', { storedAs: { group: '', kind: 'Event' } });
  const { kinds } = new MemoryResources([core, events, pod]);
  assert.deepEqual(equivalentKinds(kinds, core, ''), [events]);
  assert.deepEqual(equivalentKinds(kinds, core, 'status'), []);
  assert.deepEqual(equivalentKinds(kinds, pod, ''), []);
});

test('rules are looked at once for each place, and again when something changed', () => {
  const { kinds } = new MemoryResources([pod]);
  const index = new HookIndex(kinds);
  let reads = 0;
  const configuration = (name: string, resource: string): ApiObject => {
    const webhook = { name: 'a.example.com', clientConfig: {}, failurePolicy: 'Fail', matchPolicy: 'Equivalent', namespaceSelector: {} };
    const counted = Object.defineProperty({ ...webhook, objectSelector: {} }, 'rules', {
      get() {
        reads++;
        return [rule([resource])];
      },
    });
    return { apiVersion: '', kind: '', metadata: { name }, webhooks: [counted] } as never;
  };
  index.reset(Array.from({ length: 100 }, (_, number) => configuration(`c${number}`, `things${number}`)));
  const find = () => index.candidates('CREATE', pod, '').map(({ hook }) => hook.id);
  assert.deepEqual(find(), []);
  assert.equal(reads, 100);
  for (let times = 0; times < 1000; times++) find();
  assert.equal(reads, 100);
  index.put(configuration('b', 'pods'));
  index.put(configuration('a', 'pods'));
  assert.deepEqual(find(), ['a/a.example.com/0', 'b/a.example.com/0'], 'in the order of names');
  assert.equal(reads, 202);
  index.remove(configuration('a', 'pods'));
  assert.deepEqual(find(), ['b/a.example.com/0']);
});

test('a hundred selectors that do not match are read at once, and the namespace of the request once for all', async () => {
  const namespaces = bareKind('', 'Namespace', 'namespaces', 'Cluster');
  const resources = new MemoryResources([pod, namespaces]);
  resources.add('', 'Namespace', { metadata: { name: 'shop', labels: { tier: 'gold' } } });
  let reads = 0;
  const get = resources.get.bind(resources);
  resources.get = async (kind, key) => {
    reads++;
    return await get(kind, key);
  };
  const context = {
    operation: 'CREATE',
    kind: pod,
    subresource: '',
    namespace: 'shop',
    name: 'p',
    object: { metadata: { name: 'p', namespace: 'shop', labels: { a: 'b' } } },
    deps: depsOf(resources),
  } as unknown as AdmissionContext;
  const candidate = (selectors: object): Candidate => ({
    hook: new Hook('id', 'c', { rules: [], ...selectors } as never),
    index: 0,
    kind: pod,
  });
  const versions = new VersionedObjects(context);
  const namespace = new NamespaceOfRequest(context);
  const ask = (selectors: object) =>
    isCalled(
      candidate({ namespaceSelector: {}, objectSelector: {}, ...selectors }),
      context,
      versions,
      namespace,
      'admit',
      new AdmissionMetrics(new Metrics()),
    );
  const other = { matchLabels: { a: 'c' } };
  for (let times = 0; times < 100; times++) assert.equal(ask({ objectSelector: other }), false);
  assert.equal(reads, 0);
  assert.equal(await ask({ namespaceSelector: other }), false);
  for (let times = 0; times < 100; times++) assert.equal(ask({ namespaceSelector: other }), false);
  assert.equal(ask({ namespaceSelector: { matchLabels: { tier: 'gold' } } }), true);
  assert.equal(reads, 1);
});
