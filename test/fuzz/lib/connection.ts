import type { TLSSocket } from 'node:tls';
import type { Random } from '../../../src/base/random.ts';
import { definitions } from '../../differential/sources/custom.ts';
import { deletes } from '../../differential/sources/deletes.ts';
import { objects, reviews } from '../../differential/sources/objects.ts';
import { applies, patches } from '../../differential/sources/patches.ts';
import { reads } from '../../differential/sources/reads.ts';
import { requests } from '../../differential/sources/requests.ts';
import { watches } from '../../differential/sources/watches.ts';
import type { Step } from '../../differential/scenario.ts';
import { frame, http1, http2 } from './http.ts';
import { bytesOf, joined, pick } from './mutate.ts';
import type { Target } from './target.ts';

const sources = [requests, requests, objects, reviews, patches, applies, reads, watches, deletes, definitions];
const answerMs = 40;
const silentMs = 5;

const upgrades = ['exec?command=a&stdin=1', 'attach?stdout=1', 'portforward?ports=80', 'log?follow=1', 'proxy/a?b'].flatMap((rest) => [
  `GET /api/v1/namespaces/default/pods/one/${rest} HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: v5.channel.k8s.io\r\n\r\n\x82\x81\0\0\0\0a`,
  `POST /api/v1/namespaces/default/pods/one/${rest} HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: SPDY/3.1\r\nx-stream-protocol-version: v4.channel.k8s.io\r\n\r\n`,
]);
const watchSocket =
  'GET /api/v1/configmaps?watch=1 HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';
const steps: readonly Step[] = [
  { method: 'GET', path: '/api/v1/namespaces/default/pods?limit=1&labelSelector=a%3Db&fieldSelector=metadata.name%3Da&continue=x' },
  { method: 'GET', path: '/apis/apps/v1/deployments?watch=true&resourceVersion=1&allowWatchBookmarks=1&timeoutSeconds=1' },
  { method: 'POST', path: '/api/v1/namespaces/default/configmaps', body: { value: { metadata: { generateName: 'a' }, data: { a: 'b' } } } },
  { method: 'DELETE', path: '/api/v1/namespaces/default/configmaps/a', body: { value: { kind: 'DeleteOptions', apiVersion: 'v1' } } },
  {
    method: 'GET',
    path: '/openapi/v3',
    headers: { accept: 'application/json;q=0.5, */*', 'accept-encoding': 'gzip', 'if-none-match': '"x"' },
  },
  {
    method: 'GET',
    path: '/version?pretty=1',
    headers: { authorization: 'Bearer a.b.c', 'impersonate-user': 'a', 'impersonate-extra-x%2f': 'b' },
  },
];

function oneOf(random: Random): Step {
  const source = pick(random, sources);
  const at = random.int(2 ** 31);
  const { steps: all } = source.scenario(source.count === undefined ? at : at % source.count);
  const step = JSON.parse(JSON.stringify(pick(random, all)).replaceAll('$NS', 'default').replaceAll('$IP', '5')) as Step;
  return step.method === 'DELETE' && !step.path.includes('/configmaps') ? { ...step, method: 'GET' } : step;
}
const headed = (version: 1 | 2, bytes: Uint8Array | string) => joined(Uint8Array.of(version), bytesOf(bytes));

/** Sends the bytes, reads until the server is silent, and hangs up. */
export async function exchange(socket: TLSSocket, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = setTimeout(resolve, answerMs);
    let silence: NodeJS.Timeout | undefined;
    socket.on('data', () => {
      clearTimeout(silence);
      silence = setTimeout(resolve, silentMs);
    });
    socket.once('close', () => {
      clearTimeout(end);
      clearTimeout(silence);
      resolve();
    });
    socket.write(bytes);
  });
  socket.destroy();
}

/** What a client sends on a connection; the first byte says the version of HTTP. */
export const connectionInputs: Pick<Target, 'samples' | 'words' | 'generate'> = {
  samples: () => [
    ...steps.flatMap((step) => [headed(1, http1(step)), headed(2, http2(step))]),
    ...[...upgrades, watchSocket].map((text) => headed(1, Buffer.from(text, 'latin1'))),
    headed(
      1,
      'POST /api/v1/namespaces HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nexpect: 100-continue\r\n\r\n5\r\n{"a":\r\n0\r\n\r\n',
    ),
    headed(
      2,
      joined(
        http2(steps[0]!),
        frame(3, 0, 1, Uint8Array.of(0, 0, 0, 8)),
        frame(6, 0, 0, new Uint8Array(8)),
        frame(9, 4, 1, new Uint8Array(3)),
      ),
    ),
  ],
  words: [
    ...[
      '\r\n',
      '\r\n\r\n',
      'GET ',
      'CONNECT ',
      'PRI * ',
      'HTTP/1.0',
      'HTTP/1.1',
      'content-length: -1\r\n',
      'content-length: 99999999999\r\n',
      '%2e%2e',
      '%2F',
    ],
    ...[
      'transfer-encoding: chunked\r\n',
      'connection: Upgrade\r\n',
      'upgrade: websocket\r\n',
      'upgrade: h2c\r\n',
      'expect: 100-continue\r\n',
      ':method',
      ':path',
    ],
    ...[
      'accept: application/vnd.kubernetes.protobuf\r\n',
      'accept: application/json;as=Table;v=v1;g=meta.k8s.io\r\n',
      'content-type: application/yaml\r\n',
    ],
    ...[
      '?watch=1',
      '&pretty=1',
      '&limit=-1',
      '&dryRun=All',
      '&fieldManager=x',
      '/status',
      '/scale',
      '/watch/',
      '/namespaces/',
      '/api/v1',
      '/apis/',
      '//',
      'a;b',
    ],
    ...[
      'content-encoding: gzip\r\n',
      'constructor',
      '__proto__',
      'impersonate-group: a\r\n',
      'authorization: Bearer \r\n',
      'range: bytes=0-1\r\n',
    ],
  ],
  generate: (random) => (random.int(3) === 0 ? headed(2, http2(oneOf(random))) : headed(1, http1(oneOf(random)))),
};
