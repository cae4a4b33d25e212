import { type Descriptions, inPackage } from '../lib/descriptions.ts';

/** Services and their endpoints. */
export const service: Descriptions = inPackage('io.k8s.api.core.v1', {
  Service: {
    '': 'A stable name, address and set of ports for a changing set of Pods.',
    spec: 'How the Service is to behave.',
    status: 'State of the Service: above all, its load balancer.',
  },
  ServiceSpec: {
    '': 'Usually ports and selector are set; the rest has defaults.',
    allocateLoadBalancerNodePorts: 'Whether a LoadBalancer Service gets ports on the nodes. Default true.',
    clusterIP: 'Address within the cluster: chosen by the server when empty, none (headless) when "None". It usually cannot be changed.',
    clusterIPs: 'Addresses within the cluster, one per IP family; the first equals clusterIP.',
    externalIPs: 'More addresses for which nodes take traffic to the Service; somebody else must route them to the nodes.',
    externalName: 'Domain name that cluster DNS gives as alias (CNAME), for type ExternalName.',
    externalTrafficPolicy:
      "Where traffic from outside goes: to all endpoints (Cluster, default), or to those of the same node only (Local), which keeps the client's address.",
    healthCheckNodePort: 'Port of the nodes on which load balancers ask for local endpoints; for LoadBalancer with policy Local.',
    internalTrafficPolicy:
      'Where traffic from within goes: to all endpoints (Cluster, default), or to those of the same node only (Local).',
    ipFamilies: 'IP families of the Service, the main one first; chosen by ipFamilyPolicy when empty.',
    ipFamilyPolicy: 'Whether it has one family (SingleStack, default), two where the cluster has them, or two always.',
    loadBalancerClass: 'Which implementation provides the load balancer, such as example.com/internal. It cannot be changed once set.',
    loadBalancerIP: 'Deprecated: address asked of the load balancer, where its provider heeds it.',
    loadBalancerSourceRanges: 'Networks of clients that the load balancer lets in, in CIDR notation. Default: all.',
    ports: 'Ports of the Service.',
    publishNotReadyAddresses: 'Whether Pods count as ready endpoints before they are ready. Default false.',
    selector: 'Labels of the Pods that serve; without it, endpoints are made by somebody else.',
    sessionAffinity: 'ClientIP sends a client to the same endpoint each time; None (default) does not.',
    sessionAffinityConfig: 'Settings of the session affinity.',
    trafficDistribution: 'Which endpoints are preferred: PreferSameZone, PreferSameNode or PreferClose (another name of PreferSameZone).',
    type: 'How it is reached: within the cluster (default), at a port of every node too, through a load balancer too, or as a mere DNS alias.',
  },
  ServicePort: {
    '': 'Traffic for port at the address of the Service goes to targetPort of the Pods.',
    appProtocol: 'Application protocol of the port, such as http, kubernetes.io/h2c or example.com/own; a hint.',
    name: 'Name of the port, a DNS label, unique within the Service; needed when there are several.',
    nodePort: 'Port on every node, for NodePort and LoadBalancer; chosen by the server from its range when absent.',
    port: 'Number of the port, 1 to 65535.',
    protocol: 'Protocol of the port. Default TCP.',
    targetPort: 'Number or name of the port of the Pods. Default: equal to port.',
  },
  SessionAffinityConfig: {
    '': 'Used only when sessionAffinity is ClientIP.',
    clientIP: 'Settings of affinity by the address of the client.',
  },
  ClientIPConfig: {
    '': 'A client is known by its address.',
    timeoutSeconds: 'Seconds for which a client keeps its endpoint, 1 to 86400. Default 10800 (3 hours).',
  },
  ServiceStatus: {
    '': 'Written by whoever provides load balancers.',
    conditions: 'Aspects of its state, by type.',
    loadBalancer: 'State of its load balancer, if it has one.',
  },
  LoadBalancerStatus: {
    '': 'Empty until the load balancer is there.',
    ingress: 'Where traffic for the Service is to be sent to.',
  },
  LoadBalancerIngress: {
    '': 'Where a load balancer takes traffic.',
    hostname: 'Its host name, for those known by names.',
    ip: 'Its address, for those known by addresses.',
    ipMode: 'VIP when traffic keeps the address of the load balancer, Proxy when it arrives with that of a node or Pod. Default VIP.',
    ports: 'State of its ports.',
  },
  PortStatus: {
    '': 'One entry for each port of the Service.',
    error: 'What is wrong with it, as CamelCase or DOMAIN/CamelCase; absent when all is well.',
    port: 'Number of the port.',
    protocol: 'Protocol of the port.',
  },
  Endpoints: {
    '': 'Deprecated, see EndpointSlice: addresses of the Pods that serve a Service of the same name.',
    subsets: 'Sets of addresses that share the same ports.',
  },
  EndpointSubset: {
    '': 'Each address serves at each port.',
    addresses: 'Addresses that are ready.',
    notReadyAddresses: 'Addresses that are not ready.',
    ports: 'Ports of all these addresses.',
  },
  EndpointAddress: {
    '': 'An address that serves.',
    hostname: 'Host name of the endpoint, for DNS.',
    ip: 'The address; not one of the loopback or of a link-local range.',
    nodeName: 'Node on which the endpoint is.',
    targetRef: 'Object that the endpoint stands for, usually a Pod.',
  },
  EndpointPort: {
    '': 'A port at which addresses serve.',
    appProtocol: 'Application protocol of the port, a hint.',
    name: 'Name of the port, as in the Service.',
    port: 'Number of the port.',
    protocol: 'Protocol of the port. Default TCP.',
  },
});
