import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyKind } from '../../api/kind.ts';
import { VirtualClock } from '../../base/clock.ts';
import { cells, created, made, problems } from '../lib/testing.ts';
import { DaemonSet } from '../apps/daemon-set.ts';
import { Deployment } from '../apps/deployment.ts';
import { ReplicaSet } from '../apps/replica-set.ts';
import { StatefulSet } from '../apps/stateful-set.ts';
import { CronJob } from '../batch/cron-job.ts';
import { Job } from '../batch/job.ts';
import { Pod } from './pod.ts';
import { PodTemplate } from './pod-template.ts';
import { ReplicationController } from './replication-controller.ts';

const simple = (container: object = {}, spec: object = {}) => ({
  spec: { containers: [{ name: 'c', image: 'nginx:1.27', ...container }], ...spec },
});
const clock = new VirtualClock();

test('defaults of a plain pod are what a 1.36 API server stores', () => {
  const pod = made(Pod, {
    spec: {
      hostNetwork: true,
      volumes: [
        { name: 'v' },
        { name: 's', secret: { secretName: 's' } },
        { name: 'p', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
      ],
      containers: [
        {
          name: 'c',
          image: 'nginx',
          ports: [{ containerPort: 80 }],
          env: [{ name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m' } },
          livenessProbe: { httpGet: { port: 80 } },
        },
      ],
    },
  });
  assert.deepEqual(pod.spec, {
    volumes: [
      { name: 'v', emptyDir: {} },
      { name: 's', secret: { secretName: 's', defaultMode: 420 } },
      { name: 'p', projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3600, path: 't' } }], defaultMode: 420 } },
    ],
    containers: [
      {
        name: 'c',
        image: 'nginx',
        ports: [{ hostPort: 80, containerPort: 80, protocol: 'TCP' }],
        env: [{ name: 'N', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }],
        resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m', memory: '1Gi' } },
        livenessProbe: {
          httpGet: { path: '/', port: 80, scheme: 'HTTP' },
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'Always',
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    hostNetwork: true,
    securityContext: {},
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
  });
});

test('pull policy follows the tag', () => {
  const policies = {
    nginx: 'Always',
    'nginx:latest': 'Always',
    'nginx:1.27': 'IfNotPresent',
    'localhost:5000/nginx': 'Always',
    'localhost:5000/nginx:2': 'IfNotPresent',
    'nginx@sha256:aaaa': 'IfNotPresent',
    'nginx:latest@sha256:aaaa': 'Always',
    'UPPER CASE': 'IfNotPresent',
  };
  for (const [image, policy] of Object.entries(policies))
    assert.equal(made(Pod, simple({ image })).spec.containers[0].imagePullPolicy, policy, image);
});

test('pod-level requests follow the limits and what containers ask for', () => {
  const pod = made(Pod, simple({ resources: { requests: { cpu: '100m' } } }, { resources: { limits: { cpu: '1', memory: '1Gi' } } }));
  assert.deepEqual(pod.spec.resources, { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m', memory: '1Gi' } });
});

test('creation clears the status and says the quality of service', () => {
  const qos = (resources: object) => created(Pod, { ...simple({ resources }), status: { phase: 'Running', podIP: '1.2.3.4' } }).status;
  assert.deepEqual(qos({}), { phase: 'Pending', qosClass: 'BestEffort' });
  assert.equal(qos({ requests: { cpu: '1' } }).qosClass, 'Burstable');
  assert.equal(created(Pod, { ...simple(), status: { qosClass: 'Guaranteed' } }).status.qosClass, 'Guaranteed');
  assert.equal(qos({ limits: { cpu: '1', memory: '1Gi' } }).qosClass, 'Guaranteed');
});

test('scheduling gates show in a condition, label keys in selectors', () => {
  const constraint = {
    maxSkew: 1,
    topologyKey: 'zone',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: 'x' } },
    matchLabelKeys: ['hash'],
  };
  const pod = created(Pod, {
    metadata: { labels: { hash: '1' } },
    ...simple({}, { schedulingGates: [{ name: 'a.b/c' }], topologySpreadConstraints: [constraint] }),
  });
  assert.equal(pod.status.conditions[0].reason, 'SchedulingGated');
  assert.deepEqual(pod.spec.topologySpreadConstraints[0].labelSelector.matchExpressions, [{ key: 'hash', operator: 'In', values: ['1'] }]);
  assert.deepEqual(problems(Pod, pod), []);
});

test('status updates keep quality of service, owners and observed generations', () => {
  const old = { ...created(Pod, simple()), metadata: { name: 'a', namespace: 'default', ownerReferences: [{ uid: 'u' }] } };
  old.status = { ...old.status, observedGeneration: 3, conditions: [{ type: 'Ready', status: 'False', observedGeneration: 2 }] };
  const pod = structuredClone(old);
  pod.metadata.ownerReferences = undefined;
  pod.status = { phase: 'Running', podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] };
  Pod.strategy.defaults!(pod);
  Pod.strategy.prepareForUpdate!(pod, old, { clock, subresource: 'status' });
  assert.deepEqual(pod.metadata.ownerReferences, [{ uid: 'u' }]);
  assert.deepEqual(pod.status, {
    phase: 'Running',
    podIP: '10.0.0.1',
    podIPs: [{ ip: '10.0.0.1' }],
    qosClass: 'BestEffort',
    observedGeneration: 3,
    conditions: [{ type: 'Ready', status: 'True', observedGeneration: 2 }],
  });
});

/** state of a container status, and what else differs */
const status = (state: object, more: object = {}) => ({
  name: 'c',
  ready: false,
  restartCount: 0,
  image: '',
  imageID: '',
  state,
  lastState: {},
  ...more,
});
const shown = (state: object, spec: object = {}, metadata: object = {}) => {
  const pod = made(Pod, { ...simple({}, spec), metadata, status: state });
  const row = cells(Pod, pod, Date.parse('2026-01-01T00:10:00Z'));
  return [row.Ready, row.Status, row.Restarts].join(' | ');
};
const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
const ended = (exitCode: number, more: object = {}) => ({ terminated: { exitCode, startedAt: null, finishedAt: null, ...more } });

test('columns: ready, status, restarts', () => {
  assert.equal(shown({ phase: 'Pending' }), '0/1 | Pending | 0');
  assert.equal(shown({ phase: 'Running', containerStatuses: [status(running, { ready: true })] }), '1/1 | Running | 0');
  assert.equal(
    shown({ phase: 'Pending', containerStatuses: [status({ waiting: { reason: 'ImagePullBackOff' } })] }),
    '0/1 | ImagePullBackOff | 0',
  );
  assert.equal(shown({ phase: 'Failed', containerStatuses: [status(ended(137, { signal: 9 }))] }), '0/1 | Signal:9 | 0');
  assert.equal(shown({ phase: 'Failed', containerStatuses: [status(ended(3))] }), '0/1 | ExitCode:3 | 0');
  assert.equal(shown({ phase: 'Succeeded', containerStatuses: [status(ended(0, { reason: 'Completed' }))] }), '0/1 | Completed | 0');
  assert.equal(shown({ phase: 'Failed', reason: 'Evicted' }), '0/1 | Evicted | 0');
  const restarted = status(running, { ready: true, restartCount: 2, lastState: ended(1, { finishedAt: '2026-01-01T00:05:00Z' }) });
  assert.equal(shown({ phase: 'Running', containerStatuses: [restarted] }), '1/1 | Running | 2 (5m ago)');
});
test('columns: deletion and gates', () => {
  const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' };
  assert.equal(shown({ phase: 'Running' }, {}, metadata), '0/1 | Terminating | 0');
  assert.equal(shown({ phase: 'Running', reason: 'NodeLost' }, {}, metadata), '0/1 | Unknown | 0');
  assert.equal(shown({ phase: 'Succeeded' }, {}, metadata), '0/1 | Succeeded | 0');
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }];
  assert.equal(shown({ phase: 'Pending', conditions }), '0/1 | SchedulingGated | 0');
});
test('columns: init containers and sidecars', () => {
  const inits = {
    initContainers: [
      { name: 'i', image: 'a' },
      { name: 's', image: 'a', restartPolicy: 'Always' },
    ],
  };
  const init = (state: object, more: object = {}) => status(state, { name: 'i', ...more });
  assert.equal(shown({ phase: 'Pending', initContainerStatuses: [init(running)] }, inits), '0/2 | Init:0/2 | 0');
  assert.equal(
    shown({ phase: 'Pending', initContainerStatuses: [init({ waiting: { reason: 'CrashLoopBackOff' } })] }, inits),
    '0/2 | Init:CrashLoopBackOff | 0',
  );
  assert.equal(shown({ phase: 'Pending', initContainerStatuses: [init(ended(2))] }, inits), '0/2 | Init:ExitCode:2 | 0');
  const sidecar = status(running, { name: 's', started: true, ready: true, restartCount: 1 });
  const both = {
    phase: 'Running',
    initContainerStatuses: [init(ended(0), { restartCount: 4 }), sidecar],
    containerStatuses: [status(running, { ready: true })],
  };
  assert.equal(shown(both, inits), '2/2 | Running | 1');
});

