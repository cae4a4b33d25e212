import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { load } from 'js-yaml';
import { bootstrapPolicy } from './policy.ts';

const golden = join(homedir(), '.cache/skiff-upstream/src/plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata');

test('roles come before bindings, names are unique', () => {
  const policy = bootstrapPolicy();
  const ids = policy.map((object) => `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`);
  assert.equal(new Set(ids).size, ids.length);
  const firstBinding = policy.findIndex((object) => object.kind.endsWith('Binding'));
  assert.ok(policy.slice(firstBinding).every((object) => object.kind.endsWith('Binding')));
  for (const name of ['cluster-admin', 'admin', 'edit', 'view', 'system:public-info-viewer', 'system:node'])
    assert.ok(ids.includes(`ClusterRole//${name}`), name);
});

test('equals the published default policy, where that is at hand', { skip: !existsSync(golden) }, () => {
  const files = [
    'cluster-roles',
    'controller-roles',
    'namespace-roles',
    'cluster-role-bindings',
    'controller-role-bindings',
    'namespace-role-bindings',
  ];
  const expected = files.flatMap((file) => (load(readFileSync(join(golden, `${file}.yaml`), 'utf8')) as { items: any[] }).items);
  const id = (object: any) => `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  const plain = (object: any) => {
    const { rules, subjects, ...rest } = JSON.parse(JSON.stringify(object));
    return { ...rest, rules: rules ?? [], subjects: subjects ?? [] };
  };
  const sorted = (objects: readonly any[]) => [...objects].map(plain).sort((a, b) => (id(a) < id(b) ? -1 : 1));
  assert.deepEqual(sorted(bootstrapPolicy()), sorted(expected));
});
