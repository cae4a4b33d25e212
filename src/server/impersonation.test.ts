import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Identity } from '../client/call.ts';
import { Impersonation } from './impersonation.ts';
import { requestInfo } from './request-info.ts';
import type { Attributes } from './types.ts';

const agent: Identity = {
  user: 'system:serviceaccount:kube-system:agent',
  groups: ['system:serviceaccounts'],
  extra: { 'authentication.kubernetes.io/node-name': ['n1'], 'authentication.kubernetes.io/pod-name': ['p'] },
};
const ann: Identity = { user: 'ann', groups: ['system:authenticated'] };
const listPods = requestInfo('GET', '/api/v1/namespaces/shop/pods', {});

/** 'verb group/resource/subresource namespace/name' */
const questionOf = ({ verb, group, resource, subresource, namespace, name }: Attributes) =>
  `${verb} ${[group, resource, subresource].filter((part) => part !== '').join('/')} ${namespace}/${name}`;

function ask(caller: Identity, rawHeaders: readonly string[], allowed: readonly string[] | 'all', times = 1) {
  const asked: string[] = [];
  const identities: Identity[] = [];
  const impersonation = new Impersonation((attributes) => {
    const question = questionOf(attributes);
    asked.push(question);
    identities.push(attributes.identity);
    return allowed === 'all' || allowed.includes(question) ? { decision: 'allow', reason: '' } : { decision: 'noOpinion', reason: '' };
  });
  const headers: Record<string, string> = {};
  for (let at = 0; at < rawHeaders.length; at += 2) headers[rawHeaders[at]!.toLowerCase()] = rawHeaders[at + 1]!;
  const once = async () => await impersonation.of({ headers, rawHeaders }, listPods, caller);
  const result = (async () => {
    let found: Awaited<ReturnType<typeof once>>;
    for (let time = 0; time < times; time++) {
      asked.length = 0;
      found = await once();
    }
    return found;
  })();
  return { result, asked, identities };
}

test('without headers nobody else is meant; without a user nothing can be', async () => {
  assert.equal(await ask(ann, ['Accept', '*/*'], 'all').result, undefined);
  await assert.rejects(ask(ann, ['Impersonate-Group', 'c'], 'all').result, {
    code: 400,
    message:
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"c"}, Extra:map[string][]string(nil)} without impersonating a user name',
  });
  await assert.rejects(ask(ann, ['Impersonate-Uid', '5', 'Impersonate-Extra-X', '1'], 'all').result, {
    message:
      'requested &user.DefaultInfo{Name:"", UID:"5", Groups:[]string(nil), Extra:map[string][]string{"x":[]string{"1"}}} without impersonating a user name',
  });
});

test('legacy impersonation: each thing is asked for, groups are completed', async () => {
  const legacy = [
    'impersonate users /bob',
    'impersonate authentication.k8s.io/uids /7',
    'impersonate groups /a,b',
    'impersonate groups /c',
    'impersonate authentication.k8s.io/userextras/foo/bar /x, y',
    'impersonate authentication.k8s.io/userextras/foo/bar /z',
  ];
  const headers = [
    ...['Impersonate-User', 'bob', 'Impersonate-Uid', '7', 'Impersonate-Group', 'a,b', 'Impersonate-Group', 'c'],
    ...['Impersonate-Extra-Foo%2Fbar', 'x, y', 'Impersonate-Extra-Foo%2Fbar', 'z'],
  ];
  const identity = { user: 'bob', uid: '7', groups: ['a,b', 'c', 'system:authenticated'], extra: { 'foo/bar': ['x, y', 'z'] } };
  const { result, asked } = ask(ann, headers, legacy, 2);
  assert.deepEqual(await result, { identity });
  assert.deepEqual(asked, legacy, 'the way that worked is tried first the next time');
  for (const left of legacy) {
    const rest = legacy.filter((question) => question !== left);
    await assert.rejects(ask(ann, headers, rest).result, {
      code: 403,
      message: 'pods is forbidden: User "ann" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "shop"',
    });
  }
  const groupsOf = async (...more: string[]) => (await ask(ann, ['Impersonate-User', ...more], 'all').result)?.identity.groups;
  assert.deepEqual(await groupsOf('system:anonymous'), ['system:unauthenticated']);
  assert.deepEqual(await groupsOf('bob', 'Impersonate-Group', 'system:unauthenticated'), ['system:unauthenticated']);
});

test('service accounts bring their groups along', async () => {
  const headers = ['Impersonate-User', 'system:serviceaccount:shop:web'];
  const groups = ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'];
  const constrained = [
    'impersonate-on:serviceaccount:list pods shop/',
    'impersonate:serviceaccount authentication.k8s.io/serviceaccounts shop/web',
  ];
  const { result } = ask(ann, headers, constrained);
  assert.deepEqual(await result, { identity: { user: headers[1], groups }, constraint: 'impersonate:serviceaccount' });
  assert.deepEqual(await ask(ann, headers, ['impersonate serviceaccounts shop/web']).result, { identity: { user: headers[1], groups } });
});

test('a service account may be the node that it runs on, whichever that is', async () => {
  const rights = ['impersonate-on:associated-node:list pods shop/', 'impersonate:associated-node authentication.k8s.io/nodes /*'];
  const { result, identities } = ask(agent, ['Impersonate-User', 'system:node:n1'], rights);
  assert.deepEqual(await result, {
    identity: { user: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] },
    constraint: 'impersonate:associated-node',
  });
  assert.deepEqual(identities[0]?.extra, {
    'authentication.kubernetes.io/associated-node-keys': [
      'authentication.kubernetes.io/node-name',
      'authentication.kubernetes.io/pod-name',
    ],
  });
  await assert.rejects(ask(agent, ['Impersonate-User', 'system:node:n2'], rights).result, { code: 403, message: /arbitrary-node/ });
  await assert.rejects(ask({ ...agent, user: 'eve' }, ['Impersonate-User', 'system:node:n1'], rights).result, { code: 403 });
});

test('users under constraints: never masters, many at once by one question', async () => {
  const on = 'impersonate-on:user-info:list pods shop/';
  const user = 'impersonate:user-info authentication.k8s.io/users /bob';
  const groups = (...names: string[]) => names.flatMap((name) => ['Impersonate-Group', name]);
  const { result, asked } = ask(
    ann,
    ['Impersonate-User', 'bob', ...groups('a', 'b', 'c', 'd')],
    [on, user, 'impersonate:user-info authentication.k8s.io/groups /*'],
  );
  assert.equal((await result)?.constraint, 'impersonate:user-info');
  assert.equal(asked.length, 3);
  const refusedBy = async (headers: readonly string[], reason: RegExp) =>
    assert.rejects(ask(ann, ['Impersonate-User', 'bob', ...headers], [on, user]).result, { code: 403, message: reason });
  await refusedBy(
    groups('system:masters'),
    /cannot impersonate:user-info resource "groups" .*: impersonating the system:masters group is not allowed$/,
  );
  await refusedBy(groups(''), /impersonating the empty string group is not allowed$/);
  await refusedBy(
    ['Impersonate-Extra-Plain', 'x'],
    /impersonating an invalid key in extra is not allowed: extra.key: Invalid value: "plain": must be a domain-prefixed path/,
  );
});
