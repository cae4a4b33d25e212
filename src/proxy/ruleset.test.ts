import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import type { EndpointSlice } from '../kinds/discovery/endpoint-slice.ts';
import type { Service } from '../kinds/core/service.ts';
import { rulesOf, type Rules } from './rules.ts';
import { fullRuleset, rulesetDelta, staleUdpFlows } from './ruleset.ts';

const options = { table: 'skiff-test', clusterCidr: '10.244.0.0/16', podCidr: '10.244.0.0/24', serviceCidr: '10.96.0.0/16' };

function service(name: string, spec: object): Service {
  return {
    metadata: { name, namespace: 'default' },
    spec: { type: 'ClusterIP', sessionAffinity: 'None', ...spec },
    status: { loadBalancer: {} },
  } as unknown as Service;
}
interface TestEndpoint {
  readonly address: string;
  readonly node?: string;
  readonly conditions?: object;
}
function slice(service: string, port: object, endpoints: readonly TestEndpoint[]): EndpointSlice {
  return {
    metadata: { name: `${service}-x`, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    ports: [port],
    endpoints: endpoints.map(({ address, node = 'n1', conditions = { ready: true } }) => ({
      addresses: [address],
      nodeName: node,
      conditions,
    })),
  } as unknown as EndpointSlice;
}
const rules = (services: readonly Service[], slices: readonly EndpointSlice[]): Rules =>
  rulesOf(services, (one) => slices.filter((each) => each.metadata.labels?.['kubernetes.io/service-name'] === one.metadata.name), {
    nodeName: 'n1',
  });

const web = service('web', {
  clusterIP: '10.96.0.20',
  clusterIPs: ['10.96.0.20'],
  ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }],
});
const webSlice = slice('web', { name: 'http', port: 8080, protocol: 'TCP' }, [
  { address: '10.244.0.6' },
  { address: '10.244.0.5' },
  { address: '10.244.1.7', node: 'n2' },
]);

test('a service becomes map elements that lead to its endpoints', () => {
  const made = rules([web], [webSlice]);
  assert.deepEqual([...made.services], [['10.96.0.20 . tcp . 80', 'ep_3']]);
  assert.deepEqual([...made.nodePorts], [['tcp . 30080', 'np_3']]);
  assert.deepEqual([...made.endpoints.values()], ['10.244.0.5 . 8080', '10.244.0.6 . 8080', '10.244.1.7 . 8080']);
  assert.deepEqual([...made.selves].sort(), ['10.244.0.5 . 10.244.0.5', '10.244.0.6 . 10.244.0.6']);
});

test('only ready endpoints get traffic, and draining ones when there is no other', () => {
  const draining = { address: '10.244.0.5', conditions: { ready: false, serving: true, terminating: true } };
  const dead = { address: '10.244.0.6', conditions: { ready: false, serving: false, terminating: true } };
  const port = { name: 'http', port: 8080, protocol: 'TCP' };
  assert.deepEqual(
    [...rules([web], [slice('web', port, [draining, dead, { address: '10.244.0.7' }])]).endpoints.values()],
    ['10.244.0.7 . 8080'],
  );
  assert.deepEqual([...rules([web], [slice('web', port, [draining, dead])]).endpoints.values()], ['10.244.0.5 . 8080']);
  assert.equal(rules([web], [slice('web', port, [dead])]).services.get('10.96.0.20 . tcp . 80'), 'none');
});

test('local policies keep traffic on the node, affinity has chains of its own', () => {
  const local = service('web', {
    ...web.spec,
    internalTrafficPolicy: 'Local',
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
  });
  const made = rules([local], [webSlice]);
  assert.equal(made.services.get('10.96.0.20 . tcp . 80'), 'ep_2_sticky_60');
  assert.equal(made.nodePorts.get('tcp . 30080'), 'np_3_sticky_60');
});

test('with affinity an endpoint keeps its mark when another goes', () => {
  const sticky = service('web', { ...web.spec, sessionAffinity: 'ClientIP' });
  const port = { name: 'http', port: 8080, protocol: 'TCP' };
  const marksOf = (...addresses: string[]) => {
    const made = rules(
      [sticky],
      [
        slice(
          'web',
          port,
          addresses.map((address) => ({ address })),
        ),
      ],
    );
    const entries = addresses.map((address, index) => {
      const mark = made.marks.get(`10.96.0.20 . tcp . 80 . ${index}`);
      assert.equal(made.endpoints.get(`10.96.0.20 . tcp . 80 . ${mark}`), `${address} . 8080`);
      assert.equal(made.nodeMarks.get(`tcp . 30080 . ${index}`), mark);
      return [address, mark] as const;
    });
    return new Map(entries);
  };
  const three = marksOf('10.244.0.5', '10.244.0.6', '10.244.0.7');
  const two = marksOf('10.244.0.6', '10.244.0.7');
  for (const [address, mark] of two) assert.equal(mark, three.get(address));
  assert.equal(new Set(three.values()).size, 3);
});

test('headless and ExternalName services have no rules', () => {
  const made = rules(
    [service('a', { clusterIP: 'None', ports: [{ port: 80 }] }), service('b', { type: 'ExternalName', externalName: 'x.org' })],
    [],
  );
  assert.equal(made.services.size, 0);
});

test('UDP flows to endpoints that are gone are forgotten', () => {
  const dns = service('dns', { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'], ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] });
  const port = { name: 'dns', port: 53, protocol: 'UDP' };
  const before = rules([dns], [slice('dns', port, [{ address: '10.244.0.2' }, { address: '10.244.0.3' }])]);
  const after = rules([dns], [slice('dns', port, [{ address: '10.244.0.3' }])]);
  assert.deepEqual(staleUdpFlows(before, after), [{ service: '10.96.0.10', endpoint: '10.244.0.2' }]);
});

test('no change, no text', () => {
  assert.equal(rulesetDelta(rules([web], [webSlice]), rules([web], [webSlice]), options.table), '');
});

const canLoad = process.getuid?.() === 0 && spawnSync('unshare', ['-n', 'nft', '--version']).status === 0;

test('needs root and nft: the kernel takes the whole ruleset and every change of it, and ends in the same state', {
  skip: !canLoad,
}, () => {
  const sticky = service('sticky', {
    ...web.spec,
    clusterIP: '10.96.0.30',
    clusterIPs: ['10.96.0.30'],
    sessionAffinity: 'ClientIP',
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  });
  const empty = rules([], []);
  const one = rules([web], [webSlice]);
  const two = rules(
    [web, sticky],
    [
      slice('web', { name: 'http', port: 8080, protocol: 'TCP' }, [{ address: '10.244.0.5' }]),
      slice('sticky', { name: 'http', port: 8080, protocol: 'TCP' }, [{ address: '10.244.0.9' }]),
    ],
  );
  const steps = [
    fullRuleset(empty, options),
    rulesetDelta(empty, one, options.table),
    rulesetDelta(one, two, options.table),
    rulesetDelta(two, one, options.table),
    fullRuleset(two, options),
  ];
  const script = `set -e\n${steps.map((text) => `nft -f - <<'EOF'\n${text}\nEOF\n`).join('')}nft list table inet ${options.table}`;
  const result = spawnSync('unshare', ['-n', 'sh', '-c', script], { encoding: 'utf8' });
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /10\.96\.0\.30 \. tcp \. 80 : goto ep_1_sticky_10800/);
});
