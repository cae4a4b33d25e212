import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/clock.ts';
import type { Client } from '../client/client.ts';
import { NodeAccess, nodeAttributes } from './access.ts';

test('what each path of a kubelet needs', () => {
  const cases: readonly [string, string, string, readonly string[]][] = [
    ['GET', '/metrics', 'get', ['metrics']],
    ['GET', '/metrics/resource', 'get', ['metrics']],
    ['GET', '/metricsx', 'get', ['proxy']],
    ['GET', '/stats/summary', 'get', ['stats']],
    ['GET', '/logs/', 'get', ['log']],
    ['GET', '/pods', 'get', ['pods', 'proxy']],
    ['GET', '/runningpods/', 'get', ['pods', 'proxy']],
    ['GET', '/healthz/ping', 'get', ['healthz', 'proxy']],
    ['GET', '/configz', 'get', ['configz', 'proxy']],
    ['POST', '/exec/shop/web/main', 'create', ['proxy']],
    ['GET', '/containerLogs/shop/web/main', 'get', ['proxy']],
    ['GET', '/constructor', 'get', ['proxy']],
    ['TRACE', '/', '', ['proxy']],
  ];
  for (const [method, path, verb, subresources] of cases) assert.deepEqual(nodeAttributes(method, path), { verb, subresources }, path);
});

test('the API is asked who has a token and what they may, and again once the answer is old', async () => {
  const asked: any[] = [];
  let allowed = ['metrics'];
  const client = {
    create: async (kind: { kind: string }, { spec }: any) => {
      asked.push([kind.kind, spec.token ?? spec.resourceAttributes.subresource]);
      if (kind.kind === 'TokenReview')
        return { status: spec.token === 'good' ? { authenticated: true, user: { username: 'scraper', groups: ['g'] } } : {} };
      return { status: { allowed: spec.user === 'scraper' && allowed.includes(spec.resourceAttributes.subresource) } };
    },
  } as unknown as Client;
  const clock = new VirtualClock();
  const access = new NodeAccess({ nodeName: 'n1', client, clock });

  assert.equal(await access.userOf(undefined), undefined);
  assert.equal(await access.userOf('Basic Zm9v'), undefined);
  assert.equal(await access.userOf('Bearer bad'), undefined);
  const user = (await access.userOf('Bearer good'))!;
  assert.equal(user.username, 'scraper');
  assert.equal(await access.refusal(user, 'GET', '/metrics/cadvisor'), undefined);
  assert.equal(
    await access.refusal(user, 'GET', '/pods'),
    'Forbidden (user=scraper, verb=get, resource=nodes, subresource(s)=[pods proxy])\n',
  );
  const before = asked.length;
  await access.userOf('Bearer good');
  await access.refusal(user, 'GET', '/metrics/cadvisor');
  await access.refusal(user, 'GET', '/pods');
  assert.equal(asked.length, before);
  allowed = ['proxy'];
  await clock.advance(31_000);
  assert.equal(await access.refusal(user, 'GET', '/pods'), undefined);
});
