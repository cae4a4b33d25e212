import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { request, type RequestOptions } from 'node:https';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { parseYaml } from '../../src/base/yaml.ts';
import { TestCluster } from '../helpers/cluster.ts';
import { kill, pidIn } from '../helpers/machine.ts';
import { startRegistry } from '../helpers/registry.ts';
import { containerStatus, forever, isReady, pod } from '../helpers/samples.ts';

/**
 * Needs root and Debian's node packages: what a node does beside running pods of the API. Its state is on a small disk of its
 * own, so that filling it hurts nobody, and its configuration makes rare things frequent.
 */
const isPossible = process.getuid?.() === 0;
const cluster = new TestCluster(6443);
const state = cluster.env.SKIFF_HOME!;
const ask = (...args: string[]) => cluster.ask(...args);
const getPod = (name: string) => cluster.get('pod', name);
const manifests = join(state, 'manifests');
const registry = isPossible ? await startRegistry('examples/my-api/v2') : undefined;
const mebibyte = 2 ** 20;

function configure(evictionHard: Record<string, string>): string {
  const path = join(cluster.home, 'kubelet.json');
  const configuration = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    fileCheckFrequency: '2s',
    containerLogMaxSize: '64Ki',
    containerLogMaxFiles: 3,
    containerLogMonitorInterval: '1s',
    podPidsLimit: 200,
    imageMinimumGCAge: '0s',
    imageGCHighThresholdPercent: 1,
    imageGCLowThresholdPercent: 0,
    evictionHard,
    evictionPressureTransitionPeriod: '2s',
  };
  writeFileSync(path, JSON.stringify(configuration));
  return path;
}
const up = (evictionHard: Record<string, string>) => cluster.up('--kubelet-config', configure(evictionHard));
const gentle = { 'memory.available': '1Mi', 'nodefs.available': '150Mi' };
/** Of cgroup v1 or v2. */
const cgroupFile = (path: string, v1: string, v2: string) =>
  readFileSync(
    existsSync('/sys/fs/cgroup/cgroup.controllers')
      ? join('/sys/fs/cgroup', path, v2)
      : join('/sys/fs/cgroup', v1.split('/')[0]!, path, v1.split('/')[1]!),
    'utf8',
  ).trim();
const isUnified = () => existsSync('/sys/fs/cgroup/cgroup.controllers');

