import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStored } from '../api/kind.ts';
import { loadKinds } from '../kinds/catalog.node.ts';
import { RegistryLayout } from './registry-layout.ts';

test('keys are those of upstream, and come back from them', async () => {
  const kinds = (await loadKinds()).filter(isStored);
  const layout = new RegistryLayout(kinds);
  const table = {
    '/core/pods/shop/web': 'pods/shop/web',
    '/core/nodes/n1': 'minions/n1',
    '/core/services/shop/web': 'services/specs/shop/web',
    '/core/endpoints/shop/web': 'services/endpoints/shop/web',
    '/core/replicationcontrollers/shop/web': 'controllers/shop/web',
    '/core/events/shop/web.1': 'events/shop/web.1',
    '/networking.k8s.io/ingresses/shop/web': 'ingress/shop/web',
    '/apps/deployments/shop/web': 'deployments/shop/web',
    '/rbac.authorization.k8s.io/clusterroles/system:node': 'clusterroles/system:node',
    '/coordination.k8s.io/leases/kube-node-lease/n1': 'leases/kube-node-lease/n1',
    '/apiregistration.k8s.io/apiservices/v1.apps': 'apiregistration.k8s.io/apiservices/v1.apps',
    '/apiextensions.k8s.io/customresourcedefinitions/x.example.com': 'apiextensions.k8s.io/customresourcedefinitions/x.example.com',
    '/example.com/gadgets/shop/one': 'example.com/gadgets/shop/one',
    '/gateway.networking.k8s.io/gateways/shop/one': 'gateway.networking.k8s.io/gateways/shop/one',
  };
  for (const [key, path] of Object.entries(table)) assert.deepEqual([layout.toPath(key), layout.toKey(path)], [path, key]);
  assert.deepEqual(
    [layout.toPath('/'), layout.toPath('/core/services/'), layout.toPath('/core/pods/shop/')],
    ['', 'services/specs/', 'pods/shop/'],
  );
  for (const path of ['masterleases/192.0.2.1', 'ranges/serviceips', 'health', '']) assert.equal(layout.toKey(path), undefined);
  const paths = new Set(kinds.map(({ group, plural }) => layout.toPath(`/${group || 'core'}/${plural}/`)));
  assert.equal(paths.size, new Set(kinds.map(({ group, plural }) => `${group === 'events.k8s.io' ? '' : group}/${plural}`)).size);
});
