import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadKinds } from '../kinds/catalog.node.ts';
import { requestInfo } from './request-info.ts';
import { Routes } from './routes.ts';

test('paths of built-in kinds and their methods', async () => {
  const kinds = await loadKinds();
  const routes = new Routes(({ kind }) =>
    kind === 'Pod'
      ? [
          { name: 'status', verbs: ['get', 'patch', 'update'], body: { group: '', version: 'v1', kind } },
          { name: 'exec', verbs: ['create', 'get'], body: { group: '', version: 'v1', kind }, connects: 'plain' },
          { name: 'proxy', verbs: ['create', 'delete', 'get'], body: { group: '', version: 'v1', kind }, connects: 'path' },
        ]
      : [],
  );
  const cases: [string, string | undefined][] = [
    ['/api/v1/pods', 'GET'],
    ['/api/v1/pods/', 'GET'],
    ['/api/v1/pods/a', undefined],
    ['/api/v1/namespaces/a/pods', 'POST DELETE GET'],
    ['/api/v1/namespaces//pods', 'POST DELETE GET'],
    ['/api/v1/namespaces/a/pods/b', 'DELETE GET PATCH PUT'],
    ['/api/v1/namespaces/a/pods/b%2Fc', undefined],
    ['/api/v1/namespaces/a/pods/b/status', 'GET PATCH PUT'],
    ['/api/v1/namespaces/a/pods/b/status/c', undefined],
    ['/api/v1/namespaces/a/pods/b/exec', 'POST GET'],
    ['/api/v1/namespaces/a/pods/b/proxy/c/d', 'GET POST PUT PATCH DELETE HEAD OPTIONS'],
    ['/api/v1/namespaces/a/nodes', undefined],
    ['/api/v1/watch/namespaces/a/pods/b', 'GET'],
    ['/api/v1/watch/pods/b', undefined],
    ['/api/v1/watch/nodes/b', 'GET'],
    ['/api/v1/bindings', undefined],
    ['/api/v1/namespaces/a/bindings', 'POST'],
    ['/api/v1/namespaces', 'POST GET'],
    ['/api/v1/namespaces/a', 'DELETE GET PATCH PUT'],
  ];
  for (const [path, expected] of cases) {
    const info = requestInfo('GET', path, {});
    const kind = kinds.find(({ group, version, plural }) => group === '' && version === 'v1' && plural === info.resource)!;
    const found = routes.methodsAt(kind, info);
    assert.deepEqual(found && [...found].sort(), expected?.split(' ').sort(), path);
  }
});
