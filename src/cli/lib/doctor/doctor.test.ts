import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding, MachineState } from '../../backend.ts';
import { type ClusterState, clusterFindings } from './cluster-findings.ts';
import { machineFindings } from './machine-findings.ts';

const nowMs = Date.UTC(2026, 0, 10);
const dayMs = 86_400_000;
const gibibyte = 2 ** 30;
const well: MachineState = {
  nowMs,
  stateDir: '/s',
  storeDir: '/s/store',
  local: true,
  hasState: true,
  serverRuns: true,
  stalePid: false,
  lastLog: '',
  isRoot: true,
  missingPackages: [],
  missingKernel: [],
  missingControllers: [],
  hybridCgroups: false,
  sysctls: [{ name: 'net.ipv4.ip_forward', value: '1', wanted: '1' }],
  forwardDrops: false,
  overlaps: [],
  nameservers: ['9.9.9.9'],
  inotifyInstances: 128,
  owner: undefined,
  containerd: 'runs',
  containerdLog: '/s/containerd/containerd.log',
  disks: [{ path: '/s', what: 'objects', availableBytes: 50 * gibibyte, capacityBytes: 100 * gibibyte, inodes: 1000, inodesFree: 900 }],
  memory: { availableBytes: 4 * gibibyte, totalBytes: 8 * gibibyte },
  certificates: [{ name: 'serving', notBeforeMs: nowMs - dayMs, notAfterMs: nowMs + 300 * dayMs }],
  store: { state: 'unknown', message: '' },
  takenPorts: [],
};
const bad = (findings: readonly Finding[]) => findings.filter(({ level }) => level !== 'ok');
/** The only complaint about a machine that is well but for this. */
function only(change: Partial<MachineState>): Finding {
  const found = bad(machineFindings({ ...well, ...change }));
  assert.equal(found.length, 1, JSON.stringify(found));
  assert.ok(found[0]!.advice, 'it says what to do');
  return found[0]!;
}
const disk = (more: object) => ({ disks: [{ ...well.disks[0]!, ...more }] });

test('a machine that is well', () => {
  assert.deepEqual(bad(machineFindings(well)), []);
});

test('each thing that is wrong with a machine has its words and its advice', () => {
  const cases: readonly (readonly [Partial<MachineState>, RegExp, RegExp])[] = [
    [{ isRoot: false }, /needs root/, /sudo|simulated/],
    [{ missingPackages: ['crun', 'nftables'] }, /packages of a node are missing: crun nftables/, /apt-get install crun nftables/],
    [{ missingKernel: ['br_netfilter'] }, /kernel lacks br_netfilter/, /modprobe/],
    [{ missingControllers: ['memory'] }, /controllers are missing: memory/, /cgroup_enable/],
    [{ hybridCgroups: true }, /mixed/, /v1/],
    [
      { sysctls: [{ name: 'net.ipv4.ip_forward', value: '0', wanted: '1' }] },
      /ip_forward is 0, not 1/,
      /sysctl -w net\.ipv4\.ip_forward=1/,
    ],
    [{ sysctls: [{ name: 'net.bridge.bridge-nf-call-iptables', value: '', wanted: '1' }] }, /is not there, not 1/, /Services/],
    [{ forwardDrops: true }, /drops forwarded packets/, /iptables -P FORWARD ACCEPT/],
    [{ overlaps: [{ network: '10.244.0.0/16', route: '10.244.0.0/24 by tun0' }] }, /10\.244\.0\.0\/24 by tun0/, /VPN/],
    [{ nameservers: [] }, /names no server/, /nameserver/],
    [{ inotifyInstances: 8 }, /max_user_instances is 8/, /sysctl -w/],
    [{ owner: '/other' }, /another cluster, in \/other/, /SKIFF_HOME=\/other skiff down/],
    [{ containerd: 'stopped' }, /containerd of the node does not run/, /containerd\.log/],
    [{ containerd: 'hangs' }, /containerd does not answer/, /kill -9/],
    [{ containerd: 'runs', serverRuns: false, hasState: false }, /containers still run without a server/, /skiff down/],
    [disk({ availableBytes: 1000 }), /the disk of \/s is full/, /refuses writes/],
    [disk({ availableBytes: gibibyte }), /has 1024 MiB left/, /DiskPressure/],
    [disk({ inodesFree: 3 }), /no room for more files/, /remove/],
    [{ memory: { availableBytes: 1000, totalBytes: gibibyte } }, /memory are available/, /MemoryPressure/],
    [{ certificates: [{ name: 'serving', notBeforeMs: 0, notAfterMs: nowMs - dayMs }] }, /serving ended on 2026-01-09/, /skiff up/],
    [{ certificates: [{ name: 'serving', notBeforeMs: 0, notAfterMs: nowMs + dayMs }] }, /serving ends on 2026-01-11/, /skiff up/],
    [{ certificates: [{ name: 'cluster-ca', notBeforeMs: 0, notAfterMs: 1 }] }, /cluster-ca ended on 1970-01-01/, /move \/s\/pki away/],
    [{ certificates: [{ name: 'admin', notBeforeMs: nowMs + dayMs, notAfterMs: nowMs + 9 * dayMs }] }, /clock says 2026-01-10/, /clock/],
    [{ store: { state: 'damaged', message: 'page 7 is damaged' } }, /store is damaged: page 7/, /restore \/s\/store from a backup/],
    [{ serverRuns: false, containerd: 'stopped', lastLog: 'oops' }, /not running/, /skiff up.*oops/],
    [{ serverRuns: false, containerd: 'stopped', stalePid: true }, /was killed/, /skiff up/],
    [
      { takenPorts: [{ number: 6443, of: 'API', by: 'nginx (process 7)' }] },
      /port 6443 of the API is taken by nginx \(process 7\)/,
      /--port/,
    ],
    [{ takenPorts: [{ number: 10250, of: 'kubelet', by: '' }] }, /port 10250 of the kubelet is taken$/, /--kubelet-config/],
  ];
  for (const [change, what, advice] of cases) {
    const found = only(change);
    assert.match(found.what, what);
    assert.match(found.advice!, advice);
  }
});