describe('what a node does', { skip: !isPossible && 'needs root' }, () => {
  let node = '';
  before(async () => {
    mkdirSync(state);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600m', 'skiff-test-node', state]);
    const started = up(gentle);
    assert.equal(started.status, 0, started.stderr);
    cluster.skiff('image', 'pack', 'examples/my-api/v1', '-t', 'my-api:v1');
    await cluster.until('there is an account for pods', () => cluster.get('serviceaccount', 'default'));
    node = (await cluster.get('nodes')).items[0].metadata.name;
  });
  after(async () => {
    registry?.close();
    cluster.skiff('down');
    execFileSync('umount', ['-l', state]);
    await cluster[Symbol.asyncDispose]();
  });
  const ready = (name: string) => cluster.until(`${name} is ready`, async () => isReady(await getPod(name)));
  const condition = async (type: string) =>
    (await cluster.get('node', node)).status.conditions.find((one: any) => one.type === type).status;

  describe('side by side', { concurrency: 4 }, () => {
    test('static pods: run from files, shown in the API, changed and ended with their files', async () => {
      const manifest = (script: string) =>
        JSON.stringify({ ...pod('static', script), metadata: { name: 'static', labels: { app: 'static' } } });
      writeFileSync(join(manifests, 'static.json'), manifest(`echo first; ${forever}`));
      const name = `static-${node}`;
      await ready(name);
      const shown = await getPod(name);
      assert.equal(shown.metadata.annotations['kubernetes.io/config.source'], 'file');
      assert.equal(shown.metadata.annotations['kubernetes.io/config.mirror'], shown.metadata.annotations['kubernetes.io/config.hash']);
      assert.deepEqual([shown.metadata.ownerReferences[0].kind, shown.spec.nodeName], ['Node', node]);
      assert.equal(await ask('logs', name), 'first\n');
      assert.equal(await ask('exec', name, '--', 'echo', 'inside'), 'inside\n');
      assert.match(await ask('describe', 'pod', name), /Container started/);
      await ask('delete', 'pod', name, '--wait=false');
      const again = await cluster.until('it is shown again', async () => {
        const found = await getPod(name);
        return found.metadata.uid !== shown.metadata.uid && isReady(found) && found;
      });
      assert.equal(containerStatus(again).containerID, containerStatus(shown).containerID, 'its containers were left alone');
      writeFileSync(join(manifests, 'static.json'), manifest(`echo second; ${forever}`));
      await cluster.until('the new one runs', async () => (await cluster.run(['logs', name])).stdout === 'second\n');
      await ready(name);
      writeFileSync(
        join(manifests, 'wrong.yaml'),
        'kind: Pod\napiVersion: v1\nmetadata: {name: wrong}\nspec: {volumes: [{name: a, secret: {secretName: b}}], containers: [{name: c, image: d}]}\n',
      );
      await cluster.until('the log says what is wrong', () =>
        /static pods may not reference secrets/.test(cluster.skiff('logs', '-n', '200').stdout),
      );
      rmSync(join(manifests, 'static.json'));
      await ask('wait', '--for=delete', `pod/${name}`, '--timeout=30s');
    });

    test('logs are rotated, and read across the files', async () => {
      await cluster.apply(
        pod('chatty', `i=0; while true; do i=$((i+1)); printf 'line %06d %0100d\\n' $i 0; [ $((i % 200)) = 0 ] && sleep 0.2; done`),
      );
      await ready('chatty');
      const folder = () => join('/var/log/pods', readdirSync('/var/log/pods').find((name) => name.startsWith('default_chatty_'))!, 'main');
      await cluster.until('files are rotated and the oldest removed', () => {
        const names = readdirSync(folder()).sort();
        return names.length === 3 && !readFileSync(join(folder(), names[1]!), 'utf8').includes('line 000001 ');
      });
      const lines = (await ask('logs', 'chatty', '--tail=700'))
        .trim()
        .split('\n')
        .map((line) => Number(line.slice(5, 11)));
      assert.ok(lines.length >= 700);
      assert.deepEqual(
        lines,
        lines.map((_, index) => lines[0]! + index),
        'none is missing between two files',
      );
      await ask('delete', 'pod', 'chatty', '--now');
    });

    test('images: a pull secret opens a registry, without it the pull is tried ever more rarely', async () => {
      const private_ = `${registry!.host}/shop/private:v1`;
      const server = `--docker-server=${registry!.host}`;
      await ask('create', 'secret', 'docker-registry', 'right', server, '--docker-username=tester', '--docker-password=secret');
      await ask('create', 'secret', 'docker-registry', 'wrong', server, '--docker-username=tester', '--docker-password=guess');
      const pulling = (name: string, secret: string) =>
        pod(name, forever, { imagePullSecrets: [{ name: secret }] }, { image: private_, imagePullPolicy: 'Always' });
      await cluster.apply(pulling('refused', 'wrong'), pulling('missing', 'nowhere'));
      for (const name of ['refused', 'missing']) {
        const waiting = await cluster.until(`${name} waits`, async () => {
          const found = containerStatus(await getPod(name))?.state.waiting;
          return found?.reason === 'ImagePullBackOff' && found;
        });
        assert.match(waiting.message, new RegExp(`^Back-off pulling image "${private_}": ErrImagePull: .*401 Unauthorized`));
      }
      const events = (await cluster.get('events')).items.map((one: any) => `${one.reason} ${one.message}`);
      assert(
        events.some((one: string) =>
          one.startsWith('FailedToRetrieveImagePullSecret Unable to retrieve some image pull secrets (nowhere)'),
        ),
      );
      assert(events.some((one: string) => one === `BackOff Back-off pulling image "${private_}"`));
      await cluster.apply(pulling('welcome', 'right'));
      await ready('welcome');
      assert.match(containerStatus(await getPod('welcome')).imageID, /\/shop\/private@sha256:/);
      assert.match(
        (await cluster.get('events', '--field-selector=involvedObject.name=welcome')).items.map((one: any) => one.message).join(),
        /Successfully pulled image ".*" in .* Image size: \d+ bytes/,
      );
      await ask('delete', 'pod', 'refused', 'missing', 'welcome', '--now');
    });

    test('cgroups: classes, limits, numbers of processes; a resize changes them in place', async () => {
      const resources = (cpu: string, memory: string) => ({ requests: { cpu: '100m', memory: '16Mi' }, limits: { cpu, memory } });
      await cluster.apply(pod('sized', forever, {}, { resources: resources('200m', '64Mi') }), pod('plain', forever));
      await ready('sized');
      await ready('plain');
      const before = await getPod('sized');
      const path = `kubepods/burstable/pod${before.metadata.uid}`;
      const quota = (at: string) => cgroupFile(at, 'cpu/cpu.cfs_quota_us', 'cpu.max').split(' ')[0];
      const memory = (at: string) => Number(cgroupFile(at, 'memory/memory.limit_in_bytes', 'memory.max'));
      const container = `${path}/${containerStatus(before).containerID.replace('containerd://', '')}`;
      assert.deepEqual([quota(path), memory(path), quota(container), memory(container)], ['20000', 64 * mebibyte, '20000', 64 * mebibyte]);
      assert.equal(cgroupFile(path, 'pids/pids.max', 'pids.max'), '200');
      assert.ok(
        existsSync(join('/sys/fs/cgroup', isUnified() ? '' : 'cpu', `kubepods/besteffort/pod${(await getPod('plain')).metadata.uid}`)),
      );
      if (!isUnified()) {
        const shares = (at: string) => Number(readFileSync(`/sys/fs/cgroup/cpu/${at}/cpu.shares`, 'utf8'));
        assert.equal(shares('kubepods/besteffort'), 2);
        assert.ok(shares('kubepods/burstable') >= 102);
      }
      await ask(
        'patch',
        'pod',
        'sized',
        '--subresource=resize',
        '-p',
        JSON.stringify({ spec: { containers: [{ name: 'main', resources: resources('300m', '96Mi') }] } }),
      );
      await cluster.until('the container has its new limits', () => quota(container) === '30000' && memory(container) === 96 * mebibyte);
      await cluster.until('the pod has them too', () => quota(path) === '30000' && memory(path) === 96 * mebibyte);
      const resized = await cluster.until('its status says so', async () => {
        const found = await getPod('sized');
        return containerStatus(found).resources.limits.memory === '96Mi' && found;
      });
      assert.equal(containerStatus(resized).restartCount, 0);
      const never = { spec: { containers: [{ name: 'main', resources: { requests: { cpu: '1000' }, limits: { cpu: '1000' } } }] } };
      await assert.rejects(
        ask('patch', 'pod', 'sized', '--subresource=resize', '-p', JSON.stringify(never)),
        /node didn't have enough allocatable resources: cpu, requested: 1000000, allocatable: \d+/,
      );
      await ask('delete', 'pod', 'sized', 'plain', '--now');
    });

    test('statistics through the API server', async () => {
      await cluster.apply(
        pod(
          'busy',
          `dd if=/dev/zero of=/cache/file bs=1M count=3; while true; do :; done`,
          { volumes: [{ name: 'cache', emptyDir: {} }] },
          { volumeMounts: [{ name: 'cache', mountPath: '/cache' }], resources: { limits: { cpu: '300m' } } },
        ),
      );
      await ready('busy');
      const raw = (path: string) => ask('get', '--raw', `/api/v1/nodes/${node}/proxy/${path}`);
      const found = await cluster.until('its processor time is counted', async () => {
        const summary = JSON.parse(await raw('stats/summary'));
        const one = summary.pods.find(({ podRef }: any) => podRef.name === 'busy');
        return one?.cpu.usageNanoCores > 0 && { summary, one };
      });
      const { summary, one } = found as { summary: any; one: any };
      assert.ok(
        summary.node.memory.availableBytes > 0 && summary.node.fs.capacityBytes > 500 * mebibyte && summary.node.rlimit.curproc > 0,
      );
      assert.ok(one.process_stats.process_count >= 1 && one.memory.workingSetBytes > 0);
      assert.ok(one.volume[0].usedBytes >= 3 * mebibyte && one['ephemeral-storage'].usedBytes >= 3 * mebibyte);
      assert.match(
        await raw('metrics/resource'),
        /^container_cpu_usage_seconds_total\{container="main",namespace="default",pod="busy"\} [\d.]+ \d+$/m,
      );
      assert.match(await raw('metrics/cadvisor'), /^container_memory_working_set_bytes\{container="main",.*pod="busy"\} \d+ \d+$/m);
      assert.match(await raw('metrics'), /^kubelet_running_pods \d+$/m);
      assert.equal(JSON.parse(await raw('configz')).kubeletconfig.containerLogMaxFiles, 3);
      assert.ok(JSON.parse(await raw('pods')).items.some(({ metadata }: any) => metadata.name === 'busy'));
      assert.equal(await raw('healthz'), 'ok');
      await ask('delete', 'pod', 'busy', '--now');
    });

    test("the kubelet's port: for those whom the API knows and allows", async () => {
      const { addresses, daemonEndpoints } = (await cluster.get('node', node)).status;
      const host = addresses.find(({ type }: any) => type === 'InternalIP').address;
      const port = daemonEndpoints.kubeletEndpoint.Port;
      const [config]: any[] = parseYaml(readFileSync(join(state, 'admin.kubeconfig'), 'utf8'));
      const pem = (text: string) => Buffer.from(text, 'base64').toString();
      const ca = pem(config.clusters[0].cluster['certificate-authority-data']);
      const { user } = config.users[0];
      const admin = { cert: pem(user['client-certificate-data']), key: pem(user['client-key-data']) };
      const get = (path: string, options: RequestOptions) =>
        new Promise<{ status: number; body: string }>((resolve, reject) => {
          const sent = request({ host, port, path, ca, ...options, agent: false }, async (response) =>
            resolve({ status: response.statusCode!, body: await text(response) }),
          );
          sent.on('error', reject).end();
        });
      const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
      await ask('create', 'serviceaccount', 'scraper');
      await ask('create', 'clusterrole', 'scraper', '--verb=get', '--resource=nodes/metrics');
      await ask('create', 'clusterrolebinding', 'scraper', '--clusterrole=scraper', '--serviceaccount=default:scraper');
      const scraper = bearing((await ask('create', 'token', 'scraper')).trim());

      assert.deepEqual(await get('/metrics/resource', {}), { status: 401, body: 'Unauthorized' });
      assert.equal((await get('/healthz', bearing('nonsense'))).status, 401);
      const metrics = await cluster.until('the role is in force', async () => {
        const answer = await get('/metrics/resource', scraper);
        return answer.status === 200 && answer;
      });
      assert.match(metrics.body, /^node_memory_working_set_bytes \d/m);
      assert.deepEqual(await get('/pods', scraper), {
        status: 403,
        body: 'Forbidden (user=system:serviceaccount:default:scraper, verb=get, resource=nodes, subresource(s)=[pods proxy])\n',
      });
      assert.equal(JSON.parse((await get('/pods', admin)).body).kind, 'PodList');
      const upgrade = { headers: { connection: 'Upgrade', upgrade: 'websocket' } };
      assert.equal((await get('/exec/default/busy/main?command=id', upgrade)).status, 401);
    });

    test('pods that keep too much on the disk are evicted', async () => {
      const fill = (path: string, count: number) => `dd if=/dev/zero of=${path} bs=1M count=${count} 2>/dev/null; ${forever}`;
      await cluster.apply(
        pod(
          'hoarder',
          fill('/cache/file', 8),
          { volumes: [{ name: 'cache', emptyDir: { sizeLimit: '4Mi' } }] },
          { volumeMounts: [{ name: 'cache', mountPath: '/cache' }] },
        ),
        pod('writer', fill('/tmp/file', 8), {}, { resources: { limits: { 'ephemeral-storage': '4Mi' } } }),
        pod(
          'modest',
          fill('/cache/file', 2),
          { volumes: [{ name: 'cache', emptyDir: { sizeLimit: '4Mi' } }] },
          { volumeMounts: [{ name: 'cache', mountPath: '/cache' }] },
        ),
      );
      for (const [name, words] of [
        ['hoarder', /^Usage of EmptyDir volume "cache" exceeds the limit "4Mi"\. $/],
        [
          'writer',
          /^(Pod ephemeral local storage usage exceeds the total limit of containers 4Mi|Container main exceeded its local ephemeral storage limit "4Mi")\. $/,
        ],
      ] as const) {
        const evicted = await cluster.until(`${name} is evicted`, async () => {
          const found = await getPod(name);
          return found.status.phase === 'Failed' && found;
        });
        assert.deepEqual([evicted.status.reason], ['Evicted']);
        assert.match(evicted.status.message, words);
      }
      assert.equal((await getPod('modest')).status.phase, 'Running');
      await ask('delete', 'pod', 'hoarder', 'writer', 'modest', '--now');
    });
  });

  test('a disk that fills up: pressure, eviction of who fills it, and back', async () => {
    const fill = 'dd if=/dev/zero of=/cache/file bs=1M count=450 2>/dev/null; sleep 2147483647';
    const cache = { volumes: [{ name: 'cache', emptyDir: {} }] };
    await cluster.apply(pod('bystander', forever), pod('filler', fill, cache, { volumeMounts: [{ name: 'cache', mountPath: '/cache' }] }));
    const evicted = await cluster.until('who fills the disk is evicted', async () => {
      const found = await getPod('filler');
      return found.status.phase === 'Failed' && found;
    });
    assert.match(
      evicted.status.message,
      /^The node was low on resource: ephemeral-storage\. Threshold quantity: 150Mi, available: \d+Ki\. /,
    );
    assert.ok(evicted.status.conditions.some((one: any) => one.type === 'DisruptionTarget' && one.reason === 'TerminationByKubelet'));
    const events = (await cluster.get('events')).items.map((one: any) => one.reason);
    assert.ok(events.includes('NodeHasDiskPressure') && events.includes('Evicted'), events.join());
    // Before pods were ended, images went that nobody used; not what is made here and could not be pulled again.
    assert.ok(!cluster.skiff('image', 'ls').stdout.includes('shop/private'));
    assert.match(cluster.skiff('image', 'ls').stdout, /my-api:v1/);
    await cluster.until('the pressure is gone', async () => (await condition('DiskPressure')) === 'False');
    assert.equal((await getPod('bystander')).status.phase, 'Running');
    await ask('delete', 'pod', 'filler', '--now');
  });

  test('a server that is started again adopts static pods, and removes images that nobody uses and a registry has', async () => {
    writeFileSync(join(manifests, 'lasting.json'), JSON.stringify(pod('lasting', forever)));
    await ready(`lasting-${node}`);
    const before = containerStatus(await getPod(`lasting-${node}`)).containerID;
    await cluster.apply(pod('passing', forever, { imagePullSecrets: [{ name: 'right' }] }, { image: `${registry!.host}/shop/private:v1` }));
    await ready('passing');
    await ask('delete', 'pod', 'passing', '--now');
    assert.match(cluster.skiff('image', 'ls').stdout, /shop\/private:v1/);
    kill([pidIn(join(state, 'skiff.pid'))]);
    const again = up(gentle);
    assert.equal(again.status, 0, again.stderr);
    await cluster.until('the image is gone', () => !cluster.skiff('image', 'ls').stdout.includes('shop/private'));
    assert.match(cluster.skiff('image', 'ls').stdout, /my-api:v1/, 'what no registry has stays');
    assert.equal(containerStatus(await getPod(`lasting-${node}`)).containerID, before);
  });

  test('a machine without memory to spare: pressure, and eviction of pods, but not of static ones', async () => {
    kill([pidIn(join(state, 'skiff.pid'))]);
    const short = up({ 'memory.available': '99%' });
    assert.equal(short.status, 0, short.stderr);
    const evicted = await cluster.until('a pod is evicted', async () => {
      const found = await getPod('bystander');
      return found.status.phase === 'Failed' && found;
    });
    assert.match(evicted.status.message, /^The node was low on resource: memory\. Threshold quantity: \d+(Ki)?, available: \d+Ki\. /);
    await cluster.until('the pressure is told', async () => (await condition('MemoryPressure')) === 'True');
    await cluster.until('the node is tainted', async () =>
      (await cluster.get('node', node)).spec.taints?.some((one: any) => one.key === 'node.kubernetes.io/memory-pressure'),
    );
    assert.ok(isReady(await getPod(`lasting-${node}`)));
    kill([pidIn(join(state, 'skiff.pid'))]);
    assert.equal(up(gentle).status, 0);
    await cluster.until('the pressure is gone', async () => (await condition('MemoryPressure')) === 'False');
    await ask('delete', 'pod', 'bystander', '--now');
  });
});
