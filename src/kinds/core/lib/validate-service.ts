import type { ValidationContext } from '../../../api/kind.ts';
import { cidrWarnings, ipWarnings } from '../../../api/ip.ts';
import { ipFamily, isCidr, isDns1123Subdomain, isIp } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { validateLabels } from '../../../api/validate-meta.ts';
import {
  dnsLabel,
  dnsSubdomain,
  type Errors,
  invalidIf,
  oneOf,
  portNumber,
  portNumberOrName,
  qualifiedName,
  required,
} from '../../lib/validate.ts';
import { goShown } from '../../lib/go-shown.ts';
import { type ServicePort, servicePort, type ServiceSpec } from '../shapes/service.ts';
import { isExternallyAccessible, type ServiceLike } from './service-strategy.ts';
import { validateEndpointIp } from './validate-endpoints.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const longestAffinitySeconds = 86_400;
const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const headless = (spec: Pick<ServiceSpec, 'clusterIPs'>) => spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === 'None';
const needsHealthCheck = (spec: ServiceSpec) => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';

function* validatePort(port: ServicePort, needsName: boolean, names: Set<string>, path: string): Errors {
  if (port.name) {
    yield* dnsLabel(`${path}.name`, port.name);
    if (names.has(port.name)) yield fieldError.duplicate(`${path}.name`, port.name);
    names.add(port.name);
  } else if (needsName) yield fieldError.required(`${path}.name`);
  yield* portNumber(`${path}.port`, port.port);
  yield* required(`${path}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']);
  yield* portNumberOrName(`${path}.targetPort`, port.targetPort);
  if (port.appProtocol !== undefined) yield* qualifiedName(`${path}.appProtocol`, port.appProtocol);
}

function* validatePorts({ ports = [], type }: ServiceSpec): Errors {
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) yield* validatePort(port, ports.length > 1, names, `spec.ports[${index}]`);
  const nodePorts = new Set<string>();
  for (const [index, { nodePort, protocol }] of ports.entries()) {
    const at = `spec.ports[${index}].nodePort`;
    if (!nodePort) continue;
    if (type === 'ClusterIP') yield fieldError.forbidden(at, "may not be used when `type` is 'ClusterIP'");
    if (nodePorts.has(`${protocol}/${nodePort}`)) yield fieldError.duplicate(at, nodePort);
    nodePorts.add(`${protocol}/${nodePort}`);
  }
  const taken = new Set<string>();
  for (const [index, { port, protocol }] of ports.entries()) {
    if (taken.has(`${protocol}/${port}`)) yield fieldError.duplicate(`spec.ports[${index}]`, goShown(servicePort, { protocol, port }));
    taken.add(`${protocol}/${port}`);
  }
}

function* validateExternalName(spec: ServiceSpec): Errors {
  const text = 'may not be set for ExternalName services';
  if ((spec.clusterIPs ?? []).length > 0) yield fieldError.forbidden('spec.clusterIPs', text);
  if ((spec.ipFamilies ?? []).length > 0) yield fieldError.forbidden('spec.ipFamilies', text);
  if (spec.ipFamilyPolicy !== undefined) yield fieldError.forbidden('spec.ipFamilyPolicy', text);
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') yield fieldError.required('spec.externalName');
  else yield* dnsSubdomain('spec.externalName', name);
}

type ClusterIpFields = Pick<ServiceSpec, 'clusterIP' | 'clusterIPs' | 'ipFamilies' | 'ipFamilyPolicy'>;
/** How the addresses and families of a service go together. Before any are given out they are looked at alone. */
export function* validateClusterIps(spec: ClusterIpFields, old: ClusterIpFields | undefined): Errors {
  const { clusterIP = '', clusterIPs = [], ipFamilies = [] } = spec;
  const path = 'spec.clusterIPs';
  if (clusterIP !== '') {
    if (clusterIPs.length === 0) yield fieldError.required(path);
    else if (clusterIPs[0] !== clusterIP) yield fieldError.invalid(path, clusterIPs, 'first value must match `clusterIP`');
  } else if (clusterIPs.length > 0) yield fieldError.invalid(path, clusterIPs, 'must be empty when `clusterIP` is not specified');
  for (const [index, family] of ipFamilies.entries()) {
    yield* oneOf(`spec.ipFamilies[${index}]`, family, ['IPv4', 'IPv6']);
    if (ipFamilies.indexOf(family) < index) yield fieldError.duplicate(`spec.ipFamilies[${index}]`, family);
  }
  yield* oneOf('spec.ipFamilyPolicy', spec.ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack']);
  let wrong = false;
  for (const [index, ip] of clusterIPs.entries()) {
    if (index === 0 && ip === 'None') {
      if (clusterIPs.length > 1) {
        wrong = true;
        yield fieldError.invalid(path, clusterIPs, "'None' must be the first and only value");
      }
      continue;
    }
    if (old?.clusterIPs?.includes(ip)) continue;
    const messages = isIp(ip);
    wrong ||= messages.length > 0;
    yield* invalidIf(messages, `${path}[${index}]`, ip);
  }
  if (clusterIPs.length > 2) yield fieldError.invalid(path, clusterIPs, 'may only hold up to 2 values');
  if (wrong) return;
  if (clusterIPs.length > 1 && new Set(clusterIPs.map(ipFamily)).size < 2)
    yield fieldError.invalid(path, clusterIPs, 'may specify no more than one IP for each IP family');
  if (headless(spec)) return;
  for (const [index, ip] of clusterIPs.entries()) {
    const family = ipFamilies[index];
    if ((family === 'IPv4' || family === 'IPv6') && family !== `IPv${ipFamily(ip)}`)
      yield fieldError.invalid(`${path}[${index}]`, ip, `expected an ${family} value as indicated by \`ipFamilies[${index}]\``);
  }
}

function* validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): Errors {
  yield* required('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None']);
  const path = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'ClientIP') {
    const when = 'when session affinity type is ClientIP';
    const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (sessionAffinityConfig === undefined) yield fieldError.required(path, when);
    else if (sessionAffinityConfig.clientIP === undefined) yield fieldError.required(`${path}.clientIP`, when);
    else if (seconds === undefined) yield fieldError.required(`${path}.clientIP.timeoutSeconds`, when);
    else if (seconds <= 0 || seconds > longestAffinitySeconds)
      yield fieldError.invalid(
        `${path}.clientIP.timeoutSeconds`,
        seconds,
        `must be greater than 0 and less than ${longestAffinitySeconds}`,
      );
  } else if (sessionAffinity === 'None' && sessionAffinityConfig !== undefined)
    yield fieldError.forbidden(path, 'must not be set when session affinity is None');
}

const onlyBalancers = "may only be used when `type` is 'LoadBalancer'";
function* validateLoadBalancer({ spec, metadata }: ServiceLike, old: ServiceLike | undefined): Errors {
  const isBalancer = spec.type === 'LoadBalancer';
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const annotation = metadata.annotations?.[rangesAnnotation];
  if (ranges.length > 0) {
    const path = 'spec.LoadBalancerSourceRanges';
    if (!isBalancer) yield fieldError.forbidden(path, onlyBalancers);
    for (const [index, range] of ranges.entries()) yield* invalidIf(isCidr(range.trim()), `${path}[${index}]`, range.trim());
  } else if (annotation !== undefined) {
    const path = `metadata.annotations[${rangesAnnotation}]`;
    if (!isBalancer) yield fieldError.forbidden(path, onlyBalancers);
    if (annotation.trim() !== '' && old?.metadata.annotations?.[rangesAnnotation] !== annotation)
      for (const range of annotation.split(',')) yield* invalidIf(isCidr(range.trim()), path, range.trim());
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && !isBalancer)
    yield fieldError.forbidden('spec.allocateLoadBalancerNodePorts', onlyBalancers);
  if (isBalancer && spec.allocateLoadBalancerNodePorts === undefined) yield fieldError.required('allocateLoadBalancerNodePorts');
  if (old === undefined) yield* validateLoadBalancerClass(spec, undefined);
}
function* validateLoadBalancerClass(spec: ServiceSpec, old: ServiceSpec | undefined): Errors {
  const isBalancer = spec.type === 'LoadBalancer';
  const name = spec.loadBalancerClass;
  if (isBalancer && old?.type === 'LoadBalancer' && old.loadBalancerClass !== name)
    yield fieldError.invalid('spec.loadBalancerClass', name ?? null, 'may not change once set');
  if (name === undefined) return;
  if (isBalancer) yield* qualifiedName('spec.loadBalancerClass', name);
  else yield fieldError.forbidden('spec.loadBalancerClass', onlyBalancers);
}

