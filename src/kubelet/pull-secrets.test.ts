import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentialsFor } from './pull-secrets.ts';

const secret = (auths: object) => ({
  type: 'kubernetes.io/dockerconfigjson',
  data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
});
const basic = (user: string) => ({ auth: Buffer.from(`${user}:secret`).toString('base64') });
const usersFor = (image: string, auths: object) => credentialsFor(image, [secret(auths)]).map(({ username }) => username);

test('credentials go to the registry they are for, the most specific path first', () => {
  const auths = {
    'https://index.docker.io/v1/': basic('hub'),
    'r.test:5000': basic('any'),
    'r.test:5000/team': basic('team'),
    '*.example.org': basic('wild'),
    'other.test': basic('other'),
  };
  assert.deepEqual(usersFor('nginx', auths), ['hub']);
  assert.deepEqual(usersFor('r.test:5000/team/app:v1', auths), ['team', 'any']);
  assert.deepEqual(usersFor('r.test:5000/else/app:v1', auths), ['any']);
  assert.deepEqual(usersFor('a.example.org/app', auths), ['wild']);
  assert.deepEqual(usersFor('r.test/app', auths), []);
});

test('what the runtime gets is the password, not the server, which it would take for a URL', () => {
  assert.deepEqual(credentialsFor('127.0.0.1:5000/app', [secret({ '127.0.0.1:5000': basic('me') })]), [
    { username: 'me', password: 'secret' },
  ]);
  const old = {
    type: 'kubernetes.io/dockercfg',
    data: { '.dockercfg': Buffer.from(JSON.stringify({ 'r.test': basic('old') })).toString('base64') },
  };
  assert.deepEqual(credentialsFor('r.test/app', [old]), [{ username: 'old', password: 'secret' }]);
  assert.deepEqual(
    credentialsFor('r.test/app', [
      { type: 'Opaque', data: {} },
      { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'bm9uc2Vuc2U=' } },
    ]),
    [],
  );
});

test('nothing in a secret stops the kubelet', () => {
  const stars = `${'*a'.repeat(40)}*b`;
  assert.deepEqual(usersFor(`${'a'.repeat(200)}.test/app`, { [`${stars}.test`]: basic('x') }), []);
  assert.deepEqual(usersFor(`${'a'.repeat(200)}b.test/app`, { [`${stars}.t?st`]: basic('x') }), ['x']);
  assert.deepEqual(usersFor('nginx', { [`${'/'.repeat(300_000)}x`]: basic('x') }), []);
  assert.deepEqual(usersFor('r.test/app', { 'r.test': { auth: btoa(`x:${'\0'.repeat(300_000)}y`) } }), ['x']);
  const odd = { 'r.test': null, 'r.test/': 5, 'r.test//': { auth: 5, username: ['a'] }, 'r.test///': 'text' };
  assert.deepEqual(usersFor('r.test/app', odd), [undefined, undefined, undefined, undefined]);
  assert.deepEqual(credentialsFor('r.test/app', [{ type: 'kubernetes.io/dockerconfigjson' }, { type: 'Opaque', data: {} }]), []);
});