test('a machine that is no node is not asked for what nodes need', () => {
  assert.deepEqual(bad(machineFindings({ ...well, local: false, isRoot: false, missingPackages: ['crun'], containerd: 'stopped' })), []);
});

const empty: ClusterState = { nodes: [], pods: [], events: [], deployments: [], services: [], slices: [], namespaces: [], nowMs };
const long = new Date(nowMs - 600_000).toISOString();
const node = (status: object = {}, spec: object = {}) =>
  ({ metadata: { name: 'n1' }, spec, status: { conditions: [{ type: 'Ready', status: 'True' }], ...status } }) as never;
const pod = (status: object, more: { metadata?: object; spec?: object } = {}) =>
  ({
    metadata: { namespace: 'shop', name: 'web', uid: 'u1', creationTimestamp: long, labels: { app: 'web' }, ...more.metadata },
    spec: { nodeName: 'n1', ...more.spec },
    status: { phase: 'Running', ...status },
  }) as never;
const container = (more: object) => ({ containerStatuses: [{ name: 'main', image: 'web:v1', restartCount: 0, ...more }] });
const waiting = (reason: string, message: string, more: object = {}) => container({ state: { waiting: { reason, message } }, ...more });
const event = (reason: string, message: string) => ({ involvedObject: { uid: 'u1' }, reason, message, lastTimestamp: long }) as never;

test('a cluster that is well', () => {
  const ready = { conditions: [{ type: 'Ready', status: 'True' }], ...container({ state: { running: {} } }) };
  assert.deepEqual(clusterFindings({ ...empty, nodes: [node()], pods: [pod(ready), pod({ phase: 'Succeeded' })] }), [
    { level: 'ok', what: 'nodes are Ready, and all 2 pods are well' },
  ]);
});

