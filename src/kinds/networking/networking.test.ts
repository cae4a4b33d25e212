import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cells, made, problems } from '../lib/testing.ts';
import { Ingress } from './ingress.ts';
import { IngressClass } from './ingress-class.ts';
import { IPAddress } from './ip-address.ts';
import { NetworkPolicy } from './network-policy.ts';
import { ServiceCIDR } from './service-cidr.ts';

const backend = { service: { name: 's', port: { number: 80 } } };
const warningsOf = (kind: typeof NetworkPolicy | typeof Ingress, object: any) => [...(kind.strategy.warnings?.(object) ?? [])];

test('an ingress and its table', () => {
  const ingress = made(Ingress, {
    spec: { tls: [{ hosts: ['a.b', '*.c.d'] }], rules: [{ host: 'a.b' }, { host: '*.q.r' }, { host: 'c.d' }, { host: 'e.f' }] },
    status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }, { hostname: 'a.example.com' }] } },
  });
  assert.deepEqual(problems(Ingress, ingress), []);
  const { Class, Hosts, Address, Ports } = cells(Ingress, ingress, 0);
  assert.deepEqual([Class, Hosts, Address, Ports], ['<none>', 'a.b,*.q.r,c.d + 1 more...', '1.2.3.4,a.example.com', '80, 443']);
  const annotated = made(Ingress, { metadata: { annotations: { 'kubernetes.io/ingress.class': 'd' } }, spec: { defaultBackend: backend } });
  assert.deepEqual(warningsOf(Ingress, annotated), [
    `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`,
  ]);
});

