import { Connection } from './connection.ts';
import { startServers } from './servers.ts';
import type { Target } from '../../bench/load.ts';

/**
 * Tells which families of metrics upstream's API server has after a little load and Skiff's has not, and which differ in type, labels or
 * buckets: `node test/differential/metrics.ts`. docs/decisions/0136 says what is left out and why.
 */
export interface Family {
  readonly type: string;
  readonly help: string;
  readonly labels: ReadonlySet<string>;
  readonly buckets: ReadonlySet<string>;
}

/** Reads the text format of Prometheus. */
export function families(text: string): ReadonlyMap<string, Family> {
  const found = new Map<string, { type: string; help: string; labels: Set<string>; buckets: Set<string> }>();
  let current = { type: '', help: '', labels: new Set<string>(), buckets: new Set<string>() };
  for (const line of text.split('\n')) {
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (word === 'HELP') {
      current = { type: '', help: rest, labels: new Set(), buckets: new Set() };
      found.set(name, current);
    } else if (word === 'TYPE') current.type = rest;
    else
      for (const [, label = '', value = ''] of line.matchAll(/[{,]([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
        if (label === 'le') current.buckets.add(String(value === '+Inf' ? value : Number(value)));
        else current.labels.add(label);
      }
  }
  return found;
}

const body = (object: object) => Buffer.from(JSON.stringify(object));
const json = { 'content-type': 'application/json' };
const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const webhooks = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const match = {
  matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }] },
};
const hook = {
  name: 'v.example.com',
  failurePolicy: 'Ignore',
  clientConfig: { url: 'https://127.0.0.1:1/' },
  rules: match.matchConstraints.resourceRules,
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};

/** What touches most parts of a server once. */
async function load(target: Target): Promise<string> {
  using connection = new Connection(target);
  const send = (method: string, path: string, object?: object) =>
    connection.send({ method, path, headers: object === undefined ? {} : json, body: object && body(object) });
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const configMaps = '/api/v1/namespaces/default/configmaps';
  await send('POST', policies, { metadata: { name: 'p' }, spec: { ...match, validations: [{ expression: 'object.data.size() < 3' }] } });
  await send('POST', `${policies.replace('policies', 'policybindings')}`, {
    metadata: { name: 'p' },
    spec: { policyName: 'p', validationActions: ['Deny'] },
  });
  await send('POST', webhooks, {
    metadata: { name: 'w' },
    webhooks: [hook, { ...hook, name: 'x.example.com', matchConditions: [{ name: 'a', expression: 'false' }] }],
  });
  await pause(3000);
  await send('POST', configMaps, { metadata: { name: 'a' }, data: { a: 'b' } });
  await send('POST', configMaps, { metadata: { name: 'b' }, data: { a: 'b', c: 'd', e: 'f' } });
  await send('GET', configMaps);
  await send('GET', `${configMaps}/a`);
  await send('GET', `${configMaps}?watch=1&timeoutSeconds=1`);
  await send(
    'GET',
    `${configMaps}?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
  );
  await send('DELETE', `${configMaps}/a`);
  await send('GET', '/openapi/v2');
  await send('POST', '/api/v1/namespaces/default/services', { metadata: { name: 's' }, spec: { ports: [{ port: 1 }] } });
  await send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'x' } });
  await send('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', { spec: {} });
  await send('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 't' } });
  await send('POST', '/api/v1/namespaces/default/serviceaccounts/t/token', { spec: {} });
  await pause(1000);
  return (await send('GET', '/metrics')).body.toString();
}

const shown = (values: ReadonlySet<string>) => [...values].sort().join(' ');

if (import.meta.main) {
  await using servers = await startServers();
  const [theirs, ours] = (await Promise.all([load(servers.upstream), load(servers.skiff)])).map(families) as [
    ReadonlyMap<string, Family>,
    ReadonlyMap<string, Family>,
  ];
  const goes = /^(go_|etcd_|grpc_)/;
  for (const [name, family] of [...theirs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const own = ours.get(name);
    if (own === undefined) {
      if (!goes.test(name))
        console.log(`missing ${name} (${family.type}) {${shown(family.labels)}} [${shown(family.buckets)}] ${family.help}`);
      continue;
    }
    for (const part of ['labels', 'buckets'] as const)
      if (own[part].size > 0 && shown(own[part]) !== shown(family[part]))
        console.log(`${part} of ${name}: upstream ${shown(family[part])}; skiff ${shown(own[part])}`);
    const [theirsIs, oursIs] = [family, own].map(({ help }) => /\[\w+\]/.exec(help)?.[0] ?? '');
    if (theirsIs !== oursIs) console.log(`stability of ${name}: upstream ${theirsIs}; skiff ${oursIs}`);
    if (own.type !== family.type) console.log(`type of ${name}: upstream ${family.type}; skiff ${own.type}`);
  }
  console.log(`own: ${[...ours.keys()].filter((name) => !theirs.has(name)).join(' ')}`);
  console.log(`${theirs.size} families upstream, ${ours.size} here, ${[...theirs.keys()].filter((name) => ours.has(name)).length} in both`);
}
