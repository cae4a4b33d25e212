import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestCluster } from '../helpers/cluster.ts';

/** Needs root and Debian's node packages: a chart's life by the real Helm that comes with the project. In order. */
const isPossible = process.getuid?.() === 0;
const cluster = new TestCluster(6443);
const chart = 'test/e2e/chart';

async function helm(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.skiffAsync('helm', ...args);
  assert.equal(code, 0, `helm ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}
const deployment = () => cluster.get('deployment', 'front-shop', '-n', 'market');
const greetings = async () => (await cluster.get('configmap', 'front-shop', '-n', 'market')).data.GREETING;

describe('helm', { skip: !isPossible && 'needs root' }, () => {
  before(() => {
    const up = cluster.up();
    assert.equal(up.status, 0, up.stderr);
    for (const version of ['v1', 'v2']) cluster.skiff('image', 'pack', `examples/my-api/${version}`, '-t', `my-api:${version}`);
  });
  after(() => cluster[Symbol.asyncDispose]());

  test('install, with its namespace, and wait until it is ready', async () => {
    const told = await helm('install', 'front', chart, '-n', 'market', '--create-namespace', '--wait', '--timeout', '90s');
    assert.match(told, /STATUS: deployed/);
    assert.match(told, /The shop answers at http:\/\/front-shop\.market/);
    assert.equal((await deployment()).status.readyReplicas, 1);
    assert.equal(await greetings(), 'hello');
    assert.match(await helm('list', '-n', 'market'), /front\s+market\s+1\s+.*deployed\s+shop-0\.1\.0\s+v1/);
  });

  test('its test runs as a pod', async () => {
    assert.match(await helm('test', 'front', '-n', 'market', '--timeout', '90s'), /Phase:\s+Succeeded/);
  });

  test('upgrade, history, rollback', async () => {
    await helm(
      'upgrade',
      'front',
      chart,
      '-n',
      'market',
      '--set',
      'replicaCount=2,image.tag=v2,greeting=welcome',
      '--wait',
      '--timeout',
      '90s',
    );
    const upgraded = await deployment();
    assert.deepEqual(
      [upgraded.spec.replicas, upgraded.status.readyReplicas, upgraded.spec.template.spec.containers[0].image],
      [2, 2, 'my-api:v2'],
    );
    assert.equal(await greetings(), 'welcome');
    assert.match(await helm('get', 'values', 'front', '-n', 'market'), /greeting: welcome/);
    await helm('rollback', 'front', '1', '-n', 'market', '--wait', '--timeout', '90s');
    assert.equal((await deployment()).spec.template.spec.containers[0].image, 'my-api:v1');
    assert.equal(await greetings(), 'hello');
    const history = JSON.parse(await helm('history', 'front', '-n', 'market', '-o', 'json')) as { status: string; description: string }[];
    assert.deepEqual(
      history.map(({ status, description }) => [status, description]),
      [
        ['superseded', 'Install complete'],
        ['superseded', 'Upgrade complete'],
        ['deployed', 'Rollback to 1'],
      ],
    );
  });

  test('what cannot be installed is refused and leaves the release as it was', async () => {
    const { code, stderr } = await cluster.skiffAsync('helm', 'upgrade', 'front', chart, '-n', 'market', '--set', 'service.port=99999');
    assert.notEqual(code, 0);
    assert.match(stderr, /Invalid value: 99999: must be between 1 and 65535, inclusive/);
    assert.equal((await cluster.get('service', 'front-shop', '-n', 'market')).spec.ports[0].port, 80);
  });

  test('uninstall', async () => {
    assert.match(await helm('uninstall', 'front', '-n', 'market', '--wait', '--timeout', '60s'), /uninstalled/);
    await cluster.until('all is gone', async () => {
      const { items } = await cluster.get(
        'deployments,services,configmaps,serviceaccounts,roles,rolebindings,secrets',
        '-n',
        'market',
        '-l',
        'app.kubernetes.io/managed-by=Helm',
      );
      return items.length === 0;
    });
    assert.doesNotMatch(await helm('list', '-n', 'market'), /front/);
  });
});