function* validateTraffic(spec: ServiceSpec): Errors {
  const external = 'spec.externalTrafficPolicy';
  const { externalTrafficPolicy, healthCheckNodePort, internalTrafficPolicy } = spec;
  if (isExternallyAccessible(spec)) yield* required(external, externalTrafficPolicy, ['Cluster', 'Local']);
  else if (externalTrafficPolicy)
    yield fieldError.invalid(external, externalTrafficPolicy, 'may only be set for externally-accessible services');
  const check = 'spec.healthCheckNodePort';
  if (needsHealthCheck(spec)) {
    if (!healthCheckNodePort) yield fieldError.required(check);
    else yield* portNumber(check, healthCheckNodePort);
  } else if (healthCheckNodePort) {
    const rule = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    yield fieldError.invalid(check, healthCheckNodePort, rule);
  }
  if (internalTrafficPolicy === undefined && ['NodePort', 'LoadBalancer', 'ClusterIP'].includes(spec.type ?? ''))
    yield fieldError.required('spec.internalTrafficPolicy');
  yield* oneOf('spec.internalTrafficPolicy', internalTrafficPolicy, ['Cluster', 'Local']);
  const { trafficDistribution } = spec;
  if (trafficDistribution !== undefined && !distributions.includes(trafficDistribution))
    yield fieldError.notSupported('spec.trafficDistribution', trafficDistribution, distributions, 'as given', 'plain');
}

