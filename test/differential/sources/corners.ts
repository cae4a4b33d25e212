import { type AnyKind, apiVersionOf } from '../../../src/api/kind.ts';
import type { Scenario, Source, Step } from '../scenario.ts';
import {
  ask,
  collectionOf,
  everywhere,
  get,
  isFarReaching,
  itemOf,
  json,
  partialHeaders,
  partialListHeaders,
  patch,
  post,
  protobufHeaders,
  put,
  remove,
  reviewKinds,
  storedKinds,
  tableHeaders,
  validObject,
} from './kinds.ts';
import { variants } from './samples.ts';
import { wholeServer } from './whole-server.ts';

const own = 'labelSelector=scenario%3D$NS';

/** What every kind does the same, one scenario for each part of it. */
function scenariosOf(kind: AnyKind): Scenario[] {
  const base = validObject(kind);
  const at = collectionOf(kind);
  const item = itemOf(kind, base);
  const create: Step = post(at, base, { label: 'one' });
  const named = `${kind.plural}.${apiVersionOf(kind)}`;
  const scenario = (name: string, steps: readonly Step[]): Scenario => ({ name: `${named} ${name}`, steps });
  const { labels } = base.metadata;
  return [
    scenario('reads', [
      create,
      create,
      get(item),
      get(item, tableHeaders),
      get(item, partialHeaders),
      get(item, protobufHeaders),
      get(item, { accept: 'application/yaml' }),
      get(`${item}-nothing`),
      get(ask(at, own)),
      get(ask(at, own), tableHeaders),
      get(ask(at, own, 'includeObject=Object'), tableHeaders),
      get(ask(at, own, 'includeObject=None'), tableHeaders),
      get(ask(at, own), partialListHeaders),
      get(ask(at, own), protobufHeaders),
      get(ask(at, own), { accept: 'application/yaml' }),
      get(ask(everywhere(kind), own)),
      get(ask(everywhere(kind), own), tableHeaders),
      { method: 'HEAD', path: item },
      get(ask(item, 'pretty=true')),
    ]),
    scenario(
      'variants',
      (variants[kind.kind] ?? []).map((variant: any, index): Step => {
        const object = validObject(kind, `v${index}`);
        return post(at, {
          ...variant,
          apiVersion: object.apiVersion,
          kind: object.kind,
          metadata: { ...object.metadata, ...variant.metadata },
        });
      }),
    ),
    scenario('updates', [
      create,
      { method: 'PUT', path: item, body: { from: 'one', edits: [] } },
      { method: 'PUT', path: item, body: { from: 'one', edits: [{ path: ['metadata', 'resourceVersion'], value: '1' }] } },
      { method: 'PUT', path: item, body: { from: 'one', edits: [{ path: ['metadata', 'resourceVersion'], value: 'x' }] } },
      { method: 'PUT', path: item, body: { from: 'one', edits: [{ path: ['metadata', 'name'], value: 'other' }] } },
      { method: 'PUT', path: item, body: { from: 'one', edits: [{ path: ['metadata', 'namespace'], value: 'other' }] } },
      { method: 'PUT', path: item, body: { from: 'one', edits: [{ path: ['metadata', 'uid'], value: 'x' }] } },
      {
        method: 'PUT',
        path: item,
        body: { from: 'one', edits: [{ path: ['metadata', 'creationTimestamp'], value: '2020-01-01T00:00:00Z' }] },
      },
      { method: 'PUT', path: item, body: { from: 'one', edits: [{ path: ['metadata', 'managedFields'] }] } },
      { method: 'PUT', path: item, body: { from: 'one', edits: [{ path: ['metadata', 'managedFields'], value: [] }] } },
      {
        method: 'PUT',
        path: item,
        body: { from: 'one', edits: [{ path: ['metadata', 'resourceVersion'] }, { path: ['metadata', 'labels', 'x'], value: 'y' }] },
      },
      {
        method: 'PUT',
        path: item,
        body: { from: 'one', edits: [{ path: ['metadata', 'resourceVersion'] }, { path: ['unknown'], value: 1 }] },
      },
      put(`${item}-nothing`, { ...base, metadata: { ...base.metadata, name: `${base.metadata.name}-nothing` } }),
      put(item, { ...base, kind: 'Other' }),
      put(item, { ...base, apiVersion: 'other/v1' }),
      put(item, {}),
    ]),
    scenario(
      'status',
      kind.subresources.includes('status')
        ? [
            create,
            get(`${item}/status`),
            get(`${item}/status`, tableHeaders),
            { method: 'PUT', path: `${item}/status`, body: { from: 'one', edits: [] } },
            {
              method: 'PUT',
              path: `${item}/status`,
              body: {
                from: 'one',
                edits: [
                  { path: ['metadata', 'labels', 'x'], value: 'y' },
                  { path: ['metadata', 'annotations'], value: { a: 'b' } },
                  { path: ['metadata', 'finalizers'], value: ['example.com/a'] },
                  { path: ['spec'], value: {} },
                ],
              },
            },
            patch('merge', ask(`${item}/status`, 'fieldManager=me'), {
              status: {
                observedGeneration: 1,
                replicas: 1,
                phase: 'Running',
                conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-02T15:04:05Z', reason: 'A', message: 'b' }],
              },
            }),
            patch('strategic', `${item}/status`, { status: { conditions: [{ type: 'Other', status: 'False', reason: 'B' }] } }),
            patch('json', `${item}/status`, [{ op: 'replace', path: '/status', value: {} }]),
            patch('apply', ask(`${item}/status`, 'fieldManager=applier'), {
              apiVersion: base.apiVersion,
              kind: base.kind,
              status: {
                conditions: [{ type: 'Third', status: 'True', lastTransitionTime: '2026-01-02T15:04:05Z', reason: 'A', message: 'b' }],
              },
            }),
            get(item),
            post(`${item}/status`, base),
            remove(`${item}/status`),
          ]
        : [],
    ),
    scenario(
      'scale',
      kind.scale !== undefined
        ? [
            create,
            { ...get(`${item}/scale`), label: 'scale' },
            get(`${item}/scale`, tableHeaders),
            get(`${item}/scale`, protobufHeaders),
            { method: 'PUT', path: `${item}/scale`, body: { from: 'scale', edits: [{ path: ['spec', 'replicas'], value: 5 }] } },
            { method: 'PUT', path: `${item}/scale`, body: { from: 'scale', edits: [{ path: ['spec', 'replicas'], value: 6 }] } },
            {
              method: 'PUT',
              path: `${item}/scale`,
              body: { from: 'scale', edits: [{ path: ['metadata', 'resourceVersion'] }, { path: ['spec', 'replicas'], value: -1 }] },
            },
            patch('merge', ask(`${item}/scale`, 'fieldManager=me'), { spec: { replicas: 3 } }),
            patch('json', `${item}/scale`, [{ op: 'replace', path: '/spec/replicas', value: 0 }]),
            patch('strategic', `${item}/scale`, { spec: { replicas: 2 } }),
            patch('apply', ask(`${item}/scale`, 'fieldManager=applier'), {
              apiVersion: 'autoscaling/v1',
              kind: 'Scale',
              spec: { replicas: 4 },
            }),
            patch('apply', ask(`${item}/scale`, 'fieldManager=applier', 'force=true'), {
              apiVersion: 'autoscaling/v1',
              kind: 'Scale',
              metadata: { name: base.metadata.name },
              spec: { replicas: 4 },
            }),
            get(item),
            get(`${item}-nothing/scale`),
          ]
        : [],
    ),
    scenario('patches', [
      create,
      patch('merge', item, { metadata: { labels: { x: 'y' } } }),
      patch('merge', item, { metadata: { labels: { x: 'y' } } }),
      patch('strategic', item, { metadata: { labels: { x: null, z: '1' }, finalizers: ['example.com/a'] } }),
      patch('strategic', item, {
        metadata: { finalizers: ['example.com/b'], ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'u' }] },
      }),
      patch('strategic', item, {
        metadata: {
          ownerReferences: [{ uid: 'u', $patch: 'delete' }],
          '$deleteFromPrimitiveList/finalizers': ['example.com/a', 'example.com/b'],
        },
      }),
      patch('json', item, [
        { op: 'test', path: '/metadata/labels/z', value: '1' },
        { op: 'remove', path: '/metadata/labels/z' },
      ]),
      patch('json', item, [{ op: 'remove', path: '/metadata/labels/z' }]),
      patch('json', item, [{ op: 'test', path: '/metadata/labels/scenario', value: 'x' }]),
      patch('merge', item, { metadata: { resourceVersion: '1', labels: { q: 'r' } } }),
      patch('merge', item, { metadata: { uid: 'x' } }),
      patch('merge', item, { metadata: { name: 'x' } }),
      patch('merge', item, { kind: 'X' }),
      patch('merge', item, { unknown: 1 }),
      patch('merge', ask(item, 'fieldValidation=Strict'), { unknown: 1 }),
      patch('merge', item, 'x'),
      patch('merge', item, [1]),
      patch('merge', ask(item, 'dryRun=All'), { metadata: { annotations: { a: 'b' } } }),
      patch('merge', ask(item, 'force=true'), { metadata: { annotations: { a: 'b' } } }),
      patch('merge', `${item}-nothing`, { metadata: { annotations: { a: 'b' } } }),
      { method: 'PATCH', path: item, headers: { 'content-type': 'text/plain' }, body: { text: '{}' } },
      { method: 'PATCH', path: item, headers: { 'content-type': 'application/merge-patch+json' }, body: { text: '' } },
      { method: 'PATCH', path: item, headers: { 'content-type': 'application/merge-patch+json' }, body: { text: '{' } },
      get(item),
    ]),
    scenario('apply', [
      patch('apply', item, base),
      patch('apply', ask(item, 'fieldManager=one'), base),
      patch('apply', ask(item, 'fieldManager=one'), base),
      patch('apply', ask(item, 'fieldManager=two'), base),
      patch('apply', ask(item, 'fieldManager=two'), {
        apiVersion: base.apiVersion,
        kind: base.kind,
        metadata: { name: base.metadata.name, labels: { ...labels, scenario: 'other' } },
      }),
      patch('apply', ask(item, 'fieldManager=two', 'force=true'), {
        apiVersion: base.apiVersion,
        kind: base.kind,
        metadata: { name: base.metadata.name, labels: { ...labels, two: 'a' }, annotations: { b: 'c' } },
      }),
      patch('apply', ask(item, 'fieldManager=one'), {
        apiVersion: base.apiVersion,
        kind: base.kind,
        metadata: { name: base.metadata.name },
      }),
      patch('apply', ask(item, 'fieldManager=one'), { apiVersion: base.apiVersion, kind: base.kind }),
      patch('apply', ask(item, 'fieldManager=one'), { kind: base.kind }),
      patch('apply', ask(item, 'fieldManager=one'), { apiVersion: base.apiVersion, kind: 'X' }),
      patch('apply', ask(item, 'fieldManager=one'), {
        ...base,
        metadata: { ...base.metadata, managedFields: [{ manager: 'x', operation: 'Apply', apiVersion: base.apiVersion }] },
      }),
      patch('apply', ask(item, 'fieldManager=one'), { ...base, metadata: { ...base.metadata, resourceVersion: '1' } }),
      patch('apply', ask(item, 'fieldManager=one'), { ...base, unknown: 1 }),
      patch('apply', ask(item, 'fieldManager=one', 'fieldValidation=Strict'), { ...base, unknown: 1 }),
      {
        method: 'PATCH',
        path: ask(item, 'fieldManager=one'),
        headers: { 'content-type': 'application/apply-patch+yaml' },
        body: { text: 'a: [' },
      },
      {
        method: 'PATCH',
        path: ask(item, 'fieldManager=one'),
        headers: { 'content-type': 'application/apply-patch+yaml' },
        body: { text: '' },
      },
      get(item),
      patch('merge', ask(item, 'fieldManager=kubectl-client-side-apply'), {
        metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(base) } },
      }),
      patch('apply', ask(item, 'fieldManager=kubectl', 'force=true'), base),
      get(item),
    ]),
    scenario('apply that creates', [
      patch('apply', ask(item, 'fieldManager=one', isFarReaching(kind) ? 'dryRun=All' : ''), base),
      patch('apply', ask(item, 'fieldManager=two', 'force=true'), {
        ...base,
        metadata: { ...base.metadata, labels: { scenario: '$NS', a: 'b' } },
      }),
      get(item),
    ]),
    scenario('creates', [
      post(at, { ...base, unknown: 1, metadata: { ...base.metadata, unknown: 2, name: `${base.metadata.name}-x` } }),
      post(ask(at, 'fieldValidation=Strict'), { ...base, unknown: 1, metadata: { ...base.metadata, unknown: 2 } }),
      post(ask(at, 'fieldValidation=Ignore', 'dryRun=All'), { ...base, unknown: 1 }),
      post(ask(at, 'fieldValidation=Strict', 'dryRun=All'), { ...base, 'metadata<again>': base.metadata }),
      post(ask(at, 'dryRun=All'), { ...base, metadata: { ...base.metadata, name: undefined } }),
      post(ask(at, 'dryRun=All'), { ...base, metadata: { ...base.metadata, name: 'A_b' } }),
      post(ask(at, 'dryRun=All'), { ...base, metadata: { ...base.metadata, name: 'x'.repeat(254) } }),
      post(ask(at, 'dryRun=All'), { ...base, metadata: { ...base.metadata, namespace: 'other' } }),
      post(ask(at, 'dryRun=All'), { ...base, metadata: { ...base.metadata, resourceVersion: '1' } }),
      post(ask(at, 'dryRun=All'), {
        ...base,
        metadata: {
          ...base.metadata,
          uid: 'x',
          generation: 5,
          creationTimestamp: '2020-01-01T00:00:00Z',
          deletionTimestamp: '2020-01-01T00:00:00Z',
          selfLink: '/x',
        },
      }),
      post(ask(at, 'dryRun=All'), {
        ...base,
        metadata: {
          ...base.metadata,
          labels: { 'a b': '!', scenario: '$NS' },
          annotations: { 'a b': 'x' },
          finalizers: ['a', 'a b'],
          ownerReferences: [{}],
        },
      }),
      post(ask(at, 'dryRun=All'), { ...base, metadata: { ...base.metadata, name: undefined, generateName: 'gen-' } }),
      post(ask(at, 'dryRun=All'), { ...base, metadata: { ...base.metadata, name: undefined, generateName: 'Gen_' } }),
      post(ask(at, 'dryRun=All'), { ...base, kind: 'Other' }),
      post(ask(at, 'dryRun=All'), { ...base, apiVersion: 'other/v1' }),
      post(ask(at, 'dryRun=All'), { ...base, kind: undefined, apiVersion: undefined }),
      post(ask(at, 'dryRun=All'), {}),
      post(ask(at, 'dryRun=All'), { apiVersion: base.apiVersion, kind: base.kind, metadata: base.metadata }),
      post(ask(at, 'dryRun=All'), { apiVersion: base.apiVersion, kind: base.kind, metadata: base.metadata, spec: {} }),
      post(ask(at, 'dryRun=All'), { apiVersion: base.apiVersion, kind: base.kind, metadata: base.metadata, spec: null }),
      post(ask(at, 'dryRun=All'), { apiVersion: base.apiVersion, kind: base.kind, metadata: base.metadata, spec: 'x' }),
      post(ask(at, 'dryRun=All'), base, { body: json(base, 'yaml') }),
      post(ask(at, 'dryRun=All'), base, { headers: protobufHeaders }),
      { method: 'POST', path: ask(at, 'dryRun=All'), body: json(base, 'protobuf') },
      { method: 'POST', path: ask(at, 'dryRun=All'), headers: tableHeaders, body: json(base) },
      { method: 'POST', path: ask(at, 'dryRun=All'), headers: partialHeaders, body: json(base) },
    ]),
    scenario('deletes', [
      create,
      remove(ask(item, 'dryRun=All')),
      remove(item, { propagationPolicy: 'x' }),
      remove(item, { propagationPolicy: 'Orphan', orphanDependents: true }),
      remove(item, { preconditions: { uid: 'x' } }),
      remove(item, { preconditions: { resourceVersion: '1' } }),
      remove(item, { gracePeriodSeconds: -5, dryRun: ['All'] }),
      remove(item, { apiVersion: 'v1', kind: 'Other' }),
      patch('merge', item, { metadata: { finalizers: ['example.com/a'] } }),
      remove(item, { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Foreground' }),
      remove(item),
      get(item),
      get(item, tableHeaders),
      patch('merge', item, { metadata: { labels: { x: 'y' } } }),
      patch('merge', item, { metadata: { finalizers: ['example.com/a', 'example.com/b'] } }),
      patch('merge', item, { metadata: { finalizers: [] } }),
      get(item),
      remove(item),
      create,
      remove(item, { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Orphan' }),
      patch('merge', item, { metadata: { finalizers: [] } }),
      create,
      remove(item, undefined, { headers: protobufHeaders }),
      create,
      { method: 'DELETE', path: ask(at, own) },
      get(ask(at, own)),
    ]),
    scenario('watches', [
      create,
      patch('merge', item, { metadata: { labels: { x: 'y' } } }),
      ...[undefined, tableHeaders, partialHeaders, protobufHeaders].flatMap((headers) => [
        get(ask(at, own, 'watch=true&timeoutSeconds=1&resourceVersion=<<one.metadata.resourceVersion>>'), headers),
      ]),
      get(ask(at, own, 'watch=true&timeoutSeconds=1')),
      get(
        ask(
          at,
          own,
          'watch=true&timeoutSeconds=1&resourceVersion=0&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
        ),
      ),
      get(ask(at, 'labelSelector=scenario%3D$NS,x%3Dy', 'watch=true&timeoutSeconds=1&resourceVersion=<<one.metadata.resourceVersion>>')),
      get(ask(at, 'labelSelector=scenario%3D$NS,!x', 'watch=true&timeoutSeconds=1&resourceVersion=<<one.metadata.resourceVersion>>')),
    ]),
  ].filter(({ steps }) => steps.length > 0);
}
const reviewScenarios = reviewKinds.map((kind): Scenario => {
  const base = validObject(kind);
  const at = collectionOf(kind);
  return {
    name: `${kind.plural}.${apiVersionOf(kind)}`,
    steps: [
      post(at, base),
      post(ask(at, 'fieldValidation=Strict'), { ...base, unknown: 1 }),
      post(at, {}),
      post(at, { ...base, spec: {} }),
      post(ask(at, 'dryRun=All'), base),
      post(at, base, { headers: tableHeaders }),
      post(at, base, { headers: protobufHeaders }),
      get(at),
      get(`${at}/one`),
    ],
  };
});

const all: readonly Scenario[] = [...storedKinds.flatMap(scenariosOf), ...reviewScenarios, ...wholeServer];
/** Written by hand: what every kind does, and what the server does as a whole. */
export const corners: Source = { name: 'corners', count: all.length, scenario: (index) => all[index]! };
