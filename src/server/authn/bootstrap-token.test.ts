import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryResources } from '../../../test/helpers/memory-resources.ts';
import { VirtualClock } from '../../base/clock.ts';
import { createBootstrapTokenAuthenticator } from './bootstrap-token.ts';

test('a secret in kube-system makes a token count, while it says so', async (t) => {
  const clock = new VirtualClock();
  const token = '07401b.f395accd246ae52d';
  const good = { 'token-id': '07401b', 'token-secret': 'f395accd246ae52d', 'usage-bootstrap-authentication': 'true' };
  const ask = (data: Record<string, string>, more: { name?: string; namespace?: string; type?: string } = {}, given = token) => {
    const resources = new MemoryResources();
    resources.add('', 'Secret', {
      metadata: { name: more.name ?? 'bootstrap-token-07401b', namespace: more.namespace ?? 'kube-system' },
      type: more.type ?? 'bootstrap.kubernetes.io/token',
      data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
    });
    return createBootstrapTokenAuthenticator(resources, ['api'], clock)(given, ['api']);
  };
  const groups = { 'auth-extra-groups': 'system:bootstrappers:b,system:bootstrappers:a' };
  const soon = new Date(clock.now() + 1000).toISOString();
  assert.deepEqual((await ask({ ...good, ...groups, expiration: soon }))?.identity, {
    user: 'system:bootstrap:07401b',
    groups: ['system:bootstrappers', 'system:bootstrappers:a', 'system:bootstrappers:b'],
  });
  const wrong: Readonly<Record<string, Promise<unknown>>> = {
    'other secret': ask({ ...good, 'token-secret': 'f395accd246ae52e' }),
    'longer secret': ask({ ...good, 'token-secret': 'f395accd246ae52dx' }),
    'other id': ask({ ...good, 'token-id': 'aaaaaa' }),
    'other type': ask(good, { type: 'Opaque' }),
    'other namespace': ask(good, { namespace: 'default' }),
    'for signing only': ask({ ...good, 'usage-bootstrap-authentication': 'false' }),
    expired: ask({ ...good, expiration: new Date(clock.now()).toISOString() }),
    'an end that cannot be read': ask({ ...good, expiration: 'soon' }),
    'a group of others': ask({ ...good, 'auth-extra-groups': 'system:masters' }),
    'no token of this form': ask(good, {}, `${token}.x`),
  };
  for (const [name, answer] of Object.entries(wrong)) await t.test(name, async () => assert.equal(await answer, undefined));
});
