import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuery } from './options.ts';
import { requestInfo } from './request-info.ts';

test('paths and what they ask for', () => {
  const cases: [string, string, string][] = [
    ['GET', '/api/v1/pods', 'list  v1 pods   '],
    ['GET', '/api/v1/pods?watch=1', 'watch  v1 pods   '],
    ['GET', '/api/v1/watch/namespaces/a/pods', 'watch  v1 pods  a '],
    ['POST', '/api/v1/namespaces/a/pods', 'create  v1 pods  a '],
    ['GET', '/api/v1/namespaces/a', 'get  v1 namespaces  a a'],
    ['PUT', '/api/v1/namespaces/a/finalize', 'update  v1 namespaces finalize a a'],
    ['GET', '/api/v1/namespaces/a/pods/b/log', 'get  v1 pods log a b'],
    ['DELETE', '/apis/apps/v1/namespaces/a/deployments', 'deletecollection apps v1 deployments  a '],
    ['PATCH', '/apis/apps/v1/namespaces/a/deployments/b/scale', 'patch apps v1 deployments scale a b'],
    ['GET', '/api/v1/nodes?fieldSelector=metadata.name%3Dn', 'list  v1 nodes   n'],
    ['GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode', 'get rbac.authorization.k8s.io v1 clusterroles   system:node'],
    ['GET', '/api/v1/namespaces/a/services/https:s:443/proxy/x/y%2Fz/', 'get  v1 services proxy a https:s:443'],
  ];
  for (const [method, target, expected] of cases) {
    const [path = '', search = ''] = target.split('?');
    const { isResource, verb, group, version, resource, subresource, namespace, name } = requestInfo(method, path, parseQuery(search));
    assert.equal(isResource, true, target);
    assert.equal([verb, group, version, resource, subresource, namespace, name].join(' '), expected, target);
  }
  for (const path of ['/', '/api', '/api/v1', '/apis/apps/v1', '/version', '/healthz']) {
    assert.equal(requestInfo('GET', path, {}).isResource, false, path);
  }
  const parted = requestInfo('GET', '/api/v1/namespaces/a/pods/b%2Flog', {});
  assert.deepEqual([parted.name, parted.subresource], ['b', 'log']);
  assert.equal(requestInfo('GET', '/api/v1/proxy/pods/a', {}).verb, 'proxy');
  for (const path of ['/api/v1/watch', '/apis/apps/v1/watch/'])
    assert.throws(() => requestInfo('GET', path, {}), { code: 500, message: /unable to determine kind and namespace from url, \/api/ });
  const escaped = requestInfo('GET', '/%61pi%2Fv1/pods/%ff%41', {});
  assert.deepEqual([escaped.resource, escaped.name, escaped.path], ['pods', '\ufffdA', '/api/v1/pods/\ufffdA']);
  assert.throws(() => requestInfo('GET', '/api/v1/pods/%zz', {}), URIError);
  const proxied = requestInfo('GET', '/api/v1/nodes/n/proxy/logs/a%2Fb/', {});
  assert.equal(proxied.rest, '/logs/a%2Fb/');
});

test('a method is no property of every object', () => {
  for (const method of ['constructor', 'toString', '__proto__', 'FOO', ''])
    assert.equal(requestInfo(method, '/api/v1/pods', {}).verb, '', method);
});
