import type { AnyKind } from '../api/kind.ts';
import type { ApiObject, Key } from '../api/meta.ts';
import { PriorityClass } from '../kinds/scheduling/priority-class.ts';
import { Endpoints } from '../kinds/core/endpoints.ts';
import { Namespace } from '../kinds/core/namespace.ts';
import { Service } from '../kinds/core/service.ts';
import { EndpointSlice } from '../kinds/discovery/endpoint-slice.ts';
import type { Resources, WriteContext } from './types.ts';

/** Where a part of the system is reached: by its cluster IP, and where it really listens. An address that pods can reach: no loopback. */
export interface SystemAddress {
  readonly clusterIp: string;
  readonly address: string;
  readonly port: number;
}

const context: WriteContext = { identity: { user: 'system:apiserver', groups: ['system:masters'] } };

async function ensure(resources: Resources, kind: AnyKind, object: object, sameAs: (present: any) => boolean = () => true): Promise<void> {
  const { metadata } = object as { metadata: Key };
  const present = await resources.get<ApiObject>(kind, metadata);
  if (present === undefined) return void (await resources.create(kind, object, context));
  if (sameAs(present)) return;
  await resources.change(
    kind,
    metadata,
    '',
    (draft: any) => {
      for (const [name, value] of Object.entries(object)) if (name !== 'metadata') draft[name] = structuredClone(value);
    },
    context,
  );
}

const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** What upstream's API server makes at its start: namespaces, priority classes, and the Service that leads to the API. */
export async function ensureSystemObjects(resources: Resources, api: SystemAddress): Promise<void> {
  await Promise.all(systemNamespaces.map((name) => ensure(resources, Namespace, { metadata: { name } })));
  await Promise.all([
    ensure(resources, PriorityClass, {
      metadata: { name: 'system-cluster-critical' },
      value: 2_000_000_000,
      description: 'For pods the cluster needs and that may move to another node.',
    }),
    ensure(resources, PriorityClass, {
      metadata: { name: 'system-node-critical' },
      value: 2_000_001_000,
      description: 'For pods a node needs and that may not move.',
    }),
    ensureApiService(resources, api),
  ]);
}

async function ensureApiService(resources: Resources, { clusterIp, address, port }: SystemAddress): Promise<void> {
  const metadata = { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } };
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  await ensure(resources, Service, {
    metadata,
    spec: {
      clusterIP: clusterIp,
      ports: [{ name: 'https', port: 443, targetPort: port, protocol: 'TCP' }],
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
  });
  await ensure(
    resources,
    Endpoints,
    {
      metadata: { name: 'kubernetes', namespace: 'default', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
      subsets: [{ addresses: [{ ip: address }], ports }],
    },
    (present) => present.subsets?.[0]?.addresses?.[0]?.ip === address && present.subsets[0].ports?.[0]?.port === port,
  );
  await ensure(
    resources,
    EndpointSlice,
    {
      metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports,
    },
    (present) => present.endpoints?.[0]?.addresses?.[0] === address && present.ports?.[0]?.port === port,
  );
}

/** The Service that pods ask for names, leading to where the cluster's DNS listens. */
export async function ensureDnsService(resources: Resources, { clusterIp, address, port }: SystemAddress): Promise<void> {
  const labels = { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' };
  await ensure(resources, Service, {
    metadata: { name: 'kube-dns', namespace: 'kube-system', labels },
    spec: {
      clusterIP: clusterIp,
      ports: [
        { name: 'dns', port: 53, targetPort: port, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, targetPort: port, protocol: 'TCP' },
      ],
      type: 'ClusterIP',
    },
  });
  const ports = [
    { name: 'dns', port, protocol: 'UDP' },
    { name: 'dns-tcp', port, protocol: 'TCP' },
  ];
  await ensure(
    resources,
    EndpointSlice,
    {
      metadata: {
        name: 'kube-dns',
        namespace: 'kube-system',
        labels: { 'kubernetes.io/service-name': 'kube-dns', 'endpointslice.kubernetes.io/managed-by': 'skiff' },
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports,
    },
    (present) => present.endpoints?.[0]?.addresses?.[0] === address && present.ports?.[0]?.port === port,
  );
}
