import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { after, test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { formatYaml } from '../../base/yaml.ts';
import { issueCertificate } from '../certs/issue.ts';
import { readCredentials } from './exec-credentials.ts';
import { Remote } from './remote.ts';
import { readRemoteKubeconfig } from './remote-kubeconfig.ts';

const dir = mkdtempSync(join(tmpdir(), 'exec-'));
after(() => rmSync(dir, { recursive: true }));
const clock = new VirtualClock();
const years = { notBeforeMs: Date.UTC(2020), notAfterMs: Date.UTC(2120) };

const kubeconfig = (name: string, exec: object, server = 'https://127.0.0.1:1', ca = 'x') => {
  const path = join(dir, name);
  writeFileSync(
    path,
    formatYaml({
      clusters: [
        {
          name: 'it',
          cluster: {
            server,
            'certificate-authority-data': Buffer.from(ca).toString('base64'),
            extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'here' } }],
          },
        },
      ],
      users: [{ name: 'us', user: { exec } }],
      contexts: [{ name: 'c', context: { cluster: 'it', user: 'us' } }],
      'current-context': 'c',
    }),
  );
  return path;
};

test('a program gives tokens and certificates; it runs again when they expired or were refused', async (t) => {
  const ca = await issueCertificate({ commonName: 'ca', use: 'ca', ...years });
  const serving = await issueCertificate({ commonName: 'it', use: 'server', ips: ['127.0.0.1'], issuer: ca, ...years });
  const client = await issueCertificate({ commonName: 'us', use: 'client', issuer: ca, ...years });
  const seen: unknown[] = [];
  let code = 200;
  const tls = {
    key: serving.privateKeyPem,
    cert: serving.certificatePem,
    ca: ca.certificatePem,
    requestCert: true,
    rejectUnauthorized: false,
  };
  const server = createServer(tls, (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate() as { subject?: { CN?: string } };
    seen.push([request.headers.authorization, subject?.CN]);
    response.writeHead(code).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };

  const answer = join(dir, 'answer.json');
  const asked = join(dir, 'asked');
  const program = join(dir, 'plugin');
  writeFileSync(program, `#!/bin/sh\necho "$1 $MORE $KUBERNETES_EXEC_INFO" >> ${asked}\ncat ${answer}\n`);
  chmodSync(program, 0o755);
  const says = (status: object) =>
    writeFileSync(answer, JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status }));
  const exec = {
    command: './plugin',
    args: ['arg'],
    env: [{ name: 'MORE', value: 'm' }],
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'Never',
    provideClusterInfo: true,
  };
  const target = readRemoteKubeconfig(kubeconfig('kubeconfig', exec, `https://127.0.0.1:${port}`, ca.certificatePem));
  const remote = new Remote({ ...target, clock });
  t.after(() => remote.close());
  const send = () => remote.request({ method: 'GET', url: target.url, timeoutMs: 10_000 });
  const runs = () => readFileSync(asked, 'utf8').trim().split('\n');

  says({ token: 'one', expirationTimestamp: new Date(clock.now() + 60_000).toISOString() });
  await Promise.all([send(), send()]);
  assert.equal(runs().length, 1, 'it runs once for all who wait');
  const [first = ''] = runs();
  assert.ok(first.startsWith('arg m {'));
  assert.deepEqual(JSON.parse(first.slice('arg m '.length)), {
    kind: 'ExecCredential',
    apiVersion: 'client.authentication.k8s.io/v1',
    spec: {
      interactive: false,
      cluster: {
        server: `https://127.0.0.1:${port}`,
        'certificate-authority-data': Buffer.from(ca.certificatePem).toString('base64'),
        config: { audience: 'here' },
      },
    },
  });
  says({ clientCertificateData: client.certificatePem, clientKeyData: client.privateKeyPem });
  await clock.advance(61_000);
  await send();
  says({ token: 'three' });
  code = 401;
  await send();
  code = 200;
  await send();
  assert.deepEqual(seen, [
    ['Bearer one', undefined],
    ['Bearer one', undefined],
    [undefined, 'us'],
    [undefined, 'us'],
    ['Bearer three', undefined],
  ]);
  assert.equal(runs().length, 3);
});

test('what a program gets wrong is told as client-go tells it', async () => {
  const of = (value: object) => readCredentials(JSON.stringify({ kind: 'ExecCredential', apiVersion: 'v', ...value }), 'v');
  assert.throws(() => readCredentials('no', 'v'), /^Error: decoding stdout: /);
  assert.throws(() => of({}), /didn't return a status field/);
  assert.throws(() => of({ status: {} }), /didn't return a token or cert\/key pair/);
  assert.throws(() => of({ status: { clientKeyData: 'x' } }), /returned only certificate or key, not both/);
  assert.throws(() => of({ status: { clientKeyData: 'x', clientCertificateData: 'y' } }), /failed parsing client key\/certificate: /);
  assert.throws(() => of({ apiVersion: 'w', status: { token: 't' } }), /configured to use API version v, plugin returned version w/);
  assert.throws(() => of({ status: { token: 't', expirationTimestamp: 'soon' } }), /parsing time "soon"/);

  const good = { command: 'plugin', apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never' };
  const read = (exec: object) => readRemoteKubeconfig(kubeconfig('bad', exec));
  assert.throws(() => read({ ...good, command: '' }), /command must be specified for us to use exec authentication plugin/);
  assert.throws(() => read({ ...good, apiVersion: undefined }), /apiVersion must be specified for us/);
  assert.throws(() => read({ ...good, interactiveMode: undefined }), /interactiveMode must be specified for us/);
  assert.throws(() => read({ ...good, interactiveMode: 'Often' }), /invalid interactiveMode for us: "Often"/);
  assert.throws(() => read({ ...good, env: [{ value: 'x' }] }), /env variable name must be specified for us/);
  assert.throws(() => read({ ...good, apiVersion: 'x/v1' }), /exec plugin: invalid apiVersion "x\/v1"/);
  assert.equal(read({ command: 'p', apiVersion: 'client.authentication.k8s.io/v1beta1' }).exec?.isInteractive, false);

  const fails = async (exec: object, why: RegExp) => {
    const { url, ...target } = read({ ...good, ...exec });
    const remote = new Remote({ ...target, clock });
    await assert.rejects(remote.request({ method: 'GET', url, timeoutMs: 10_000 }), why);
    remote.close();
  };
  await fails({ command: './none', installHint: 'get it' }, /getting credentials: exec: executable .*none not found\n\nget it$/);
  await fails({ command: 'false' }, /getting credentials: exec: executable false failed with exit code 1/);
  await fails({ interactiveMode: 'Always' }, /cannot support interactive mode: standard input is not a terminal/);
});
