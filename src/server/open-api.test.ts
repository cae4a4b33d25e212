import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyKind } from '../api/kind.ts';
import { systemClock } from '../base/clock.ts';
import { nextTurn } from '../base/turn.ts';
import { APIService } from '../kinds/apiregistration/api-service.ts';
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
