import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { systemClock } from '../../src/base/clock.ts';
import { parseYaml } from '../../src/base/yaml.ts';
import { createClient } from '../../src/client/client.ts';
import { connectHttp } from '../../src/client/http.node.ts';
import { ConfigMap } from '../../src/kinds/core/config-map.ts';
import { TestCluster } from '../helpers/cluster.ts';
import { pidIn } from '../helpers/machine.ts';

/** The server in a process of its own, with clients that are slow, silent or gone: it answers others meanwhile, and its memory stays. */
const cluster = new TestCluster(16447);
const mebibyte = 2 ** 20;
const open: Socket[] = [];
let pem: { ca: string; cert: string; key: string };

before(() => {
  const up = cluster.up('--nodes', 'simulated:0');
  assert.equal(up.status, 0, up.stderr);
  const [config]: any[] = parseYaml(readFileSync(join(cluster.env.SKIFF_HOME!, 'admin.kubeconfig'), 'utf8'));
  const text = (base64: string) => Buffer.from(base64, 'base64').toString();
  const { user } = config.users[0];
  pem = {
    ca: text(config.clusters[0].cluster['certificate-authority-data']),
    cert: text(user['client-certificate-data']),
    key: text(user['client-key-data']),
  };
});
after(async () => {
  for (const socket of open) socket.destroy();
  await cluster[Symbol.asyncDispose]();
});
const memory = () => {
  const status = readFileSync(`/proc/${pidIn(join(cluster.env.SKIFF_HOME!, 'skiff.pid'))}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
};
async function tls(): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port: cluster.port, ...pem, ALPNProtocols: ['http/1.1'], servername: 'localhost' });
  socket.on('error', () => undefined);
  open.push(socket);
  await once(socket, 'secureConnect');
  return socket;
}

test('slow, silent and half-open clients cost nothing that grows, and hold up nobody', async () => {
  const connection = connectHttp({ server: `https://127.0.0.1:${cluster.port}`, ...pem, clock: systemClock });
  const client = createClient(connection.transport);
  const key = { namespace: 'default', name: 'changing' };
  await client.create(ConfigMap, { metadata: key, data: { text: '' } });
  const write = async (count: number) => {
    for (let round = 0; round < count; round++)
      await client.patch(ConfigMap, key, 'merge', { data: { text: String(round % 10).repeat(20_000) } });
  };
  await write(300);
  const before = memory();

  // Who connects and says nothing; who never ends a request; who asks for a watch and reads nothing of it.
  const silent = await Promise.all(
    Array.from({ length: 300 }, async () => {
      const socket = connect(cluster.port, '127.0.0.1').on('error', () => undefined);
      open.push(socket);
      await once(socket, 'connect');
      return socket;
    }),
  );
  const unfinished = await Promise.all(Array.from({ length: 50 }, tls));
  for (const socket of unfinished) socket.write('GET /api HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
  const watchers = await Promise.all(Array.from({ length: 60 }, tls));
  for (const socket of watchers) {
    socket.write('GET /api/v1/configmaps?watch=1 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.pause();
  }
  const gone = [...silent, ...unfinished].map((socket) => {
    socket.resume();
    return once(socket, 'close');
  });
  // To each of 60 watchers 24 MB, which would be 1.4 GB.
  await write(1200);
  const grown = memory() - before;
  assert.ok(grown < 200 * mebibyte, `memory grew by ${Math.round(grown / mebibyte)} MiB`);
  assert.equal((await client.get(ConfigMap, key)).data?.text?.length, 20_000);
  await Promise.all(gone);
  assert.equal(
    (await client.list(ConfigMap, { namespace: 'default' })).items.some(({ metadata }) => metadata.name === key.name),
    true,
  );
  connection.close();
});

test('a watch that is read slowly loses nothing: what it missed is told after it resumes', async () => {
  const socket = await tls();
  socket.write('GET /api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=2 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    if (text.includes('\r\n0\r\n\r\n')) break;
  }
  assert.match(text, /"type":"ADDED".*"name":"changing"/);
});