function* validateWhole(service: ServiceLike, old: ServiceLike | undefined): Errors {
  const { spec, metadata } = service;
  const hints = metadata.annotations?.['service.kubernetes.io/topology-aware-hints'];
  const mode = metadata.annotations?.['service.kubernetes.io/topology-mode'];
  if (mode !== undefined && hints !== undefined && mode !== hints) {
    const rule = 'must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified';
    yield fieldError.invalid('metadata.annotations[service.kubernetes.io/topology-mode]', mode, rule);
  }
  if ((spec.ports ?? []).length === 0 && !headless(spec) && spec.type !== 'ExternalName') yield fieldError.required('spec.ports');
  if (headless(spec) && (spec.type === 'LoadBalancer' || spec.type === 'NodePort'))
    yield fieldError.invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`);
  if (spec.type === 'ExternalName') yield* validateExternalName(spec);
  yield* validatePorts(spec);
  yield* validateLabels(spec.selector, 'spec.selector');
  yield* validateAffinity(spec);
  if (spec.type !== 'ExternalName') yield* validateClusterIps(spec, old?.spec);
  for (const [index, ip] of (spec.externalIPs ?? []).entries()) {
    const at = `spec.externalIPs[${index}]`;
    const wrong = old?.spec.externalIPs?.includes(ip) ? [] : isIp(ip);
    if (wrong.length > 0) yield* invalidIf(wrong, at, ip);
    else yield* validateEndpointIp(at, ip);
  }
  yield* required('spec.type', spec.type, types);
  yield* validateLoadBalancer(service, old);
  yield* validateTraffic(spec);
}

/** Addresses and families may be added and released, and else stay. */
function* validateKept(spec: ServiceSpec, old: ServiceSpec): Errors {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return;
  const single = spec.ipFamilyPolicy === 'SingleStack';
  for (const [field, thing] of [
    ['clusterIPs', 'clusterIP'],
    ['ipFamilies', 'ipFamily'],
  ] as const) {
    if (headless(old) && headless(spec)) continue;
    if (field === 'ipFamilies' && headless(old) !== headless(spec)) continue;
    const before = old[field] ?? [];
    const now = spec[field] ?? [];
    const path = `spec.${field}[0]`;
    if (before.length > now.length && now.length === 0) yield fieldError.invalid(path, now, `primary ${thing} can not be unset`);
    else if (before.length === now.length) {
      for (const [index, value] of before.entries())
        if (now[index] !== value)
          yield fieldError.invalid(`spec.${field}[${field === 'clusterIPs' ? index : 0}]`, now, 'may not change once set');
    } else if (before.length > 0 && now[0] !== before[0]) yield fieldError.invalid(path, now, 'may not change once set');
    if (before.length > now.length && now.length === 1 && !single) {
      const rule = `must be set to 'SingleStack' when releasing the secondary ${thing}`;
      yield fieldError.invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy ?? null, rule);
    }
  }
}
function* validateUpdate(spec: ServiceSpec, old: ServiceSpec): Errors {
  yield* validateKept(spec, old);
  yield* validateLoadBalancerClass(spec, old);
  if (needsHealthCheck(old) && needsHealthCheck(spec) && old.healthCheckNodePort !== spec.healthCheckNodePort)
    yield fieldError.forbidden('spec.healthCheckNodePort', 'field is immutable');
}

function* validateStatus({ spec, status }: ServiceLike, old: ServiceLike): Errors {
  const path = 'status.loadBalancer.ingress';
  const ingress = status.loadBalancer.ingress ?? [];
  if (spec.type !== 'LoadBalancer' && ingress.length > 0)
    return yield fieldError.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'");
  const known = new Set((old.status.loadBalancer.ingress ?? []).map((one) => one.ip));
  for (const [index, { ip, ipMode, hostname }] of ingress.entries()) {
    const at = `${path}[${index}]`;
    if (ip && !known.has(ip)) yield* invalidIf(isIp(ip), `${at}.ip`, ip);
    if (ipMode === undefined) {
      if (ip) yield fieldError.required(`${at}.ipMode`, 'must be specified when `ip` is set');
    } else if (!ip) yield fieldError.forbidden(`${at}.ipMode`, 'may not be specified when `ip` is not set');
    else yield* oneOf(`${at}.ipMode`, ipMode, ['Proxy', 'VIP']);
    if (!hostname) continue;
    yield* invalidIf(isDns1123Subdomain(hostname), `${at}.hostname`, hostname);
    if (ipFamily(hostname) !== undefined) yield fieldError.invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address');
  }
}

/** pkg/apis/core/validation ValidateServiceCreate, -Update and -StatusUpdate; after allocation of addresses. */
export function* validateService(service: ServiceLike, { old, subresource }: ValidationContext<ServiceLike>): Errors {
  if (subresource === 'status' && old !== undefined) return yield* validateStatus(service, old);
  if (old !== undefined) yield* validateUpdate(service.spec, old.spec);
  yield* validateWhole(service, old);
}

/** pkg/api/service warnings. */
export function* serviceWarnings({ spec, metadata }: ServiceLike): Generator<string> {
  const isHeadless = spec.type === 'ClusterIP' && spec.clusterIP === 'None';
  const external = (spec.externalIPs ?? []).length > 0;
  if (metadata.annotations?.['service.kubernetes.io/topology-aware-hints'] !== undefined)
    yield 'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead';
  if (spec.clusterIP && spec.clusterIP !== 'None')
    for (const [index, ip] of (spec.clusterIPs ?? []).entries()) yield* ipWarnings(`spec.clusterIPs[${index}]`, ip);
  if (isHeadless) {
    if (spec.loadBalancerIP) yield 'spec.loadBalancerIP is ignored for headless services';
    if (external) yield 'spec.externalIPs is ignored for headless services';
    if (spec.sessionAffinity !== 'None') yield 'spec.SessionAffinity is ignored for headless services';
  }
  for (const [index, ip] of (spec.externalIPs ?? []).entries()) yield* ipWarnings(`spec.externalIPs[${index}]`, ip);
  if (external && !isHeadless && spec.type !== 'ExternalName')
    yield 'spec.externalIPs is deprecated and may no longer be implemented in some clusters';
  if (spec.loadBalancerIP) yield* ipWarnings('spec.loadBalancerIP', spec.loadBalancerIP);
  for (const [index, range] of (spec.loadBalancerSourceRanges ?? []).entries())
    yield* cidrWarnings(`spec.loadBalancerSourceRanges[${index}]`, range);
  if (external && spec.type === 'ExternalName') yield 'spec.externalIPs is ignored when spec.type is "ExternalName"';
  if (spec.externalName && spec.type !== 'ExternalName') yield 'spec.externalName is ignored when spec.type is not "ExternalName"';
  if (spec.trafficDistribution === 'PreferClose') yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"';
}
