import type { Service } from '../kinds/core/service.ts';
import { endpointsOf, type EndpointRecord, type Zone } from './zone.ts';

/** kubernetes.io/docs: DNS for Services and Pods; specification 1.1.0 of Kubernetes' DNS-based service discovery. */
export interface Question {
  /** Without the final dot; any case. */
  readonly name: string;
  readonly type: string;
}
export type ResourceRecord =
  | { readonly type: 'A' | 'AAAA' | 'PTR' | 'CNAME' | 'NS'; readonly name: string; readonly data: string }
  | { readonly type: 'TXT'; readonly name: string; readonly data: string }
  | {
      readonly type: 'SRV';
      readonly name: string;
      readonly data: { readonly priority: number; readonly weight: number; readonly port: number; readonly target: string };
    }
  | { readonly type: 'SOA'; readonly name: string };

/** `forward`: the name is not ours. An answer without records but with NOERROR says that the name exists with other types. */
export type Answer =
  | { readonly type: 'forward' }
  | {
      readonly type: 'answer';
      readonly code: 'NOERROR' | 'NXDOMAIN';
      readonly answers: readonly ResourceRecord[];
      readonly additionals: readonly ResourceRecord[];
    };

const nothing: Answer = { type: 'answer', code: 'NXDOMAIN', answers: [], additionals: [] };
const answerWith = (answers: readonly ResourceRecord[], additionals: readonly ResourceRecord[] = []): Answer => ({
  type: 'answer',
  code: 'NOERROR',
  answers,
  additionals,
});

/** The answer to one question; pure. */
export function answer(question: Question, zone: Zone): Answer {
  const name = question.name.toLowerCase();
  if (name === zone.domain || name.endsWith(`.${zone.domain}`)) return answerInZone(name, question, zone);
  if (name.endsWith('.in-addr.arpa')) return answerReverse(name, question, zone);
  return { type: 'forward' };
}

function answerInZone(name: string, question: Question, zone: Zone): Answer {
  const labels = name === zone.domain ? [] : name.slice(0, -zone.domain.length - 1).split('.');
  if (labels.length === 0) {
    if (question.type === 'SOA') return answerWith([{ type: 'SOA', name }]);
    if (question.type === 'NS') return answerWith([{ type: 'NS', name, data: `ns.dns.${zone.domain}` }]);
    return answerWith([]);
  }
  if (name === `dns-version.${zone.domain}`)
    return answerWith(question.type === 'TXT' ? [{ type: 'TXT', name: question.name, data: '1.1.0' }] : []);
  const kind = labels.at(-1);
  if (kind === 'svc') return answerService(labels.slice(0, -1), question, zone);
  if (kind === 'pod') return answerPod(labels.slice(0, -1), question, zone);
  return nothing;
}

/** 1-2-3-4.namespace.pod: the address is in the name; the namespace must exist. */
function answerPod(labels: readonly string[], question: Question, zone: Zone): Answer {
  const [dashed, namespace] = labels.slice(-2);
  if (labels.length === 0) return answerWith([]);
  if (labels.length === 1) return zone.namespace(dashed!) === undefined ? nothing : answerWith([]);
  if (labels.length > 2 || zone.namespace(namespace!) === undefined) return nothing;
  const address = dashed!.replaceAll('-', '.');
  if (!isIpv4(address)) return nothing;
  return answerWith(question.type === 'A' || question.type === 'ANY' ? [{ type: 'A', name: question.name, data: address }] : []);
}

function answerService(labels: readonly string[], question: Question, zone: Zone): Answer {
  if (labels.length === 0) return answerWith([]);
  const namespace = labels.at(-1)!;
  if (labels.length === 1) return zone.namespace(namespace) === undefined ? nothing : answerWith([]);
  const service = zone.service(namespace, labels.at(-2)!);
  if (service === undefined) return nothing;
  const rest = labels.slice(0, -2);
  if (service.spec.type === 'ExternalName') {
    const target = (service.spec.externalName ?? '').replace(/\.$/, '');
    return rest.length > 0 || target === '' ? nothing : answerWith([{ type: 'CNAME', name: question.name, data: target }]);
  }
  const headless = service.spec.clusterIP === 'None';
  if (rest.length === 2 && rest[0]!.startsWith('_') && rest[1]!.startsWith('_'))
    return answerPorts(rest[0]!.slice(1), rest[1]!.slice(1), service, question, zone);
  if (rest.length > 1) return nothing;
  if (!headless) return rest.length > 0 ? nothing : answerClusterIp(service, question, zone);
  const endpoints = endpointsOf(zone.slices(namespace, service.metadata.name)).filter(
    (endpoint) => rest.length === 0 || endpoint.label.toLowerCase() === rest[0],
  );
  if (endpoints.length === 0) return nothing;
  return question.type === 'SRV'
    ? answerWith(...serviceRecords(question.name, service, endpoints, zone))
    : answerWith(
        addresses(
          question,
          endpoints.map((endpoint) => endpoint.address),
        ),
      );
}

