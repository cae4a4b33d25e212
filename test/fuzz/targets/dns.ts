import { decode, encode, type Packet } from 'dns-packet';
import { VirtualClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/log.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { Forward } from '../../../src/dns/forward.ts';
import { nameserversOf } from '../../../src/dns/forward.ts';
import { respond } from '../../../src/dns/server.ts';
import type { Zone } from '../../../src/dns/zone.ts';
import { pick } from '../lib/mutate.ts';
import { type Target, textOf } from '../lib/target.ts';

const service = (spec: object) => ({ metadata: { namespace: 'default', name: 'web' }, spec }) as never;
const zone: Zone = {
  domain: 'cluster.local',
  namespace: (name) => (name === 'default' ? ({} as never) : undefined),
  service: (_namespace, name) =>
    name === 'web'
      ? service({
          type: 'ClusterIP',
          clusterIP: '10.96.0.20',
          clusterIPs: ['10.96.0.20'],
          ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
        })
      : name === 'out'
        ? service({ type: 'ExternalName', externalName: 'example.org' })
        : name === 'headless'
          ? service({ type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'] })
          : undefined,
  slices: () => [],
  serviceByIp: (ip) => (ip === '10.96.0.20' ? service({ clusterIP: ip }) : undefined),
  slicesByIp: () => [],
};
const forward: Forward = Object.assign(async () => undefined, { resolve: async () => [] });
const options = { address: '', port: 0, zone, forward, clock: new VirtualClock(0), random: seededRandom(1), log: silentLogger };
const names = [
  'web.default.svc.cluster.local',
  'out.default.svc.cluster.local',
  '_http._tcp.web.default.svc.cluster.local',
  'cluster.local',
  'example.org',
];
const reverse = ['20.0.96.10.in-addr.arpa', '1-2-3-4.default.pod.cluster.local', 'dns-version.cluster.local', '', 'a'.repeat(63)];
const types = ['A', 'AAAA', 'SRV', 'PTR', 'TXT', 'NS', 'SOA', 'ANY', 'CNAME', 'MX', 'OPT', 'HTTPS'] as const;
const question = (name: string, type: string, additionals: object[] = []) =>
  encode({ type: 'query', id: 7, flags: 0x100, questions: [{ name, type, class: 'IN' }], additionals } as unknown as Packet);

/** A message to the DNS server, over UDP and over TCP; and a resolv.conf. What is no question has no answer; what is has one that can be read. */
export const target: Target = {
  large: false,
  samples: () => [
    ...[...names, ...reverse].flatMap((name) => types.slice(0, 4).map((type) => question(name, type))),
    question(names[0]!, 'A', [
      { type: 'OPT', name: '.', udpPayloadSize: 4096, flags: 0, options: [{ code: 10, data: Buffer.from('cookie') }] },
    ]),
    'nameserver 10.0.0.1\nsearch a b\noptions ndots:5\n',
  ],
  words: [
    ...[
      Uint8Array.of(0xc0, 0x0c),
      Uint8Array.of(0xc0, 0),
      Uint8Array.of(0xff, 0xff),
      Uint8Array.of(0, 41),
      Uint8Array.of(0, 255, 0, 1),
      Uint8Array.of(0x3f),
    ],
    ...['\x03web', '\x07default', '\x03svc', '\x07cluster\x05local\0', 'nameserver '],
  ],
  generate: (random) => question(pick(random, [...names, ...reverse]), pick(random, types)),
  async check(input) {
    nameserversOf(textOf(input), '10.0.0.1');
    for (const transport of ['udp', 'tcp'] as const) {
      const reply = await respond(input, options, transport);
      if (reply !== undefined) decode(transport === 'udp' ? reply : reply.subarray(2));
    }
  },
};
