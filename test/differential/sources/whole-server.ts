import type { Scenario } from '../scenario.ts';
import { get, post, put, remove, patch, tableHeaders, protobufHeaders, validObject, storedKinds, collectionOf, itemOf } from './kinds.ts';

const kindOf = (name: string) => storedKinds.find(({ kind }) => kind === name)!;
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'one', labels: { scenario: '$NS' } },
  spec: { containers: [{ name: 'a', image: 'b', resources: { requests: { cpu: '1' } } }] },
};
const pods = '/api/v1/namespaces/$NS/pods';
const aggregated = (version: string) => ({ accept: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList` });
const groups = [...new Set(storedKinds.filter(({ group }) => group !== '').map(({ group, version }) => `/apis/${group}/${version}`))];

/** Discovery, health, subresources of pods, namespaces, service accounts: scenarios that are not of one kind. */
export const wholeServer: readonly Scenario[] = [
  {
    name: 'discovery',
    steps: ['/', '/api', '/apis', '/api/v1', ...groups, ...new Set(groups.map((path) => path.slice(0, path.lastIndexOf('/'))))].flatMap(
      (path) => [get(path), get(path, protobufHeaders)],
    ),
  },
  {
    name: 'aggregated discovery',
    steps: ['/api', '/apis'].flatMap((path) => [
      get(path, aggregated('v2')),
      get(path, aggregated('v2beta1')),
      get(path, { accept: 'application/vnd.kubernetes.protobuf;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' }),
    ]),
  },
  {
    name: 'OpenAPI',
    steps: ['/openapi/v2', '/openapi/v3', '/openapi/v3/api/v1', ...groups.map((path) => `/openapi/v3${path}`)].map((path) => get(path)),
  },
  {
    name: 'health',
    steps: ['/healthz', '/livez', '/readyz', '/livez/ping', '/version', '/openid/v1/jwks/x', '/.well-known/openid-configuration'].map(
      (path) => get(path),
    ),
  },
  {
    name: 'pods',
    steps: [
      post(pods, pod, { label: 'one' }),
      post(`${pods}/one/binding`, { apiVersion: 'v1', kind: 'Binding', target: { kind: 'Node', name: 'n' } }),
      post(`${pods}/one/binding`, { apiVersion: 'v1', kind: 'Binding', target: { kind: 'Node', name: 'n' } }),
      post(`${pods}/one/binding`, { apiVersion: 'v1', kind: 'Binding', target: { kind: 'X', name: '' } }),
      post('/api/v1/namespaces/$NS/bindings', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: 'one' },
        target: { kind: 'Node', name: 'n' },
      }),
      post(`${pods}/one/eviction`, {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'one' },
        deleteOptions: { dryRun: ['All'] },
      }),
      post(`${pods}/one/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'two' } }),
      post(`${pods}/two/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'two' } }),
      get(`${pods}/one/ephemeralcontainers`),
      patch('strategic', `${pods}/one/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ name: 'debug', image: 'x', targetContainerName: 'a' }] },
      }),
      patch('strategic', `${pods}/one/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: 'debug', image: 'y' }] } }),
      patch('strategic', `${pods}/one/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ name: 'a', image: 'y', ports: [{ containerPort: 1 }] }] },
      }),
      patch('strategic', `${pods}/one/resize`, { spec: { containers: [{ name: 'a', resources: { requests: { cpu: '2' } } }] } }),
      patch('strategic', `${pods}/one/resize`, {
        spec: { containers: [{ name: 'a', image: 'other', resources: { requests: { cpu: '3' } } }] },
      }),
      patch('strategic', `${pods}/one`, { spec: { containers: [{ name: 'a', image: 'other' }] } }),
      patch('strategic', `${pods}/one`, { spec: { containers: [{ name: 'a', command: ['x'] }], activeDeadlineSeconds: 5 } }),
      patch('strategic', `${pods}/one`, { spec: { tolerations: [{ key: 'x', operator: 'Exists' }], terminationGracePeriodSeconds: 3 } }),
      get(`${pods}/one/log`),
      get(`${pods}/one/log?container=x`),
      get(`${pods}/one/log?tailLines=-1`),
      get(`${pods}/one/log?sinceSeconds=0&sinceTime=2020-01-01T00:00:00Z`),
      get(`${pods}/two/log`),
      post(`${pods}/one/exec?command=a`, {}),
      post(`${pods}/one/exec`, {}),
      get(`${pods}/one/attach`),
      get(`${pods}/one/portforward`),
      get(`${pods}/one/proxy/x`),
      get(`${pods}/one`, tableHeaders),
      remove(`${pods}/one`, { gracePeriodSeconds: 5 }),
      get(`${pods}/one`, tableHeaders),
      remove(`${pods}/one`, { gracePeriodSeconds: 3 }),
      remove(`${pods}/one`, { gracePeriodSeconds: 0 }),
    ],
  },
  {
    name: 'namespaces',
    steps: [
      post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: '$NS-x' } }, { label: 'one' }),
      put('/api/v1/namespaces/$NS-x/finalize', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: '$NS-x' },
        spec: { finalizers: ['kubernetes', 'example.com/a'] },
      }),
      post('/api/v1/namespaces/$NS-x/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }),
      post('/api/v1/namespaces/$NS-nothing/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }),
      post('/api/v1/namespaces/$NS-nothing/pods', { ...pod }),
      remove('/api/v1/namespaces/$NS-x'),
      get('/api/v1/namespaces/$NS-x'),
      post('/api/v1/namespaces/$NS-x/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } }),
      patch('apply', '/api/v1/namespaces/$NS-x/configmaps/c?fieldManager=a', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'c' },
      }),
      put('/api/v1/namespaces/$NS-x/finalize', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: '$NS-x' },
        spec: { finalizers: [] },
      }),
      get('/api/v1/namespaces/$NS-x'),
      remove('/api/v1/namespaces/default'),
      remove('/api/v1/namespaces/kube-system?dryRun=All'),
    ],
  },
  {
    name: 'service accounts',
    steps: [
      ...[
        {},
        { spec: { expirationSeconds: 3600 } },
        { spec: { expirationSeconds: 1 } },
        { spec: { expirationSeconds: 99999999999 } },
        { spec: { audiences: ['x', ''] } },
        { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'nothing' } } },
        { spec: { boundObjectRef: { kind: 'X', apiVersion: 'v1', name: 'nothing' } } },
        { spec: { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'nothing', uid: 'x' } } },
      ].map((body) =>
        post('/api/v1/namespaces/$NS/serviceaccounts/default/token', {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          ...body,
        }),
      ),
      post('/api/v1/namespaces/$NS/serviceaccounts/nothing/token', {}),
      post('/api/v1/namespaces/$NS/serviceaccounts/default/token?dryRun=All', {}),
    ],
  },
  {
    name: 'certificate requests',
    steps: [
      post(collectionOf(kindOf('CertificateSigningRequest')), validObject(kindOf('CertificateSigningRequest')), { label: 'one' }),
      ...(['/approval', '/status', ''] as const).map((subresource) =>
        patch('merge', `${itemOf(kindOf('CertificateSigningRequest'), validObject(kindOf('CertificateSigningRequest')))}${subresource}`, {
          status: { conditions: [{ type: 'Approved', status: 'True', reason: 'A', message: 'b' }] },
        }),
      ),
      patch('merge', `${itemOf(kindOf('CertificateSigningRequest'), validObject(kindOf('CertificateSigningRequest')))}/approval`, {
        status: { conditions: [{ type: 'Denied', status: 'True' }] },
      }),
      patch('merge', `${itemOf(kindOf('CertificateSigningRequest'), validObject(kindOf('CertificateSigningRequest')))}/status`, {
        status: { certificate: 'AAAA' },
      }),
    ],
  },
];