function answerClusterIp(service: Service, question: Question, zone: Zone): Answer {
  const ips = service.spec.clusterIPs ?? [service.spec.clusterIP ?? ''];
  if (question.type !== 'SRV') return answerWith(addresses(question, ips));
  const target = serviceName(service, zone);
  return answerWith(
    (service.spec.ports ?? []).map((port) => srv(question.name, port.port, target)),
    addresses({ name: target, type: 'ANY' }, ips),
  );
}

/** _port._protocol.service: SRV records of one named port. */
function answerPorts(portName: string, protocol: string, service: Service, question: Question, zone: Zone): Answer {
  const matches = (port: { readonly name?: string | undefined; readonly protocol?: string | undefined }) =>
    (port.name ?? '').toLowerCase() === portName && (port.protocol ?? 'TCP').toLowerCase() === protocol;
  if (service.spec.clusterIP === 'None') {
    const endpoints = endpointsOf(zone.slices(service.metadata.namespace ?? '', service.metadata.name))
      .map((endpoint) => ({ ...endpoint, ports: endpoint.ports.filter(matches) }))
      .filter((endpoint) => endpoint.ports.length > 0);
    if (endpoints.length === 0) return nothing;
    return question.type === 'SRV' ? answerWith(...serviceRecords(question.name, service, endpoints, zone)) : answerWith([]);
  }
  const ports = (service.spec.ports ?? []).filter(matches);
  if (ports.length === 0) return nothing;
  const target = serviceName(service, zone);
  return question.type === 'SRV'
    ? answerWith(
        ports.map((port) => srv(question.name, port.port, target)),
        addresses({ name: target, type: 'ANY' }, service.spec.clusterIPs ?? [service.spec.clusterIP ?? '']),
      )
    : answerWith([]);
}

function serviceRecords(
  name: string,
  service: Service,
  endpoints: readonly EndpointRecord[],
  zone: Zone,
): [ResourceRecord[], ResourceRecord[]] {
  const records: ResourceRecord[] = [];
  const additionals: ResourceRecord[] = [];
  for (const endpoint of endpoints) {
    const target = `${endpoint.label}.${serviceName(service, zone)}`;
    for (const port of endpoint.ports) records.push(srv(name, port.port, target));
    additionals.push(...addresses({ name: target, type: 'ANY' }, [endpoint.address]));
  }
  return [records, additionals];
}

const serviceName = (service: Service, zone: Zone) => `${service.metadata.name}.${service.metadata.namespace}.svc.${zone.domain}`;
const srv = (name: string, port: number, target: string): ResourceRecord => ({
  type: 'SRV',
  name,
  data: { priority: 0, weight: 100, port, target },
});
const isIpv4 = (text: string) =>
  /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/
    .exec(text)
    ?.slice(1)
    .every((part) => Number(part) <= 255) === true;

function addresses(question: Question, ips: readonly string[]): ResourceRecord[] {
  return ips.flatMap((ip): ResourceRecord[] => {
    const type = ip.includes(':') ? 'AAAA' : 'A';
    return ip !== '' && (question.type === type || question.type === 'ANY') ? [{ type, name: question.name, data: ip }] : [];
  });
}

/** PTR of cluster IPs and of endpoints that have a name; other addresses are somebody else's. */
function answerReverse(name: string, question: Question, zone: Zone): Answer {
  const ip = name.slice(0, -'.in-addr.arpa'.length).split('.').reverse().join('.');
  const names: string[] = [];
  const service = zone.serviceByIp(ip);
  if (service !== undefined) names.push(serviceName(service, zone));
  for (const slice of service === undefined ? zone.slicesByIp(ip) : []) {
    const serviceLabel = slice.metadata.labels?.['kubernetes.io/service-name'];
    for (const endpoint of endpointsOf([slice])) {
      if (endpoint.address === ip && serviceLabel !== undefined)
        names.push(`${endpoint.label}.${serviceLabel}.${slice.metadata.namespace}.svc.${zone.domain}`);
    }
  }
  if (names.length === 0) return { type: 'forward' };
  return answerWith(
    question.type === 'PTR' || question.type === 'ANY'
      ? [...new Set(names)].map((data) => ({ type: 'PTR', name: question.name, data }))
      : [],
  );
}