test('each thing that is wrong in a cluster has its words and its advice', () => {
  const notReady = (message: string) => node({ conditions: [{ type: 'Ready', status: 'False', message }] });
  const crash = (terminated: object) => waiting('CrashLoopBackOff', 'back-off 5m0s', { restartCount: 9, lastState: { terminated } });
  const service = { metadata: { namespace: 'shop', name: 'front' }, spec: { selector: { app: 'web' } } } as never;
  const cases: readonly (readonly [Partial<ClusterState>, RegExp, RegExp])[] = [
    [{ nodes: [] }, /has no node/, /skiff logs/],
    [{ nodes: [notReady('container runtime is down: x')] }, /n1 is not Ready: container runtime is down/, /containerd/],
    [{ nodes: [notReady('container runtime network not ready: cni')] }, /network not ready/, /no network yet/],
    [
      { nodes: [node({ conditions: [{ type: 'Ready', status: 'Unknown', message: 'Kubelet stopped posting node status.' }] })] },
      /stopped posting/,
      /overloaded/,
    ],
    [
      {
        nodes: [
          node({
            conditions: [
              { type: 'Ready', status: 'True' },
              { type: 'DiskPressure', status: 'True' },
            ],
          }),
        ],
      },
      /has DiskPressure/,
      /remove unused/,
    ],
    [{ nodes: [node({}, { unschedulable: true })] }, /cordoned/, /kubectl uncordon n1/],
    [
      { pods: [pod(crash({ exitCode: 1, reason: 'Error' }))] },
      /shop\/web, container main keeps crashing \(exit code 1, 9 restarts\)/,
      /kubectl logs -n shop web -c main --previous/,
    ],
    [{ pods: [pod(crash({ exitCode: 137, reason: 'OOMKilled' }))] }, /out of memory/, /raise resources\.limits\.memory/],
    [{ pods: [pod(crash({ exitCode: 127 }))] }, /exit code 127/, /did not find a command/],
    [{ pods: [pod(waiting('ImagePullBackOff', '401 Unauthorized'))] }, /image web:v1 cannot be pulled/, /imagePullSecrets/],
    [{ pods: [pod(waiting('ErrImagePull', 'web:v1: not found'))] }, /not found/, /skiff image/],
    [{ pods: [pod(waiting('CreateContainerConfigError', 'configmap "a" not found'))] }, /configmap "a" not found/, /make the ConfigMap/],
    [{ pods: [pod(waiting('RunContainerError', 'exec: "x": not found'))] }, /cannot be started/, /command/],
    [
      { pods: [pod(container({ state: { running: {} }, restartCount: 7, lastState: { terminated: { exitCode: 2 } } }))] },
      /restarted 7 times/,
      /--previous/,
    ],
    [{ pods: [pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory. ' })] }, /was evicted/, /requests/],
    [
      {
        pods: [
          pod(
            { phase: 'Pending', conditions: [{ type: 'PodScheduled', reason: 'Unschedulable', message: '0/1 nodes are available' }] },
            { spec: { nodeName: undefined } },
          ),
        ],
      },
      /no node takes the pod shop\/web: 0\/1 nodes/,
      /requests/,
    ],
    [{ pods: [pod({ phase: 'Pending' }, { spec: { nodeName: undefined } })] }, /has not been placed/, /scheduler/],
    [
      { pods: [pod({ phase: 'Pending' })], events: [event('FailedMount', 'secret "a" not found')] },
      /cannot start: secret "a" not found/,
      /describe/,
    ],
    [
      {
        pods: [pod({ conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: long }] })],
        events: [event('Unhealthy', 'Readiness probe failed: 503')],
      },
      /runs but is not ready: Readiness probe failed: 503/,
      /traffic/,
    ],
    [{ pods: [pod({}, { metadata: { deletionTimestamp: long, finalizers: ['a/b'] } })] }, /long after its deletion/, /a\/b/],
    [
      {
        deployments: [
          {
            metadata: { namespace: 'shop', name: 'web' },
            status: { conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }] },
          } as never,
        ],
      },
      /does not get on/,
      /rollout undo/,
    ],
    [
      {
        deployments: [
          {
            metadata: { namespace: 'shop', name: 'web' },
            status: { conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }] },
          } as never,
        ],
      },
      /exceeded quota/,
      /quota/,
    ],
    [{ services: [service] }, /shop\/front leads nowhere: no pod has the labels app=web/, /--show-labels/],
    [
      {
        namespaces: [
          {
            metadata: { name: 'old', deletionTimestamp: long },
            status: { conditions: [{ status: 'True', message: 'Some content remains' }] },
          } as never,
        ],
      },
      /old has been ending.*Some content remains/,
      /finalizers/,
    ],
  ];
  for (const [change, what, advice] of cases) {
    const found = bad(clusterFindings({ ...empty, nodes: [node()], ...change }));
    assert.equal(found.length, 1, `${what}: ${JSON.stringify(found)}`);
    assert.match(found[0]!.what, what);
    assert.match(found[0]!.advice!, advice);
  }
});

test('a Service whose slice has no endpoints is told as one that leads nowhere', () => {
  const labels = { 'kubernetes.io/service-name': 'api' };
  const services = [{ metadata: { namespace: 'shop', name: 'api' }, spec: { type: 'ClusterIP', selector: { app: 'api' } } }] as never;
  const slices = [{ metadata: { namespace: 'shop', name: 'api-1', labels }, endpoints: [] }] as never;
  const found = clusterFindings({ ...empty, nodes: [node()], services, slices });
  assert.ok(
    found.some(({ level, what }) => level !== 'ok' && what.includes('shop/api')),
    JSON.stringify(found),
  );
});
