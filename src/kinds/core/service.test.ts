import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { cells, made, problems } from '../lib/testing.ts';
import { Service } from './service.ts';

const service = (spec: object, more: object = {}) => made(Service, { spec: { ports: [{ port: 80 }], ...spec }, ...more });
const address = { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] };

test('defaults by type', () => {
  assert.deepEqual(service({}).spec, {
    ports: [{ protocol: 'TCP', port: 80, targetPort: 80 }],
    type: 'ClusterIP',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
  });
  const balancer = service({ type: 'LoadBalancer', sessionAffinity: 'ClientIP' }).spec;
  assert.equal(balancer.allocateLoadBalancerNodePorts, true);
  assert.equal(balancer.externalTrafficPolicy, 'Cluster');
  assert.deepEqual(balancer.sessionAffinityConfig, { clientIP: { timeoutSeconds: 10800 } });
  assert.equal(service({ type: 'ExternalName' }).spec.internalTrafficPolicy, undefined);
});

test('an update tells of the class of the load balancer first', () => {
  const old = service(address);
  const wrong = problems(Service, service({ ...address, loadBalancerClass: 'a', ports: [{ port: 0 }] }), old);
  assert.match(wrong[0]!, /^spec\.loadBalancerClass: Forbidden/);
  assert.match(wrong[1]!, /^spec\.ports\[0\]\.port: /);
  assert.equal(wrong.filter((text) => text.startsWith('spec.loadBalancerClass')).length, 1);
});

test('ports that are there twice are shown as upstream shows them', () => {
  assert.deepEqual(
    problems(
      Service,
      service({
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
      }),
    ),
    ['spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}'],
  );
});

test('columns', () => {
  const row = (spec: object, more: object = {}) => {
    const {
      Type,
      'Cluster-IP': cluster,
      'External-IP': external,
      'Port(s)': ports,
      Selector,
    } = cells(Service, service(spec, more), 0, true);
    return [Type, cluster, external, ports, Selector].join(' ');
  };
  assert.equal(row({ ...address, selector: { b: '2', a: '1' } }), 'ClusterIP 10.0.0.1 <none> 80/TCP a=1,b=2');
  assert.equal(
    row({ ...address, type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
    'NodePort 10.0.0.1 <none> 80:30080/TCP <none>',
  );
  assert.equal(row({ ...address, type: 'LoadBalancer' }), 'LoadBalancer 10.0.0.1 <pending> 80/TCP <none>');
  const status = { loadBalancer: { ingress: [{ ip: '9.9.9.9' }, { ip: '1.1.1.1' }] } };
  assert.equal(row({ ...address, type: 'LoadBalancer' }, { status }), 'LoadBalancer 10.0.0.1 1.1.1.1,9.9.9.9 80/TCP <none>');
  assert.equal(row({ type: 'ExternalName', externalName: 'a.b', ports: [] }), 'ExternalName <none> a.b <none> <none>');
});

test('problems', () => {
  assert.deepEqual(problems(Service, service(address)), []);
  assert.deepEqual(problems(Service, service({ ...address, ports: [] })), ['spec.ports: Required value']);
  assert.deepEqual(problems(Service, service({ ...address, ports: [{ port: 80 }, { port: 81 }] })), [
    'spec.ports[0].name: Required value',
    'spec.ports[1].name: Required value',
  ]);
  assert.deepEqual(problems(Service, service({ type: 'ExternalName' })), ['spec.externalName: Required value']);
  assert.deepEqual(problems(Service, service({ ...address, type: 'NodePort', clusterIP: 'None', clusterIPs: ['None'] })), [
    'spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services',
  ]);
  assert.deepEqual(problems(Service, service({ ...address, externalIPs: ['127.0.0.1'] })), [
    'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
  ]);
});

test('an address stays', () => {
  const other = { clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'] };
  assert.deepEqual(problems(Service, service(other), service(address)), [
    'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
  ]);
});

test('fields of a type that is left go', () => {
  const old = service({ ...address, type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] });
  const now = structuredClone(old);
  now.spec.type = 'ClusterIP';
  Service.strategy.prepareForUpdate!(now, old, { clock: new VirtualClock(), subresource: '' });
  assert.equal(now.spec.ports[0].nodePort, undefined);
  assert.equal(now.spec.externalTrafficPolicy, undefined);
  assert.deepEqual(problems(Service, now, old), []);
});

test('addresses and ranges that are read in more than one way are told, in their place', () => {
  const odd = service({
    ...address,
    loadBalancerIP: '::ffff:1.2.3.4',
    loadBalancerSourceRanges: ['10.0.0.1/8'],
    trafficDistribution: 'PreferClose',
  });
  const told = [...Service.strategy.warnings!(odd)];
  assert.deepEqual(
    told.map((text) => text.split(':')[0]),
    ['spec.loadBalancerIP', 'spec.loadBalancerSourceRanges[0]', 'spec.trafficDistribution'],
  );
});

test('a distribution of traffic is shown as a plain text', () => {
  assert.match(
    problems(Service, service({ ...address, trafficDistribution: '<' })).join(),
    /Unsupported value: "<": supported values: "PreferClose"/,
  );
});