test('ingresses that cannot be', () => {
  const of = (spec: object, old?: object) => problems(Ingress, made(Ingress, { spec }), old && made(Ingress, { spec: old }));
  assert.deepEqual(of({}), ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified']);
  const paths = [
    {},
    { pathType: 'X', backend },
    { path: 'a//b/..', pathType: 'Exact', backend: { service: { name: '', port: { name: 'http', number: 1 } } } },
    { pathType: 'ImplementationSpecific', backend: {} },
    { pathType: 'ImplementationSpecific', backend: { resource: { kind: 'a/b', name: '' } } },
  ];
  assert.deepEqual(of({ rules: [{ host: '1.2.3.4', http: { paths } }] }), [
    'spec.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
    'spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
    'spec.rules[0].http.paths[1].pathType: Unsupported value: "X": supported values: "Exact", "ImplementationSpecific", "Prefix"',
    'spec.rules[0].http.paths[2].path: Invalid value: "a//b/..": must be an absolute path',
    `spec.rules[0].http.paths[2].path: Invalid value: "a//b/..": must not contain '//'`,
    `spec.rules[0].http.paths[2].path: Invalid value: "a//b/..": cannot end with '/..'`,
    'spec.rules[0].http.paths[2].backend.service.name: Required value',
    'spec.rules[0].http.paths[2].backend: Invalid value: "": cannot set both port name & port number',
    'spec.rules[0].http.paths[3].backend: Invalid value: "": resource or service backend is required',
    `spec.rules[0].http.paths[4].backend.resource.kind: Invalid value: "a/b": may not contain '/'`,
    'spec.rules[0].http.paths[4].backend.resource.name: Required value',
  ]);
  const odd = { defaultBackend: backend, tls: [{ secretName: 'S_x' }], rules: [{ host: '*.a.b', http: { paths: [] } }] };
  assert.equal(of(odd).length, 2);
  assert.deepEqual(of(odd, odd), []);
});

test('an ingress keeps addresses that it had', () => {
  const at = (ip: string) => made(Ingress, { spec: { defaultBackend: backend }, status: { loadBalancer: { ingress: [{ ip }] } } });
  assert.deepEqual(problems(Ingress, at('1.2.3.04'), at('1.2.3.4'), 'status'), [
    'status.loadBalancer.ingress[0].ip: Invalid value: "1.2.3.04": must not have leading 0s',
  ]);
  assert.deepEqual(problems(Ingress, at('1.2.3.04'), at('1.2.3.04'), 'status'), []);
  assert.deepEqual(
    [...Ingress.strategy.statusWarnings!(at('FE80:0::1'), at('::'))],
    ['status.loadBalancer.ingress[0]: IPv6 address "FE80:0::1" should be in RFC 5952 canonical format ("fe80::1")'],
  );
});

test('ingress classes', () => {
  const of = (spec: object, old?: object) => problems(IngressClass, made(IngressClass, { spec }), old && made(IngressClass, { spec: old }));
  assert.deepEqual(of({ controller: 'a.b/c', parameters: { kind: 'K', name: 'n' } }), []);
  assert.deepEqual(of({ controller: 'a', parameters: { kind: 'K', name: 'n', scope: 'Namespace' } }), [
    'spec.controller: Invalid value: "a": must be a domain-prefixed path (such as "acme.io/foo")',
    "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
  ]);
  assert.deepEqual(of({ controller: 'a/b' }, { controller: 'a/c' }), ['spec.controller: Invalid value: "a/b": field is immutable']);
  const row = cells(
    IngressClass,
    made(IngressClass, {
      metadata: { annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
      spec: { controller: 'a/b', parameters: { apiGroup: 'x.y', kind: 'K', name: 'n' } },
    }),
    0,
  );
  assert.deepEqual([row.Name, row.Parameters], ['a (default)', 'K.x.y/n']);
});

test('network policies', () => {
  const policy = (spec: object) => made(NetworkPolicy, { spec });
  assert.deepEqual(policy({ egress: [{ ports: [{ port: 1 }] }] }).spec, {
    podSelector: {},
    egress: [{ ports: [{ port: 1, protocol: 'TCP' }] }],
    policyTypes: ['Ingress', 'Egress'],
  });
  const from = [
    {},
    { podSelector: {}, ipBlock: { cidr: '' } },
    { ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16', '10.0.0.0/8', '10.1.0.0/16'] } },
  ];
  const ports = [{ port: 0 }, { port: 80, endPort: 70 }, { port: 'x', endPort: 1 }, { endPort: 3 }, { protocol: 'ICMP' }];
  assert.deepEqual(problems(NetworkPolicy, policy({ ingress: [{ from, ports }], policyTypes: ['A'] })), [
    'spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    'spec.ingress[0].ports[1].endPort: Invalid value: 80: must be greater than or equal to `port`',
    'spec.ingress[0].ports[2].endPort: Invalid value: 1: may not be specified when `port` is non-numeric',
    'spec.ingress[0].ports[3].endPort: Invalid value: 3: may not be specified when `port` is not specified',
    'spec.ingress[0].ports[4].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
    'spec.ingress[0].from[0]: Required value: must specify a peer',
    'spec.ingress[0].from[1].ipBlock.cidr: Required value',
    'spec.ingress[0].from[1]: Forbidden: may not specify both ipBlock and another peer',
    'spec.ingress[0].from[2].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
    'spec.ingress[0].from[2].ipBlock.except[1]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
    'spec.policyTypes[0]: Unsupported value: "A": supported values: "Ingress", "Egress"',
  ]);
  const odd = policy({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.1/8' } }] }] });
  assert.deepEqual(problems(NetworkPolicy, odd), [
    'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
  ]);
  assert.deepEqual(problems(NetworkPolicy, odd, odd), []);
  assert.deepEqual(warningsOf(NetworkPolicy, odd), [
    'spec.ingress[0].from[0].ipBlock.cidr: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
  ]);
});

test('addresses and ranges of services', () => {
  const parentRef = { resource: 'services', namespace: 'default', name: 'x' };
  const address = made(IPAddress, { metadata: { name: '10.0.0.1' }, spec: { parentRef } });
  assert.equal(cells(IPAddress, address, 0).ParentRef, 'services/default/x');
  const other = made(IPAddress, { metadata: { name: '10.0.0.1' }, spec: { parentRef: { ...parentRef, name: 'y' } } });
  assert.deepEqual(problems(IPAddress, other, address), [
    'spec.parentRef: Invalid value: {"Group":"","Resource":"services","Namespace":"default","Name":"y"}: field is immutable',
  ]);
  assert.deepEqual(problems(IPAddress, made(IPAddress, {})), ['spec.parentRef: Required value']);
  const of = (cidrs: string[], old?: string[]) =>
    problems(ServiceCIDR, made(ServiceCIDR, { spec: { cidrs } }), old && made(ServiceCIDR, { spec: { cidrs: old } }));
  assert.deepEqual(of([]), ['spec.cidrs: Required value: at least one CIDR required']);
  assert.deepEqual(of([], ['10.0.0.0/24']), ['spec.cidrs: Invalid value: null: field is immutable']);
  assert.deepEqual(of(['a', 'b', 'c']), ['spec.cidrs: Invalid value: {"CIDRs":["a","b","c"]}: may only hold up to 2 values']);
  assert.deepEqual(of(['FD00::/64']), ['spec.cidrs[0]: Invalid value: "FD00::/64": must be in canonical form ("fd00::/64")']);
  assert.deepEqual(of(['10.0.0.0/24', 'fd00::/112'], ['10.0.0.0/24']), []);
  assert.deepEqual(of(['10.0.1.0/24'], ['10.0.0.0/24']), ['spec.cidrs[0]: Invalid value: "10.0.1.0/24": field is immutable']);
  assert.deepEqual(of(['10.0.0.0/24'], ['10.0.0.0/24', 'fd00::/112']), ['spec.cidrs: Invalid value: ["10.0.0.0/24"]: field is immutable']);
});
