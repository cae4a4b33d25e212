import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import { TestCluster } from '../helpers/cluster.ts';
import { startHealthServer } from '../helpers/grpc-health.ts';
import { containerStatus, forever, isReady, pod, shell } from '../helpers/samples.ts';

/** Needs root and Debian's node packages: the life of containers on a real node. Scenarios run side by side; what takes long is begun together. */
const isPossible = process.getuid?.() === 0;
const cluster = new TestCluster(6443);
const ask = (...args: string[]) => cluster.ask(...args);
const getPod = (name: string) => cluster.get('pod', name);
const diary = mkdtempSync(join(tmpdir(), 'skiff-diary-'));
const health = isPossible ? await startHealthServer() : undefined;

/** A folder of this machine where containers write what happened, in order. */
const diaryVolume = { name: 'diary', hostPath: { path: diary } };
const diaryMount = { volumeMounts: [{ name: 'diary', mountPath: '/diary' }] };
const write = (file: string, word: string) => `echo ${word} >> /diary/${file}`;
const read = (file: string) => readFileSync(join(diary, file), 'utf8').trim().split('\n');
const onTerm = (file: string, word: string) => `trap '${write(file, word)}; exit 0' TERM; sleep 2147483647 & wait`;

const scenarios = () => [
  // It lives long enough for each of its ends to be seen by who asks at times.
  pod('crasher', 'echo up; sleep 2; exit 1'),
  pod(
    'hooked',
    onTerm('hooks', 'terminated'),
    { volumes: [diaryVolume] },
    {
      ...diaryMount,
      lifecycle: {
        postStart: { exec: { command: ['sh', '-c', write('hooks', 'postStart')] } },
        preStop: { exec: { command: ['sh', '-c', `sleep 0.5; ${write('hooks', 'preStop')}`] } },
      },
    },
  ),
  pod('bad-hook', forever, {}, { lifecycle: { postStart: { exec: { command: ['sh', '-c', 'exit 5'] } } } }),
  pod('ordered', '', {
    volumes: [diaryVolume],
    terminationGracePeriodSeconds: 10,
    initContainers: [
      shell('first', write('order', 'first'), diaryMount),
      shell('side', `sleep 1; touch /tmp/ready; ${write('order', 'side')}; ${onTerm('order', 'side-over')}`, {
        ...diaryMount,
        restartPolicy: 'Always',
        startupProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1, failureThreshold: 30 },
      }),
      shell('second', write('order', 'second'), diaryMount),
    ],
    containers: [
      shell(
        'main',
        `${write('order', 'main')}; trap 'sleep 1; ${write('order', 'main-over')}; exit 0' TERM; sleep 2147483647 & wait`,
        diaryMount,
      ),
    ],
  }),
  pod('last-words', 'echo "from the file" > /dev/termination-log; exit 2', { restartPolicy: 'Never' }),
  pod('last-log', 'echo "from the log"; exit 2', { restartPolicy: 'Never' }, { terminationMessagePolicy: 'FallbackToLogsOnError' }),
  pod('own-words', 'echo "my own place" > /tmp/words', { restartPolicy: 'Never' }, { terminationMessagePath: '/tmp/words' }),
  pod(
    'calls',
    forever,
    { hostNetwork: true },
    {
      readinessProbe: { grpc: { port: health!.port, service: 'shop' }, periodSeconds: 1, failureThreshold: 1 },
      startupProbe: { grpc: { port: health!.port }, periodSeconds: 1 },
    },
  ),
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'red', 'kept.txt': 'old' } },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { key: 'one' } },
  pod(
    'mounted',
    forever,
    {
      volumes: [
        { name: 'settings', configMap: { name: 'settings' } },
        { name: 'keys', secret: { secretName: 'keys', defaultMode: 0o400 } },
        { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '4Mi' } },
        { name: 'disk', emptyDir: {} },
        {
          name: 'all',
          projected: {
            sources: [
              { serviceAccountToken: { path: 'token', audience: 'shop', expirationSeconds: 700 } },
              { configMap: { name: 'settings', items: [{ key: 'colour', path: 'deep/colour' }] } },
              { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
            ],
          },
        },
      ],
    },
    {
      env: [
        { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
        { name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
      ],
      resources: { limits: { memory: '64Mi', cpu: '200m' } },
      volumeMounts: [
        { name: 'settings', mountPath: '/settings' },
        { name: 'settings', mountPath: '/one/kept.txt', subPath: 'kept.txt' },
        { name: 'keys', mountPath: '/keys', readOnly: true },
        { name: 'memory', mountPath: '/memory' },
        { name: 'disk', mountPath: '/disk', subPathExpr: 'of-$(NODE)' },
        { name: 'all', mountPath: '/all' },
      ],
    },
    { labels: { season: 'spring' } },
  ),
];

describe('containers', { skip: !isPossible && 'needs root', concurrency: 6 }, () => {
  before(async () => {
    const up = cluster.up();
    assert.equal(up.status, 0, up.stderr);
    cluster.skiff('image', 'pack', 'examples/my-api/v1', '-t', 'my-api:v1');
    await cluster.until('there is an account for pods', () => cluster.get('serviceaccount', 'default'));
    await cluster.apply(...scenarios());
  });
  after(async () => {
    health?.close();
    await cluster[Symbol.asyncDispose]();
    rmSync(diary, { recursive: true, force: true });
  });
  const ready = (name: string) => cluster.until(`${name} is ready`, async () => isReady(await getPod(name)));

  test('a container that crashes is started again at once, then after 10 s, then after 20 s', async () => {
    const lives = new Map<string, { readonly fromMs: number; readonly toMs: number }>();
    const shown = new Set<string>();
    await cluster.until(
      'four lives are over',
      async () => {
        const { state, lastState } = containerStatus(await getPod('crasher')) ?? {};
        for (const one of [state?.terminated, lastState?.terminated])
          if (one) lives.set(one.containerID, { fromMs: Date.parse(one.startedAt), toMs: Date.parse(one.finishedAt) });
        if (state?.waiting?.reason === 'CrashLoopBackOff') shown.add(state.waiting.message);
        return lives.size >= 4;
      },
      90_000,
    );
    for (const delay of ['10s', '20s'])
      assert([...shown].some((one) => one.startsWith(`back-off ${delay} restarting failed container=main pod=crasher_default(`)));
    const [first, second, third, fourth] = [...lives.values()].sort((a, b) => a.fromMs - b.fromMs);
    // Times are told in whole seconds.
    assert(second!.fromMs - first!.toMs < 9_000 && third!.fromMs - second!.toMs >= 9_000 && fourth!.fromMs - third!.toMs >= 19_000);
    const events = (await cluster.get('events', '--field-selector=involvedObject.name=crasher')).items;
    assert(
      events.some(
        (one: any) => one.reason === 'BackOff' && /^Back-off restarting failed container main in pod crasher_default\(/.test(one.message),
      ),
    );
    assert.match(await ask('get', 'pod', 'crasher'), /crasher\s+0\/1\s+(CrashLoopBackOff|Error)\s+3 \(\d+s ago\)/);
  });

  test('hooks run after the start and before the stop', async () => {
    await ready('hooked');
    assert.deepEqual(read('hooks'), ['postStart']);
    await ask('delete', 'pod', 'hooked', '--grace-period=10');
    assert.deepEqual(read('hooks'), ['postStart', 'preStop', 'terminated']);
  });

  test('a container whose postStart hook fails is killed and started again', async () => {
    const failed = await cluster.until('it was killed', async () => {
      const found = await getPod('bad-hook');
      return containerStatus(found)?.lastState?.terminated && found;
    });
    assert.notEqual(containerStatus(failed).lastState.terminated.exitCode, undefined);
    const events = await cluster.until('it is told', async () => {
      const { items } = await cluster.get('events', '--field-selector=involvedObject.name=bad-hook');
      return items.some((one: any) => one.reason === 'FailedPostStartHook') && items;
    });
    assert(events.some((one: any) => one.reason === 'Killing'));
  });

  test('init containers, sidecars and containers start in order and end in the reverse', async () => {
    await ready('ordered');
    assert.deepEqual(read('order'), ['first', 'side', 'second', 'main']);
    assert.match(await ask('get', 'pod', 'ordered'), /ordered\s+2\/2\s+Running/);
    await ask('delete', 'pod', 'ordered');
    assert.deepEqual(read('order').slice(4), ['main-over', 'side-over']);
  });

  test('termination messages come from the file, another file, or the log', async () => {
    for (const [name, words] of [
      ['last-words', 'from the file\n'],
      ['last-log', 'from the log\n'],
      ['own-words', 'my own place\n'],
    ] as const) {
      const ended = await cluster.until(`${name} has ended`, async () => containerStatus(await getPod(name))?.state.terminated);
      assert.equal(ended.message, words);
    }
  });

  test('probes by gRPC', async () => {
    await ready('calls');
    assert(health!.asked.includes('shop') && health!.asked.includes(''));
    health!.state = 2;
    await cluster.until('it is not ready', async () => !isReady(await getPod('calls')));
    const events = await cluster.until('it is told', async () => {
      const { items } = await cluster.get('events', '--field-selector=involvedObject.name=calls');
      return items.filter((one: any) => one.reason === 'Unhealthy').length > 0 && items;
    });
    assert(events.some((one: any) => one.message === 'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")'));
    health!.state = 1;
    await ready('calls');
  });

  test('volumes: live updates, subPath, memory, tokens, the downward API', async () => {
    await ready('mounted');
    const inside = (script: string) => ask('exec', 'mounted', '--', 'sh', '-c', script);
    assert.equal(
      await inside('cat /settings/colour /one/kept.txt /keys/key /all/deep/colour; stat -Lc %a /keys/key; echo $LIMIT'),
      'redoldonered400\n64\n',
    );
    assert.match(await inside('cat /all/labels'), /season="spring"/);
    assert.match(await inside('grep " /memory " /proc/mounts'), /^tmpfs .*size=4096k/);
    assert.notEqual((await cluster.run(['exec', 'mounted', '--', 'dd', 'if=/dev/zero', 'of=/memory/much', 'bs=1M', 'count=8'])).code, 0);
    await inside('echo kept > /disk/file; rm /memory/much');
    assert.match(await inside('grep " /disk " /proc/self/mountinfo'), /\/of-[^ ]+ \/disk /);
    const claims = JSON.parse(Buffer.from((await inside('cat /all/token')).split('.')[1]!, 'base64url').toString());
    assert.deepEqual([claims.aud, claims.exp - claims.iat, claims['kubernetes.io'].pod.name], [['shop'], 700, 'mounted']);
    const own = await inside('cat /var/run/secrets/kubernetes.io/serviceaccount/token');
    assert.match(
      await ask(
        'auth',
        'whoami',
        `--token=${own}`,
        '--kubeconfig=/dev/null',
        `--server=https://127.0.0.1:${cluster.port}`,
        '--insecure-skip-tls-verify',
      ),
      /system:serviceaccount:default:default/,
    );
    await ask('patch', 'configmap', 'settings', '-p', '{"data":{"colour":"blue","kept.txt":"new"}}');
    await ask('label', 'pod', 'mounted', 'season=summer', '--overwrite');
    await cluster.until('the change arrives', async () => (await inside('cat /settings/colour /all/deep/colour')) === 'blueblue', 40_000);
    await cluster.until('the label arrives', async () => (await inside('cat /all/labels')).includes('season="summer"'), 40_000);
    assert.equal(await inside('cat /one/kept.txt; cat /settings/kept.txt'), 'oldnew');
  });
});
