import { condition, type Descriptions, inPackage } from '../lib/descriptions.ts';

/** Versions of the API that other servers serve. */
export const apiregistration: Descriptions = inPackage('io.k8s.kube-aggregator.pkg.apis.apiregistration.v1', {
  APIService: {
    '': 'A version of an API group and the server that serves it; its name is VERSION.GROUP.',
    spec: 'Which version, and which server.',
    status: 'Whether the server can be reached.',
  },
  APIServiceSpec: {
    '': 'Without a service, the version is served by this server itself.',
    caBundle: "Certificates, as PEM, that sign the server's certificate. Default: those of the system.",
    group: 'Name of the API group.',
    groupPriorityMinimum: 'Priority of the group among groups, at least; higher comes first, 1 to 20000.',
    insecureSkipTLSVerify: 'Whether the certificate of the server is not checked; not together with caBundle. Default false.',
    service: 'Service of the server; absent for versions that this server serves itself.',
    version: 'Name of the API version.',
    versionPriority: 'Order of the version within its group; higher comes first, 1 to 1000.',
  },
  ServiceReference: {
    '': 'A Service that requests are passed to.',
    name: 'Name of the Service.',
    namespace: 'Namespace of the Service.',
    port: 'Port of the Service. Default 443.',
  },
  APIServiceStatus: {
    '': 'Written by the server, which checks the other one again and again.',
    conditions: 'Aspects of the state, by type.',
  },
  APIServiceCondition: {
    '': 'One aspect of the state of an APIService.',
    ...condition,
    type: 'Which condition this is: Available.',
  },
});
