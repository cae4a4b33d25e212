import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostnameOf, hostsFile } from './hosts.ts';
import { samplePod as pod } from './lib/samples.ts';
import { dnsConfigOf, parseResolvConf } from './resolv-conf.ts';

const common =
  '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n';
test('the hosts file is the one that upstream writes', () => {
  const aliased = pod({ hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] });
  assert.equal(hostsFile(pod({}), ['10.0.0.5'], 'web', '', ''), `# Kubernetes-managed hosts file.\n${common}10.0.0.5\tweb\n`);
  assert.equal(
    hostsFile(aliased, ['10.0.0.5', 'fd00::5'], 'web', 'sub.shop.svc.cluster.local', ''),
    `# Kubernetes-managed hosts file.\n${common}10.0.0.5\tweb.sub.shop.svc.cluster.local\tweb\nfd00::5\tweb.sub.shop.svc.cluster.local\tweb\n\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n`,
  );
  const host = pod({ hostNetwork: true, hostAliases: [{ ip: '1.2.3.4', hostnames: ['a'] }] });
  assert.equal(
    hostsFile(host, [], 'n1', '', '127.0.0.1 localhost\n'),
    '# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n\n# Entries added by HostAliases.\n1.2.3.4\ta\n',
  );
});
test('host names are cut, and made whole when asked for', () => {
  assert.deepEqual(hostnameOf(pod({ hostname: 'h', subdomain: 'sub' }), 'cluster.local'), {
    hostname: 'h',
    domain: 'sub.shop.svc.cluster.local',
    full: 'h',
  });
  assert.equal(
    hostnameOf(pod({ hostname: 'h', subdomain: 'sub', setHostnameAsFQDN: true }), 'cluster.local').full,
    'h.sub.shop.svc.cluster.local',
  );
  assert.equal(hostnameOf(pod({}, { metadata: { name: `${'a'.repeat(62)}-b` } }), 'cluster.local').hostname, 'a'.repeat(62));
});
test('resolver settings by policy', () => {
  const node = parseResolvConf('nameserver 9.9.9.9\nsearch corp.example. .\noptions timeout:2\n');
  const settings = { clusterDns: ['10.96.0.10'], clusterDomain: 'cluster.local', node };
  const of = (spec: object) => dnsConfigOf(pod(spec), settings).dns;
  assert.deepEqual(of({ dnsPolicy: 'ClusterFirst' }), {
    servers: ['10.96.0.10'],
    searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.example'],
    options: ['ndots:5'],
  });
  assert.deepEqual(of({ dnsPolicy: 'ClusterFirst', hostNetwork: true }), node);
  assert.deepEqual(of({ dnsPolicy: 'Default' }), { servers: ['9.9.9.9'], searches: ['corp.example'], options: ['timeout:2'] });
  const own = { nameservers: ['1.1.1.1'], searches: ['x'], options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] };
  assert.deepEqual(of({ dnsPolicy: 'None', dnsConfig: own }), { servers: ['1.1.1.1'], searches: ['x'], options: ['ndots:2', 'edns0'] });
});
