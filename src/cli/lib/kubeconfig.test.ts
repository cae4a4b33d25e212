import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextName, withCluster, withoutCluster } from './kubeconfig.ts';

const adminOf = (server: string) => ({
  clusters: [{ name: contextName, cluster: { server } }],
  users: [{ name: contextName, user: {} }],
  contexts: [{ name: contextName, context: { cluster: contextName, user: contextName } }],
  'current-context': contextName,
});
const first = adminOf('https://127.0.0.1:6443');
const theirs = { clusters: [{ name: 'prod' }], users: [{ name: 'prod' }], contexts: [{ name: 'prod' }], 'current-context': 'prod' };

test('a cluster that ends takes its entries along, and no others', () => {
  const { 'current-context': current, ...rest } = withoutCluster(withCluster(theirs, first), first);
  assert.deepEqual([current, rest.clusters, rest.users, rest.contexts], ['', theirs.clusters, theirs.users, theirs.contexts]);
});
test('the entries of another cluster stay', () => {
  const config = withCluster(theirs, first);
  assert.equal(withoutCluster(config, adminOf('https://127.0.0.1:16443')), config);
  assert.equal(withoutCluster(config, {}), config);
});
