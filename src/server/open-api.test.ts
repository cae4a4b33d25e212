import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyKind } from '../api/kind.ts';
import { systemClock } from '../base/clock.ts';
import { nextTurn } from '../base/turn.ts';
import { APIService } from '../kinds/apiregistration/api-service.ts';
import { customKinds } from '../kinds/apiextensions/lib/custom-kind.ts';
import { ConfigMap } from '../kinds/core/config-map.ts';
import { Service } from '../kinds/core/service.ts';
import { Secret } from '../kinds/core/secret.ts';
import { Discovery } from './discovery.ts';
import { Subresources } from './dispatch.ts';
import { createKindIndex } from './kind-index.ts';
import { OpenApi } from './open-api.ts';

test('documents name the kinds of operations in the order of a struct or of a map, as upstream does', async () => {
  const kinds = createKindIndex([ConfigMap, APIService, Service] as unknown as AnyKind[]);
  const openApi = new OpenApi({
    ...{ kinds, clock: systemClock, descriptions: async () => () => undefined },
    discovery: new Discovery(kinds, new Subresources([])),
  });
  const { paths, definitions } = JSON.parse((await openApi.v2()).json.toString());
  assert.deepEqual(Object.keys(definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString']), ['type', 'format']);
  const orderOf = (path: string) => Object.keys(paths[path].get['x-kubernetes-group-version-kind']);
  assert.deepEqual(orderOf('/api/v1/configmaps'), ['group', 'kind', 'version']);
  assert.deepEqual(orderOf('/apis/apiregistration.k8s.io/v1/apiservices'), ['group', 'version', 'kind']);
});

test('a document is of the kinds that were served when it was asked for, though they go while it is made', async () => {
  const kinds = createKindIndex([ConfigMap, Secret] as unknown as AnyKind[]);
  const discovery = new Discovery(kinds, new Subresources([]));
  const openApi = new OpenApi({ kinds, discovery, clock: systemClock, descriptions: async () => () => undefined });
  const making = openApi.v2();
  await nextTurn();
  kinds.replace([ConfigMap as unknown as AnyKind]);
  const { json, protobuf } = await making;
  const { definitions, paths } = JSON.parse(json.toString());
  assert.ok(definitions['io.k8s.api.core.v1.SecretList'] !== undefined && paths['/api/v1/secrets'] !== undefined);
  assert.ok((await protobuf()).byteLength > 0);
  assert.equal(JSON.parse((await openApi.v2()).json.toString()).paths['/api/v1/secrets'], undefined);
});

test('the document of custom resources is that of the server of extensions: its title, no way to say who one is, members in order', async () => {
  const object = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        'x-kubernetes-validations': [{ rule: 'true', message: 'm' }],
        properties: { b: { type: 'string' }, a: { type: 'string' } },
      },
    },
  };
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: object } };
  const names = { plural: 'things', kind: 'Thing', singular: 'thing', listKind: 'ThingList' };
  const definition = {
    metadata: { name: 'things.g.io' },
    spec: { group: 'g.io', scope: 'Cluster', names, versions: [version] },
    status: { acceptedNames: names, conditions: [{ type: 'Established', status: 'True' }] },
  };
  const kinds = createKindIndex(customKinds(definition as never));
  const discovery = new Discovery(kinds, new Subresources([]));
  const [group]: readonly any[] = (discovery.aggregated(false) as any).items;
  assert.deepEqual(group.versions[0].resources[0].responseKind, { group: 'g.io', version: 'v1', kind: 'Thing' });
  const openApi = new OpenApi({ kinds, discovery, clock: systemClock, descriptions: async () => () => undefined });
  const rulesIn = ({ properties }: any) => Object.keys(properties.spec['x-kubernetes-validations'][0]);
  assert.deepEqual(rulesIn(JSON.parse((await openApi.v2()).json.toString()).definitions['io.g.v1.Thing']), ['message', 'rule']);
  const { info, components } = JSON.parse((await openApi.v3('apis/g.io/v1'))!.json.toString());
  assert.deepEqual(info, { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' });
  assert.equal(components.securitySchemes, undefined);
  const { properties, ...thing } = components.schemas['io.g.v1.Thing'];
  assert.deepEqual(Object.keys(properties), ['apiVersion', 'kind', 'metadata', 'spec']);
  assert.deepEqual(Object.keys(properties.spec.properties), ['a', 'b']);
  assert.deepEqual(Object.keys(thing['x-kubernetes-group-version-kind'][0]), ['group', 'kind', 'version']);
  const options = components.schemas['io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'];
  const groups: string[] = options['x-kubernetes-group-version-kind'].map(({ group }: { group: string }) => group);
  assert.ok(groups.includes('storage.k8s.io') && !groups.includes('g.io') && !groups.includes('apiregistration.k8s.io'));
});
