import { LoadClient, measure, type Measurement, type Target } from './load.ts';

/** What is measured, in order; each needs what the ones before left. */
export const operations = ['create', 'get', 'list', 'page of 500', 'patch status', 'get+update', 'fan-out to 100', 'delete'] as const;
export type Operation = (typeof operations)[number];

export const podCount = 3000;
const namespace = 'bench';
const pods = `/api/v1/namespaces/${namespace}/pods`;
const watchers = 100;
const fanOutWrites = 300;
const wholeAnswer = Number.POSITIVE_INFINITY;
/** Enough for a list's metadata. */
const headBytes = 2000;

const podName = (index: number) => `pod-${String(index).padStart(5, '0')}`;

/** A pod as a Deployment makes it, about 3 KB when stored. */
function pod(index: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(index),
      namespace,
      labels: { app: `app-${index % 30}`, tier: 'backend', 'pod-template-hash': '7d9c6b8f5d' },
      annotations: { 'example.org/revision': '3', 'example.org/owner': 'team-a' },
    },
    spec: {
      nodeName: `node-${index % 10}`,
      containers: [
        {
          name: 'api',
          image: 'registry.example.org/team-a/api-server:v1.2.3',
          args: ['--listen=:8080', '--log-level=info'],
          ports: [{ name: 'http', containerPort: 8080 }],
          env: Array.from({ length: 8 }, (_, number) => ({ name: `SETTING_${number}`, value: `value of setting ${number}` })),
          resources: { requests: { cpu: '250m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
          readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 5 },
          livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 },
          volumeMounts: [{ name: 'config', mountPath: '/etc/config' }],
        },
      ],
      volumes: [{ name: 'config', configMap: { name: 'api-config' } }],
    },
  });
}
const statusPatch = (index: number) =>
  JSON.stringify({
    status: {
      phase: 'Running',
      podIP: `10.244.${index >> 8}.${index & 255}`,
      conditions: [{ type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: '2026-01-01T00:00:00Z' }],
      containerStatuses: [
        {
          name: 'api',
          ready: true,
          restartCount: 0,
          image: 'registry.example.org/team-a/api-server:v1.2.3',
          imageID: 'sha256:0123456789abcdef',
          state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
        },
      ],
    },
  });

export async function prepare(target: Target): Promise<void> {
  await using client = new LoadClient(target, 1);
  await client.call('POST', '/api/v1/namespaces', JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }));
  await client
    .call(
      'POST',
      `/api/v1/namespaces/${namespace}/serviceaccounts`,
      JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } }),
    )
    .catch((error: Error) => {
      if (!error.message.includes('409')) throw error;
    });
}

/** All operations on one server, `report` after each. Leaves the namespace empty. */
export async function run(target: Target, report: (operation: Operation, result: Measurement) => void): Promise<void> {
  await using client = new LoadClient(target);
  report('create', await measure(podCount, (index) => client.call('POST', pods, pod(index))));
  report('get', await measure(podCount * 3, (index) => client.call('GET', `${pods}/${podName((index * 7919) % podCount)}`)));
  report('list', await measure(60, () => client.call('GET', pods), 4));
  report('page of 500', await measure(120, (index) => page(client, index)));
  report(
    'patch status',
    await measure(podCount, (index) =>
      client.call('PATCH', `${pods}/${podName(index)}/status`, statusPatch(index), 'application/strategic-merge-patch+json'),
    ),
  );
  report(
    'get+update',
    await measure(podCount, async (index) => {
      const { text } = await client.call('GET', `${pods}/${podName(index)}`, undefined, undefined, wholeAnswer);
      const object = JSON.parse(text) as { metadata: { labels: Record<string, string> } };
      object.metadata.labels.updated = 'yes';
      await client.call('PUT', `${pods}/${podName(index)}`, JSON.stringify(object));
    }),
  );
  report('fan-out to 100', await fanOut(client, target));
  report('delete', await measure(podCount, (index) => client.call('DELETE', `${pods}/${podName(index)}?gracePeriodSeconds=0`)));
}

let token = '';
async function page(client: LoadClient, index: number): Promise<void> {
  const from = index % 6 === 0 ? '' : token;
  const { text } = await client.call(
    'GET',
    `${pods}?limit=500${from === '' ? '' : `&continue=${encodeURIComponent(from)}`}`,
    undefined,
    undefined,
    headBytes,
  );
  token = /"continue":"([^"]*)"/.exec(text)?.[1] ?? '';
}

/** Events delivered per second, over all watchers. */
async function fanOut(client: LoadClient, target: Target): Promise<Measurement> {
  await using readers = new LoadClient(target, 10);
  const { text } = await client.call('GET', `${pods}?limit=1`, undefined, undefined, headBytes);
  const revision = /"resourceVersion":"(\d+)"/.exec(text)?.[1] ?? '0';
  let seen = 0;
  const wanted = watchers * fanOutWrites;
  const { promise, resolve } = Promise.withResolvers<void>();
  const open = Array.from({ length: watchers }, () =>
    readers.watch(`${pods}?watch=true&resourceVersion=${revision}`, (chunk) => {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) seen++;
      if (seen >= wanted) resolve();
    }),
  );
  await new Promise((done) => setTimeout(done, 500));
  const startMs = performance.now();
  const writes = measure(
    fanOutWrites,
    (index) =>
      client.call(
        'PATCH',
        `${pods}/${podName(index)}`,
        JSON.stringify({ metadata: { labels: { round: 'two' } } }),
        'application/merge-patch+json',
      ),
    16,
  );
  await Promise.all([writes, promise]);
  const seconds = (performance.now() - startMs) / 1000;
  for (const watch of open) watch.close();
  const { p50Ms, p99Ms } = await writes;
  return { perSecond: wanted / seconds, p50Ms, p99Ms };
}
