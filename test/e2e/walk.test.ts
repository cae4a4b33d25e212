import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestCluster } from '../helpers/cluster.ts';
import { containerStatus, forever, image, pod, shell } from '../helpers/samples.ts';

/** Needs root and Debian's node packages: what else a user types in a day, with the real kubectl. Scenarios run side by side on one cluster. */
const isPossible = process.getuid?.() === 0;
const cluster = new TestCluster(6443);
const ask = (...args: string[]) => cluster.ask(...args);

describe('a user of kubectl', { skip: !isPossible && 'needs root', concurrency: 4 }, () => {
  before(async () => {
    const up = cluster.up();
    assert.equal(up.status, 0, up.stderr);
    for (const version of ['v1', 'v2']) cluster.skiff('image', 'pack', `examples/my-api/${version}`, '-t', `my-api:${version}`);
    await ask('create', 'namespace', 'walk');
    await ask('config', 'set-context', '--current', '--namespace=walk');
    await cluster.until('there is an account for pods', () => cluster.get('serviceaccount', 'default'));
    await cluster.apply(
      pod(
        'echo',
        'echo started; while read line; do echo "got $line"; done; echo over',
        { restartPolicy: 'Never' },
        { stdin: true, stdinOnce: true },
      ),
      pod('screen', 'read line; echo "got $line"', { restartPolicy: 'Never' }, { stdin: true, tty: true }),
      pod('talker', forever, {
        containers: [
          shell('first', `for n in 1 2 3 4 5; do echo "line $n"; done; ${forever}`),
          shell(
            'second',
            'if [ -e /data/again ]; then echo "second life"; sleep 2147483647; fi; touch /data/again; echo "first life"; exit 3',
            {
              volumeMounts: [{ name: 'data', mountPath: '/data' }],
            },
          ),
        ],
        volumes: [{ name: 'data', emptyDir: {} }],
      }),
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'api', image, env: [{ name: 'DRAIN_SECONDS', value: '0' }] }] },
          },
        },
      },
    );
    await ask('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s');
  });
  after(() => cluster[Symbol.asyncDispose]());

  test('attach: input reaches the container, output comes back, the end of input ends it', async () => {
    // containerd takes input before it gives output: an answer that comes too early reaches the log alone.
    const { stdout, stderr } = await cluster.run(['attach', '-i', 'echo'], { input: 'one\ntwo\n', inputAfterMs: 1000 });
    assert.match(stdout, /got one\ngot two\nover/, stderr);
    const done = await cluster.until('it has ended', async () => {
      const found = await cluster.get('pod', 'echo');
      return found.status.phase === 'Succeeded' && found;
    });
    assert.equal(containerStatus(done).state.terminated.exitCode, 0);
  });

  test('attach -it: a terminal', async () => {
    const { stdout } = await cluster.run(['attach', '-it', 'screen'], { input: 'hello\n', inputAfterMs: 1000, tty: true });
    assert.match(stdout, /got hello/);
  });

  test('run -i --rm: a pod for one command', async () => {
    const { stdout, stderr, code } = await cluster.run(
      ['run', 'once', '-i', '--rm', `--image=${image}`, '--restart=Never', '--command', '--', 'sh', '-c', 'cat; exit 4'],
      { input: 'through\n' },
    );
    assert.match(stdout, /through/, stderr);
    assert.equal(code, 4, stderr);
    await ask('wait', '--for=delete', 'pod/once', '--timeout=30s');
  });

  test('exec -it: a terminal of the right size', async () => {
    const { stdout, code } = await cluster.run(['exec', '-it', 'talker', '-c', 'first', '--', 'sh'], {
      input: 'stty size; tty; stty cols 5; echo "$((6 * 7))"; exit 9\n',
      tty: true,
    });
    assert.match(stdout, /30 100/);
    assert.match(stdout, /\/dev\/pts\/\d/);
    assert.match(stdout, /\b42\b/);
    assert.equal(code, 9);
  });

  test('debug: a container beside those that run, seeing their processes', async () => {
    await ask('debug', 'talker', `--image=${image}`, '--container=doctor', '--target=first', '--', 'sh', '-c', 'ps; echo seen');
    await cluster.until(
      'the container has run',
      async () => containerStatus(await cluster.get('pod', 'talker'), 'doctor')?.state.terminated,
    );
    const seen = await ask('logs', 'talker', '-c', 'doctor');
    assert.match(seen, /sleep 2147483647/);
    assert.match(seen, /seen/);
    assert.match(await ask('describe', 'pod', 'talker'), /Ephemeral Containers:\n\s+doctor:/);
  });

  test('debug --copy-to: a copy with another command', async () => {
    await ask('debug', 'talker', '--copy-to=copied', '--container=second', '--share-processes', '--', 'sh', '-c', 'ps; sleep 600');
    await ask('wait', '--for=condition=Ready', 'pod/copied', '--timeout=30s');
    assert.match(await ask('logs', 'copied', '-c', 'second'), /\/pause/);
    await ask('delete', 'pod', 'copied', '--now');
  });

  test('debug node/: the machine itself', async () => {
    const node = (await cluster.get('nodes')).items[0].metadata.name;
    await ask('debug', `node/${node}`, `--image=${image}`, '--profile=general', '--', 'chroot', '/host', 'cat', '/etc/os-release');
    const debuggerPod = await cluster.until('it has run', async () =>
      (await cluster.get('pods')).items.find(
        (one: any) => one.metadata.name.startsWith('node-debugger-') && one.status.phase === 'Succeeded',
      ),
    );
    assert.match(await ask('logs', debuggerPod.metadata.name), /^ID=/m);
    await ask('delete', 'pod', debuggerPod.metadata.name);
  });

  test('top says that there are no metrics', async () => {
    for (const what of ['nodes', 'pods']) {
      const { code, stderr } = await cluster.run(['top', what]);
      assert.equal(code, 1);
      assert.match(stderr, /^error: Metrics API not available/);
    }
  });

  test('logs: of one container, of all, the last lines, with times, of the life before', async () => {
    assert.equal(await ask('logs', 'talker', '-c', 'first'), 'line 1\nline 2\nline 3\nline 4\nline 5\n');
    assert.equal(await ask('logs', 'talker', '-c', 'first', '--tail=2'), 'line 4\nline 5\n');
    assert.equal(await ask('logs', 'talker', '-c', 'first', '--limit-bytes=9'), 'line 1\nli');
    assert.match(await ask('logs', 'talker', '-c', 'first', '--tail=1', '--timestamps'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z line 5\n$/);
    assert.equal(await ask('logs', 'talker', '-c', 'first', '--since=1h', '--tail=1'), 'line 5\n');
    await cluster.until('the second container lives again', async () =>
      (await ask('logs', 'talker', '-c', 'second')).includes('second life'),
    );
    assert.equal(await ask('logs', 'talker', '-c', 'second', '--previous'), 'first life\n');
    assert.match(await ask('logs', 'talker', '-c', 'second', '--previous', '--timestamps', '--tail=1'), /^\S+Z first life\n$/);
    assert.match(await ask('logs', 'talker', '--all-containers', '--prefix'), /\[pod\/talker\/first\] line 1/);
    assert.match(await ask('logs', '-l', 'app=talker', '--tail=-1', '--all-containers'), /^line 3$/m);
    const wrong = await cluster.run(['logs', 'talker', '-c', 'nobody']);
    assert.match(wrong.stderr, /container nobody is not valid for pod talker/);
    const never = await cluster.run(['logs', 'talker', '-c', 'first', '--previous']);
    assert.match(never.stderr, /previous terminated container "first" in pod "talker" not found/);
    const several = await cluster.run(['logs', 'echo', '-c', 'main', '-f']);
    assert.match(several.stdout, /started/);
  });

  test('rollout: pause, resume, history, restart, undo', async () => {
    await ask('rollout', 'pause', 'deploy/web');
    await ask('set', 'env', 'deploy/web', 'COLOUR=red');
    await ask('annotate', 'deploy/web', 'kubernetes.io/change-cause=red');
    const paused = await cluster.until('the change was seen', async () => {
      const found = await cluster.get('deploy', 'web');
      return found.status.observedGeneration === found.metadata.generation && found;
    });
    assert.equal(paused.status.updatedReplicas ?? 0, 0);
    assert.match(
      (await cluster.run(['rollout', 'restart', 'deploy/web'])).stderr,
      /can't restart paused deployment \(run rollout resume first\)/,
    );
    await ask('rollout', 'resume', 'deploy/web');
    assert.match(await ask('rollout', 'status', 'deploy/web', '--timeout=60s'), /successfully rolled out/);
    const history = await ask('rollout', 'history', 'deploy/web');
    assert.match(history, /REVISION\s+CHANGE-CAUSE\n1\s+<none>\n2\s+red/);
    assert.match(await ask('rollout', 'history', 'deploy/web', '--revision=2'), /COLOUR:\s+red/);
    await ask('rollout', 'restart', 'deploy/web');
    await ask('rollout', 'status', 'deploy/web', '--timeout=60s');
    const restarted = await cluster.get('deploy', 'web');
    assert.match(restarted.spec.template.metadata.annotations['kubectl.kubernetes.io/restartedAt'], /^\d{4}-/);
    await ask('rollout', 'undo', 'deploy/web', '--to-revision=1');
    await ask('rollout', 'status', 'deploy/web', '--timeout=60s');
    assert.equal((await cluster.get('deploy', 'web')).spec.template.spec.containers[0].env.length, 1);
  });

  test('edit, replace, patch and apply change objects', async () => {
    await ask('create', 'configmap', 'words', '--from-literal=greeting=hello');
    const edited = await cluster.run(['edit', 'configmap', 'words'], { env: { KUBE_EDITOR: 'sed -i s/hello/goodbye/' } });
    assert.equal(edited.code, 0, edited.stderr);
    assert.equal(await ask('get', 'configmap', 'words', '-o', 'jsonpath={.data.greeting}'), 'goodbye');
    const refused = await cluster.run(['edit', 'deploy', 'web'], { env: { KUBE_EDITOR: 'sed -i "s/replicas: .*/replicas: many/"' } });
    assert.match(refused.stderr, /Edit cancelled, no valid changes were saved|deployments.* is invalid|cannot unmarshal|Invalid value/);
    const { code, stderr } = await cluster.run(['replace', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'words' }, data: { parting: 'so long' } }),
    });
    assert.equal(code, 0, stderr);
    assert.equal(await ask('get', 'configmap', 'words', '-o', 'jsonpath={.data}'), '{"parting":"so long"}');
    const stale = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'words', resourceVersion: '1' }, data: {} };
    assert.match(
      (await cluster.run(['replace', '-f', '-'], { input: JSON.stringify(stale) })).stderr,
      /the object has been modified; please apply your changes/,
    );
    const dumped = await ask('get', 'configmaps', '-l', '!nothing', '-o', 'yaml');
    assert.match(dumped, /^kind: List$/m);
    const applied = await cluster.run(['apply', '-f', '-'], { input: dumped });
    assert.equal(applied.code, 0, applied.stderr);
    const before = await cluster.get('configmap', 'words');
    const forced = await cluster.run(['replace', '--force', '-f', '-'], {
      input: JSON.stringify({ ...stale, metadata: { name: 'words' } }),
    });
    assert.equal(forced.code, 0, forced.stderr);
    assert.notEqual((await cluster.get('configmap', 'words')).metadata.uid, before.metadata.uid);
  });

  test('wait: for conditions, values, creation and deletion', async () => {
    await ask('wait', '--for=condition=Available', 'deploy/web', '--timeout=60s');
    await ask('wait', '--for=jsonpath={.status.phase}=Running', 'pod/talker', '--timeout=20s');
    const appears = ask('wait', '--for=create', 'configmap/late', '--timeout=20s');
    await ask('create', 'configmap', 'late');
    assert.match(await appears, /configmap\/late condition met/);
    const goes = ask('wait', '--for=delete', 'configmap/late', '--timeout=20s');
    await ask('delete', 'configmap', 'late');
    await goes;
    const late = await cluster.run(['wait', '--for=condition=Ready=false', 'pod/talker', '--timeout=1s']);
    assert.match(late.stderr, /timed out waiting for the condition/);
  });

  test('output in every form', async () => {
    assert.match(
      await ask('get', 'all,configmaps,secrets,endpointslices,events,serviceaccounts', '-o', 'wide'),
      /pod\/talker\s+2\/2\s+Running/,
    );
    assert.match(
      await ask('get', 'pods', '-o', 'custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[*].image,IP:.status.podIP'),
      /talker\s+my-api:v1,my-api:v1\s+10\.244\./,
    );
    assert.equal(
      await ask(
        'get',
        'pods',
        '-o',
        'jsonpath={range .items[?(@.metadata.name=="talker")]}{.metadata.name}:{.spec.containers[1].name}{"\\n"}{end}',
      ),
      'talker:second\n',
    );
    assert.equal(await ask('get', 'pod/talker', '-o', 'go-template={{range .spec.containers}}{{.name}} {{end}}'), 'first second ');
    assert.equal(await ask('get', 'pod/talker', '-o', 'name'), 'pod/talker\n');
    assert.match(await ask('get', 'pod', 'talker', '-o', 'yaml'), /^kind: Pod$/m);
    const names = (await ask('get', 'pods', '--sort-by=.metadata.name', '-o', 'name', '-l', 'app')).trim().split('\n');
    assert.deepEqual(names, [...names].sort());
    assert.match(await ask('get', 'pods', '--field-selector=status.phase=Running', '--show-labels', '--no-headers'), /talker.*app=talker/);
    assert.match(await ask('get', '--raw', '/readyz?verbose'), /\[\+\]etcd ok|\[\+\]ping ok/);
    const watch = cluster.start('-n', 'walk', 'get', 'configmaps', '--watch-only', '-o', 'name');
    let seen = '';
    watch.stdout.on('data', (chunk) => (seen += chunk));
    try {
      await cluster.until('the watch tells of it', async () => {
        await ask('create', 'configmap', `seen-${seen.length}-${performance.now().toFixed(0)}`);
        return seen.includes('configmap/seen-');
      });
    } finally {
      watch.kill();
    }
  });

  test('what the cluster can do: api-versions, api-resources, explain, cluster-info, auth', async () => {
    assert.match(await ask('cluster-info'), /control plane.* is running at .*https:\/\/127\.0\.0\.1:6443/s);
    const versions = (await ask('api-versions')).trim().split('\n');
    for (const version of ['v1', 'apps/v1', 'discovery.k8s.io/v1', 'policy/v1', 'coordination.k8s.io/v1'])
      assert(versions.includes(version), version);
    assert.match(await ask('api-resources', '--verbs=list,watch', '--namespaced=true', '-o', 'name'), /^deployments\.apps$/m);
    const explained = await ask('explain', 'deployment.spec');
    assert.match(explained, /KIND:\s+Deployment/);
    assert.match(explained, /template\t<PodTemplateSpec> -required-/);
    assert.match(await ask('explain', 'pod.spec.containers', '--recursive'), /terminationMessagePolicy\t<string>/);
    assert.match((await cluster.run(['explain', 'deployment.nonsense'])).stderr, /field "nonsense" does not exist/);
    assert.match(await ask('cluster-info', 'dump', '--namespaces=walk'), /"kind": "PodList"/);
    assert.equal((await cluster.run(['auth', 'can-i', 'delete', 'nodes', '--as=system:serviceaccount:walk:default'])).stdout.trim(), 'no');
    assert.match(await ask('auth', 'can-i', '--list'), /\*\.\*/);
  });

  test('describe tells the story of each thing', async () => {
    const node = await ask('describe', 'node');
    for (const word of ['Allocated resources', 'MemoryPressure', 'Non-terminated Pods', 'HolderIdentity'])
      assert.match(node, new RegExp(word));
    assert.match(await ask('describe', 'pod', 'talker'), /Last State:\s+Terminated\s+Reason:\s+Error\s+Exit Code:\s+3/);
    assert.match(await ask('describe', 'deploy', 'web'), /StrategyType:\s+RollingUpdate/);
    assert.match(await ask('describe', 'namespace', 'walk'), /Status:\s+Active/);
    assert.match(await ask('describe', 'svc', 'kubernetes', '-n', 'default'), /Endpoints:\s+\d/);
  });
});