test('a valid pod has no problems', () => {
  assert.deepEqual(problems(Pod, created(Pod, simple({ ports: [{ containerPort: 80, name: 'http' }] }))), []);
});

test('problems of new pods, in upstream words', () => {
  const label =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
  const cases: [object, string[]][] = [
    [{ spec: { containers: [] } }, ['spec.containers: Required value']],
    [simple({ name: 'A_' }), [`spec.containers[0].name: Invalid value: "A_": ${label}`]],
    [simple({ image: '' }), ['spec.containers[0].image: Required value']],
    [simple({ ports: [{ containerPort: 0 }] }), ['spec.containers[0].ports[0].containerPort: Required value']],
    [
      simple({ ports: [{ containerPort: 70000 }] }),
      ['spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
    ],
    [simple({ volumeMounts: [{ name: 'x', mountPath: '/x' }] }), ['spec.containers[0].volumeMounts[0].name: Not found: "x"']],
    [
      simple({}, { restartPolicy: 'Sometimes' }),
      ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
    ],
    [
      simple({ resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }),
      ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ],
    [
      simple({ livenessProbe: { exec: { command: ['a'] }, tcpSocket: { port: 1 } } }),
      ['spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type'],
    ],
    [simple({ livenessProbe: {} }), ['spec.containers[0].livenessProbe: Required value: must specify a handler type']],
    [
      simple({}, { nodeName: 'n', schedulingGates: [{ name: 'g' }] }),
      ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
    ],
    [
      simple({}, { tolerations: [{ operator: 'Equal', value: 'x' }] }),
      [
        'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    ],
    [
      simple({}, { initContainers: [{ name: 'i', image: 'a', readinessProbe: { exec: { command: ['a'] } } }] }),
      ['spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always'],
    ],
    [
      simple({}, { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] }),
      ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      simple({ securityContext: { allowPrivilegeEscalation: false, privileged: true } }),
      [
        'spec.containers[0].securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
      ],
    ],
  ];
  for (const [json, expected] of cases) {
    const found = problems(Pod, created(Pod, json as Record<string, unknown>));
    assert.deepEqual(found, expected);
  }
});

test('a pod changes its images, deadline and tolerations only', () => {
  const old = created(Pod, simple());
  const change = (edit: (spec: any) => void) => {
    const pod = structuredClone(old);
    edit(pod.spec);
    return problems(Pod, pod, old);
  };
  assert.deepEqual(
    change((spec) => {
      spec.containers[0].image = 'nginx:2';
    }),
    [],
  );
  assert.deepEqual(
    change((spec) => {
      spec.activeDeadlineSeconds = 5;
    }),
    [],
  );
  assert.deepEqual(
    change((spec) => {
      spec.tolerations = [{ key: 'a', operator: 'Exists' }];
    }),
    [],
  );
  const [error, ...others] = change((spec) => {
    spec.hostname = 'h';
  });
  assert.deepEqual(others, []);
  assert.equal(
    error,
    'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n' +
      '@@ -64,7 +64,7 @@\n   "SELinuxChangePolicy": null\n  },\n  "ImagePullSecrets": null,\n- "Hostname": "",\n+ "Hostname": "h",\n' +
      '  "Subdomain": "",\n  "SetHostnameAsFQDN": null,\n  "Affinity": null,\n',
  );
  assert.deepEqual(
    change((spec) => spec.containers.push({ ...spec.containers[0], name: 'd' })),
    ['spec.containers: Forbidden: pod updates may not add or remove containers'],
  );
});

test('of a pod that is held back the affinity to nodes may change, and is not shown as changed', () => {
  const held = (spec: object) => made(Pod, simple({}, { schedulingGates: [{ name: 'a.b/c' }], ...spec }));
  const [error] = problems(Pod, held({ hostname: 'h', affinity: {} }), held({}));
  assert.match(error!, /\+ {2}"NodeAffinity": null,\n/);
  assert.deepEqual(problems(Pod, held({ affinity: { nodeAffinity: {} } }), held({})), []);
});

test('volumes as devices need other names and paths than their neighbours, where they have them', () => {
  assert.deepEqual(problems(Pod, made(Pod, simple({ volumeDevices: [{}, {}] }))), [
    'spec.containers[0].volumeDevices[0].name: Required value',
    'spec.containers[0].volumeDevices[0].name: Not found: ""',
    'spec.containers[0].volumeDevices[0].devicePath: Required value',
    'spec.containers[0].volumeDevices[1].name: Required value',
    'spec.containers[0].volumeDevices[1].name: Not found: ""',
    'spec.containers[0].volumeDevices[1].devicePath: Required value',
    'spec.containers[0].volumeDevices[1].devicePath: Invalid value: "": must be unique',
  ]);
});

test('processes of a Windows host are all containers of a pod or none, in its network', () => {
  const options = (hostProcess?: boolean) => ({ securityContext: { windowsOptions: { hostProcess } } });
  const says = (spec: object, container: object = {}) =>
    problems(Pod, made(Pod, simple(container, { initContainers: [{ name: 'i', image: 'i' }], ...spec })));
  assert.deepEqual(says(options(false)), []);
  assert.deepEqual(says({ ...options(true), hostNetwork: true }), []);
  assert.deepEqual(says({ ...options(true), hostNetwork: true }, options(false)), [
    'spec.containers[0].securityContext.windowsOptions.hostProcess: Invalid value: false: pod hostProcess value must be identical if both are specified, was true',
    'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
  ]);
  assert.deepEqual(says({}, options(true)), [
    'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
    'spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers',
  ]);
});

test('groups of pods are another feature: who gives one is its manager, but nobody keeps it', () => {
  const group = { schedulingGroup: { podGroupName: 'a' } };
  assert.deepEqual(made(Pod, simple({}, group)).spec.schedulingGroup, group.schedulingGroup);
  assert.equal(created(Pod, simple({}, group)).spec.schedulingGroup, undefined);
  const template = { metadata: { labels: { app: 'x' } }, ...simple({}, group) };
  const spec = { template, selector: { matchLabels: { app: 'x' } } };
  assert.equal(created(ReplicationController, { spec: { template } }).spec.template.spec.schedulingGroup, undefined);
  for (const kind of [Deployment, ReplicaSet, DaemonSet, StatefulSet, Job] as AnyKind[])
    assert.equal(created(kind, { spec }).spec.template.spec.schedulingGroup, undefined, kind.kind);
  assert.equal(created(CronJob, { spec: { jobTemplate: { spec } } }).spec.jobTemplate.spec.template.spec.schedulingGroup, undefined);
  const now = made(PodTemplate, { template });
  PodTemplate.strategy.prepareForUpdate!(now, made(PodTemplate, { template: simple() }), { clock, subresource: '' });
  assert.equal(now.template.spec.schedulingGroup, undefined);
});

test('claims of resources of the node are another feature', () => {
  const claims = {
    status: { nodeAllocatableResourceClaimStatuses: [{ resourceClaimName: 'a', containers: ['c'], resources: { cpu: '1' } }] },
  };
  const now = made(Pod, { ...simple(), ...claims });
  Pod.strategy.prepareForUpdate!(now, made(Pod, simple()), { clock, subresource: 'status' });
  assert.equal(now.status.nodeAllocatableResourceClaimStatuses, undefined);
});

test('resize changes cpu and memory, and keeps the quality of service', () => {
  const old = created(Pod, simple({ resources: { requests: { cpu: '100m' } } }));
  const resize = (resources: object) => {
    const pod = structuredClone(old);
    pod.spec.containers[0].resources = resources;
    pod.spec.hostname = 'ignored';
    Pod.strategy.prepareForUpdate!(pod, old, { clock, subresource: 'resize' });
    assert.equal(pod.spec.hostname, undefined);
    return problems(Pod, pod, old, 'resize');
  };
  assert.deepEqual(resize({ requests: { cpu: '200m' } }), []);
  assert.deepEqual(resize({ requests: {} }), [
    'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
    'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
  ]);
  assert.match(resize({ requests: { cpu: '100m', 'ephemeral-storage': '1Gi' } }).join(), /only cpu and memory resources are mutable/);
});

test('ephemeral containers are added and then stay', () => {
  const old = created(Pod, simple());
  const pod = structuredClone(old);
  pod.spec.ephemeralContainers = made(
    Pod,
    simple({}, { ephemeralContainers: [{ name: 'debug', image: 'busybox' }] }),
  ).spec.ephemeralContainers;
  pod.spec.hostname = 'ignored';
  Pod.strategy.prepareForUpdate!(pod, old, { clock, subresource: 'ephemeralcontainers' });
  assert.equal(pod.spec.hostname, undefined);
  assert.deepEqual(problems(Pod, pod, old, 'ephemeralcontainers'), []);
  assert.match(problems(Pod, old, pod, 'ephemeralcontainers').join(), /existing ephemeral containers "debug" may not be removed/);
});

test('what ephemeral containers may not have is told in the order of their fields', () => {
  const container = {
    ...{
      name: 'debug',
      image: 'busybox',
      restartPolicy: 'Always',
      ports: [{ containerPort: 80 }],
      livenessProbe: { exec: { command: ['x'] } },
    },
    resources: { requests: { cpu: '1' } },
  };
  const refused = problems(Pod, created(Pod, simple({}, { ephemeralContainers: [container] })));
  assert.deepEqual(
    refused.filter((text) => text.includes('Ephemeral')).map((text) => text.split(':')[0]!.replace('spec.ephemeralContainers[0].', '')),
    ['ports', 'resources', 'restartPolicy', 'livenessProbe'],
  );
});

test('amounts in the status of a pod are kept to the thousandth, too', () => {
  const status = {
    name: 'a',
    image: 'x',
    allocatedResources: { cpu: '1n' },
    resources: { requests: { cpu: '1u' }, limits: { cpu: '2001u' } },
  };
  const pod = made(Pod, { spec: { containers: [] }, status: { allocatedResources: { cpu: '5n' }, initContainerStatuses: [status] } });
  assert.deepEqual(pod.status.allocatedResources, { cpu: '1m' });
  const [one] = pod.status.initContainerStatuses!;
  assert.deepEqual(one!.allocatedResources, { cpu: '1m' });
  assert.deepEqual(one!.resources, { requests: { cpu: '1m' }, limits: { cpu: '3m' } });
});
test('faults of a pod come in the order in which upstream looks for them', () => {
  const spec = {
    hostNetwork: true,
    restartPolicy: 'x',
    hostUsers: false,
    hostPID: true,
    serviceAccountName: 'A',
    subdomain: 'A',
    tolerations: [{ operator: 'x', key: 'a' }],
    hostAliases: [{ ip: 'x' }],
  };
  const fields = problems(Pod, created(Pod, simple({ ports: [{ containerPort: 80, hostPort: 81 }] }, spec))).map(
    (text) => text.split(':')[0],
  );
  assert.deepEqual(
    fields.map((field) => field!.replace('spec.', '')),
    [
      ...['containers[0].ports[0].hostPort', 'restartPolicy', 'hostNetwork', 'HostPID', 'serviceAccountName', 'subdomain'],
      ...['tolerations[0].operator', 'hostAliases[0].ip'],
    ],
  );
});

test('operators of tolerations that are not on yet are told in their order', () => {
  assert.deepEqual(problems(Pod, created(Pod, simple({}, { tolerations: [{ key: 'a', operator: 'Lt', value: '1' }] }))), [
    'spec.tolerations[0].operator: Unsupported value: "Lt": supported values: "Equal", "Exists", "Lt", "Gt"',
  ]);
});

test('an ended container does not run again unless its policy says so', () => {
  const at = (restartPolicy: string) => {
    const old = created(Pod, simple({}, { restartPolicy }));
    old.status.containerStatuses = [status(ended(0))];
    const pod = structuredClone(old);
    pod.status.containerStatuses = [status(running)];
    return problems(Pod, pod, old, 'status');
  };
  assert.deepEqual(at('Always'), []);
  assert.deepEqual(at('OnFailure'), ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state']);
});

test('warnings', () => {
  const warn = (json: Record<string, unknown>) => [...Pod.strategy.warnings!(made(Pod, json))];
  assert.deepEqual(warn(simple()), []);
  assert.deepEqual(
    warn(
      simple({
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      }),
    ),
    ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'],
  );
  assert.deepEqual(warn(simple({}, { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } })), [
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
  ]);
});

test('how volumes get their SELinux label: only Recursive may be asked for, but who had a way may have any', () => {
  const spec = (seLinuxChangePolicy?: string) => ({ ...simple({}, { securityContext: { seLinuxChangePolicy } }).spec });
  const kinds: readonly [AnyKind, (policy?: string) => Record<string, unknown>, string][] = [
    [Pod, (policy) => ({ metadata: { name: 'p' }, spec: spec(policy) }), 'spec'],
    ...[Deployment, StatefulSet, DaemonSet, ReplicaSet].map((kind): [AnyKind, (policy?: string) => Record<string, unknown>, string] => [
      kind,
      (policy) => ({
        metadata: { name: 'd' },
        spec: {
          selector: { matchLabels: { a: 'b' } },
          serviceName: 's',
          template: { metadata: { labels: { a: 'b' } }, spec: spec(policy) },
        },
      }),
      'spec.template.spec',
    ]),
    [
      Job,
      (policy) => ({ metadata: { name: 'j' }, spec: { template: { spec: { ...spec(policy), restartPolicy: 'Never' } } } }),
      'spec.template.spec',
    ],
    [PodTemplate, (policy) => ({ metadata: { name: 't' }, template: { spec: spec(policy) } }), 'template.spec'],
  ];
  for (const [kind, of, path] of kinds) {
    const object = (policy?: string) => made(kind, of(policy));
    const found = (old: string | undefined, policy: string) =>
      [...new Set(problems(kind, object(policy), object(old)))].filter((text) => text.includes('.seLinuxChangePolicy:'));
    const refused = (values: string) => [
      `${path}.securityContext.seLinuxChangePolicy: Unsupported value: "Other": supported values: ${values}`,
    ];
    assert.deepEqual(found('Recursive', 'MountOption'), [], kind.kind);
    assert.deepEqual(found('MountOption', 'MountOption'), [], kind.kind);
    assert.deepEqual(found('MountOption', 'Other'), refused('"MountOption", "Recursive"'), kind.kind);
    assert.deepEqual(found(undefined, 'Other'), refused('"Recursive"'), kind.kind);
  }
});
