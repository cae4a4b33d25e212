import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { created, made, problems } from '../lib/testing.ts';
import { Pod } from './pod.ts';
import { PodTemplate } from './pod-template.ts';

const clock = new VirtualClock();
const simple = (container: object = {}, spec: object = {}) => ({
  spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec },
});
const requests = (cpu: string) => ({ resources: { requests: { cpu } } });

function resize(old: any, change: (spec: any) => void): string[] {
  const pod = structuredClone(old);
  change(pod.spec);
  Pod.strategy.prepareForUpdate!(pod, old, { clock, subresource: 'resize' });
  return problems(Pod, pod, old, 'resize');
}

test('a resize looks at the whole spec that it was given where containers are others', () => {
  const old = created(Pod, simple(requests('1')));
  assert.deepEqual(
    resize(old, (spec) => (spec.containers = [])),
    [
      'spec.containers: Required value',
      'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
      'spec.containers: Forbidden: containers may not be added or removed on resize',
    ],
  );
  assert.deepEqual(
    resize(old, (spec) => (spec.containers[0].name = 'd')),
    ['spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize'],
  );
});

test('a resize tells of what was removed first, then of what may not change', () => {
  const restarts = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }];
  const init = { name: 'i', image: 'i', ...requests('1') };
  const old = created(Pod, simple(requests('1'), { initContainers: [init] }));
  assert.deepEqual(
    resize(old, (spec) => {
      spec.containers[0].resources.requests = { memory: '1Gi' };
      spec.containers[0].resizePolicy = restarts;
      spec.initContainers[0].resizePolicy = restarts;
    }),
    [
      'spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": must not be set to \'RestartContainer\' for non-sidecar initContainers',
      'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
      'spec: Forbidden: only cpu and memory resources are mutable',
      'spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable',
      'spec.initContainers[0]: Forbidden: non-sidecar init containers with a resize policy of RestartContainer cannot be resized',
    ],
  );
});

test('the resources of a pod as a whole may be resized, but not be taken away', () => {
  const old = created(Pod, simple(requests('1'), { resources: { requests: { cpu: '2' } } }));
  assert.deepEqual(
    resize(old, (spec) => (spec.resources.requests.cpu = '3')),
    [],
  );
  assert.deepEqual(
    resize(old, (spec) => delete spec.resources),
    ['spec.resources: Forbidden: pod-level resources cannot be removed'],
  );
});

test('statuses of containers: users, and what is allocated', () => {
  const old = created(Pod, simple({ resources: { requests: { 'example.com/a': '1' }, limits: { 'example.com/a': '1' } } }));
  const status = (one: object) => problems(Pod, { ...old, status: { ...old.status, ...one } }, old, 'status');
  const state = { name: 'c', state: {}, lastState: {} };
  const at = 'status.containerStatuses[0]';
  const linux = { uid: -1, gid: 2147483648, supplementalGroups: [0, -2] };
  assert.deepEqual(status({ containerStatuses: [{ ...state, user: { linux } }] }), [
    `${at}.user.linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive`,
    `${at}.user.linux.gid: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive`,
    `${at}.user.linux.supplementalGroups[1]: Invalid value: -2: must be between 0 and 2147483647, inclusive`,
  ]);
  const allocated = [
    {
      name: 'example.com/a',
      resources: [
        { resourceID: 'x', health: 'Healthy' },
        { resourceID: 'x', health: 'sick', message: '' },
      ],
    },
    { name: 'claim:a/b' },
    { name: 'cpu' },
  ];
  assert.deepEqual(status({ containerStatuses: [{ ...state, allocatedResourcesStatus: allocated }] }), [
    `${at}.allocatedResourcesStatus[0].resources[1].health: Unsupported value: "sick": supported values: "Healthy", "Unhealthy", "Unknown"`,
    `${at}.allocatedResourcesStatus[0].resources[1].message: Required value: must be non-empty if specified`,
    `${at}.allocatedResourcesStatus[0].resources[1].resourceID: Duplicate value: "x"`,
    `${at}.allocatedResourcesStatus[1].name: Invalid value: "claim:a/b": must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty`,
    `${at}.allocatedResourcesStatus[2].name: Invalid value: "cpu": must match one of the container's resource requests`,
  ]);
  assert.deepEqual(status({ ephemeralContainerStatuses: [{ ...state, allocatedResourcesStatus: [{ name: 'x' }] }] }), [
    'status.ephemeralContainerStatuses[0].allocatedResourcesStatus: Forbidden: must not be specified in container status',
  ]);
});

test('signals to stop with are dropped: their feature gate is off', () => {
  const lifecycleOf = (lifecycle: object) => created(Pod, simple({ lifecycle })).spec.containers[0].lifecycle;
  assert.equal(lifecycleOf({ stopSignal: 'SIGUSR1' }), undefined);
  assert.deepEqual(lifecycleOf({}), {});
  const preStop = { exec: { command: ['true'] } };
  assert.deepEqual(lifecycleOf({ preStop, stopSignal: 'SIGUSR1' }), { preStop });
});

test('operators of tolerations are listed as upstream lists them', () => {
  const tolerations = (operator: string) => problems(Pod, created(Pod, simple({}, { tolerations: [{ key: 'a', operator, value: '1' }] })));
  assert.match(tolerations('Lt').join(), /supported values: "Equal", "Exists", "Lt", "Gt"$/);
  assert.match(tolerations('x').join(), /supported values: "Equal", "Exists"$/);
});

test('templates of pods are warned of as pods are, when they change', () => {
  const template = made(PodTemplate, { template: simple({}, { imagePullSecrets: [{}], overhead: { memory: '1m' } }) });
  const warnings = (old?: object) => [...PodTemplate.strategy.warnings!(template, old as any)];
  const told = [
    'template.spec.imagePullSecrets[0].name: invalid empty name ""',
    'template.spec.overhead[memory]: fractional byte value "1m" is invalid, must be an integer',
  ];
  assert.deepEqual(warnings(), told);
  const at = (generation: number) => ({ ...template, metadata: { ...template.metadata, generation } });
  template.metadata.generation = 1;
  assert.deepEqual(warnings(at(1)), []);
  assert.deepEqual(warnings(at(2)), told);
});

test('a pod that has no address at the head of its list has none', () => {
  assert.equal(made(Pod, { ...simple(), status: { podIPs: [{}] } }).status.podIP, undefined);
  assert.equal(made(Pod, { ...simple(), status: { podIPs: [{ ip: '192.0.2.1' }] } }).status.podIP, '192.0.2.1');
});

test('addresses of hosts are shown by the names of their fields in Go', () => {
  const pod = made(Pod, simple());
  const now = { ...pod, status: { ...pod.status, hostIP: '127.0.0.1', hostIPs: [{ ip: '127.0.0.1' }, { ip: '127.0.0.1' }] } };
  assert.match(problems(Pod, now, pod, 'status').join(), /status\.hostIPs: Invalid value: \[\{"IP":"127\.0\.0\.1"\},/);
});
