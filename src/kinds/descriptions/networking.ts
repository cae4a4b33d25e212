import { type Descriptions, inPackage } from '../lib/descriptions.ts';

const ports = 'Ports that are allowed. Default: all.';

/** Ingresses, network policies and addresses of Services. */
export const networking: Descriptions = inPackage('io.k8s.api.networking.v1', {
  Ingress: {
    '': 'Leads HTTP requests from outside to Services, by host and path.',
    spec: 'Which requests go where.',
    status: 'State of its load balancer.',
  },
  IngressSpec: {
    '': 'At least one of defaultBackend and rules is needed.',
    defaultBackend: 'Where requests go that no rule fits. Default: chosen by the controller.',
    ingressClassName: 'IngressClass whose controller takes care of it. Default: the default class of the cluster.',
    rules: 'Rules by host.',
    tls: 'Certificates, by host.',
  },
  IngressRule: {
    '': 'Rules for one host.',
    host: 'Domain name, or *.DOMAIN for one label beneath it; empty for all hosts.',
    http: 'Rules by path; without them, all requests go to the default backend.',
  },
  HTTPIngressRuleValue: {
    '': 'Paths of one host; the longest one that fits a request wins.',
    paths: 'The paths and where they lead; at least one.',
  },
  HTTPIngressPath: {
    '': 'Where requests for a path go; the longest path that fits wins.',
    backend: 'Where they go.',
    path: 'Path that is matched, beginning with /.',
    pathType: 'How it is matched: as a whole, by the parts between slashes from the start, or as the controller does.',
  },
  IngressBackend: {
    '': 'Where requests go; exactly one is set.',
    resource: 'Another object of the namespace, as the controller knows it.',
    service: 'A Service of the namespace.',
  },
  IngressServiceBackend: {
    '': 'A Service that requests go to.',
    name: 'Name of the Service.',
    port: 'Port of the Service.',
  },
  ServiceBackendPort: {
    '': 'Exactly one of name and number is set.',
    name: 'Name of the port.',
    number: 'Number of the port.',
  },
  IngressTLS: {
    '': 'Hosts are told apart by the name that clients send (SNI).',
    hosts: 'Hosts that the certificate is for. Default: all.',
    secretName: 'Secret with certificate and key, as tls.crt and tls.key. Default: chosen by the controller.',
  },
  IngressStatus: { '': 'Written by the controller of the class.', loadBalancer: 'State of its load balancer.' },
  IngressLoadBalancerStatus: { '': 'Empty until the load balancer is there.', ingress: 'Where it takes requests.' },
  IngressLoadBalancerIngress: {
    '': 'An address or a name; at most one of the two is usual.',
    hostname: 'Its host name, for those known by names.',
    ip: 'Its address, for those known by addresses.',
    ports: 'State of its ports.',
  },
  IngressPortStatus: {
    '': 'One entry for each port; an error only where there is one.',
    error: 'What is wrong with it, as CamelCase or DOMAIN/CamelCase; absent when all is well.',
    port: 'Number of the port.',
    protocol: 'Protocol of the port.',
  },
  IngressClass: {
    '': 'A class of Ingresses, which one controller takes care of.',
    spec: 'Which controller, and with what parameters.',
  },
  IngressClassSpec: {
    '': 'Which controller takes care of a class.',
    controller: 'Name of the controller, such as example.com/ingress-controller. It cannot be changed.',
    parameters: 'Object with more settings for the controller.',
  },
  IngressClassParametersReference: {
    '': 'Names an object of the cluster or of a namespace, as scope says.',
    apiGroup: 'Group of the object; empty for the core.',
    kind: 'Kind of the object.',
    name: 'Name of the object.',
    namespace: 'Namespace of the object; set when the scope is Namespace, and only then.',
    scope: 'Whether the object is of the Cluster (default) or of a Namespace.',
  },
  NetworkPolicy: {
    '': 'Which traffic is allowed to and from Pods; traffic of Pods that a policy selects is refused unless a policy allows it.',
    spec: 'Which Pods, and which traffic.',
  },
  NetworkPolicySpec: {
    '': 'Policies add up: what any of them allows is allowed.',
    egress: 'Traffic from the Pods that is allowed. Default: none, when Egress is among the types.',
    ingress: 'Traffic to the Pods that is allowed. Default: none, when Ingress is among the types.',
    podSelector: 'Labels of the Pods of the namespace that are meant; empty for all.',
    policyTypes: 'Which directions the policy is about. Default: Ingress, and Egress when it has egress rules.',
  },
  NetworkPolicyIngressRule: {
    '': 'Traffic to Pods that is allowed: from any of the peers, to any of the ports.',
    from: 'Where it may come from. Default: anywhere.',
    ports,
  },
  NetworkPolicyEgressRule: {
    '': 'Traffic from Pods that is allowed: to any of the peers, to any of the ports.',
    ports,
    to: 'Where it may go. Default: anywhere.',
  },
  NetworkPolicyPeer: {
    '': 'The other side of traffic: Pods or a network.',
    ipBlock: 'A network; not together with the others.',
    namespaceSelector: 'Labels of namespaces whose Pods are meant; empty for all. Default: the namespace of the policy.',
    podSelector: 'Labels of the Pods that are meant. Default: all of the namespaces selected.',
  },
  IPBlock: {
    '': 'A range of addresses, without some parts of it.',
    cidr: 'The network in CIDR notation, such as 192.168.1.0/24 or 2001:db8::/64.',
    except: 'Parts of it that are left out, in CIDR notation.',
  },
  NetworkPolicyPort: {
    '': 'A port, or a range of ports.',
    endPort: 'Last port of the range that starts at port; port must be a number.',
    port: 'Number or name of the port. Default: all.',
    protocol: 'Protocol of the port. Default TCP.',
  },
  IPAddress: {
    '': 'An address in use, by its name; made by the server for addresses of Services.',
    spec: 'What uses it.',
  },
  IPAddressSpec: { '': 'Addresses whose parent is gone are removed.', parentRef: 'The object that uses it.' },
  ParentReference: {
    '': 'Names an object that uses an address.',
    group: 'Group of the object; empty for the core.',
    name: 'Name of the object.',
    namespace: 'Namespace of the object.',
    resource: 'Resource of the object, in the plural.',
  },
  ServiceCIDR: {
    '': 'Ranges from which Services get their addresses.',
    spec: 'The ranges.',
    status: 'State of the ranges.',
  },
  ServiceCIDRSpec: {
    '': 'One range, or one of each IP family.',
    cidrs: 'The ranges in CIDR notation: one, or one of each IP family. They cannot be changed.',
  },
  ServiceCIDRStatus: {
    '': 'Written by the controller.',
    conditions: 'Aspects of the state, by type: Ready says whether addresses are given from it.',
  },
});
