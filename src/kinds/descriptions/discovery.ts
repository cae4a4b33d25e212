import { type Descriptions, inPackage } from '../lib/descriptions.ts';

/** Endpoints of Services, in slices. */
export const discovery: Descriptions = inPackage('io.k8s.api.discovery.v1', {
  EndpointSlice: {
    '': 'Some of the endpoints of a Service, which its label kubernetes.io/service-name names.',
    addressType: 'What the addresses are; FQDN is deprecated. It cannot be changed.',
    endpoints: 'The endpoints; at most 1000.',
    ports: 'Ports at which each endpoint serves; at most 100.',
  },
  Endpoint: {
    '': 'One endpoint, usually a Pod.',
    addresses: 'Addresses of the endpoint, of the type that the slice names; at least one, and only the first is used.',
    conditions: 'Whether it serves.',
    deprecatedTopology: 'Deprecated: labels of its place; read-only.',
    hints: 'Whose traffic the endpoint should get.',
    hostname: 'Host name of the endpoint, a DNS label.',
    nodeName: 'Node on which the endpoint is.',
    targetRef: 'Object that the endpoint stands for, usually a Pod.',
    zone: 'Zone in which the endpoint is.',
  },
  EndpointConditions: {
    '': 'Each may be absent, which means that it is not known.',
    ready: 'Whether traffic should go to it: it serves and is not terminating. Absent counts as true.',
    serving: 'Whether it can serve, even while terminating. Absent counts as ready.',
    terminating: 'Whether it is being ended. Absent counts as false.',
  },
  EndpointHints: {
    '': 'Heeded by kube-proxy when all endpoints have them.',
    forNodes: 'Nodes whose traffic it should get; at most 8.',
    forZones: 'Zones whose traffic it should get; at most 8.',
  },
  ForNode: { '': 'A node by its name.', name: 'Name of the node.' },
  ForZone: { '': 'A zone by its name.', name: 'Name of the zone.' },
  EndpointPort: {
    '': 'A number with a name and a protocol.',
    appProtocol: 'Application protocol of the port, a hint.',
    name: 'Name of the port, as in the Service; unique within the slice. Default: empty.',
    port: 'Number of the port; absent stands for all.',
    protocol: 'Protocol of the port. Default TCP.',
  },
});
