import { fieldError, invalid } from '../../api/status.ts';

/** A service's spec as a draft: what allocation reads and fills in. */
export interface ServicePortDraft {
  name?: string;
  port: number;
  protocol?: string;
  nodePort?: number;
}
export interface ServiceSpecDraft {
  type?: string;
  clusterIP?: string;
  clusterIPs?: string[];
  ipFamilies?: string[];
  ipFamilyPolicy?: string;
  selector?: Record<string, string>;
  ports?: ServicePortDraft[];
  externalTrafficPolicy?: string;
  healthCheckNodePort?: number;
  allocateLoadBalancerNodePorts?: boolean;
}

export const isHeadless = (spec: ServiceSpecDraft) => spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None';
export const needsClusterIp = (spec: ServiceSpecDraft) => spec.type !== 'ExternalName';
export const needsNodePorts = (spec: ServiceSpecDraft) => spec.type === 'NodePort' || spec.type === 'LoadBalancer';
export const needsHealthCheckPort = (spec: ServiceSpecDraft) => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
export const allocatesNodePorts = (spec: ServiceSpecDraft) =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);

/** The addresses that a service has of its own. */
export const clusterIpsOf = (spec: ServiceSpecDraft): readonly string[] =>
  needsClusterIp(spec) && !isHeadless(spec) ? (spec.clusterIPs ?? []).filter((ip) => ip !== '') : [];

/** Every node port of a service, its health check's too. */
export function nodePortsOf(spec: ServiceSpecDraft): readonly number[] {
  const ports = [...(spec.ports ?? []).map((port) => port.nodePort ?? 0), needsHealthCheckPort(spec) ? (spec.healthCheckNodePort ?? 0) : 0];
  return [...new Set(ports.filter((port) => port !== 0))];
}

/** Carries over what the server had filled in and an update left out, so that applying the same manifest again changes nothing. */
export function keepAllocated(spec: ServiceSpecDraft, old: ServiceSpecDraft): void {
  if (needsClusterIp(spec) && needsClusterIp(old)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs?.length && old.clusterIPs?.length) spec.clusterIPs = [...old.clusterIPs];
  }
  if (needsNodePorts(spec) && needsNodePorts(old)) {
    const present = new Set((spec.ports ?? []).map((port) => port.nodePort ?? 0));
    const byName = new Map((old.ports ?? []).map((port) => [port.name ?? '', port.nodePort ?? 0]));
    for (const port of spec.ports ?? []) {
      const known = byName.get(port.name ?? '') ?? 0;
      if (!port.nodePort && known !== 0 && !present.has(known)) port.nodePort = known;
    }
  }
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(old) && !spec.healthCheckNodePort && old.healthCheckNodePort)
    spec.healthCheckNodePort = old.healthCheckNodePort;
}

const sameList = (a: readonly string[] = [], b: readonly string[] = []) =>
  a.length === b.length && a.every((value, index) => value === b[index]);

/** Keeps clusterIP and clusterIPs in step when a client knows only the first. */
export function normalizeClusterIps(spec: ServiceSpecDraft, old: ServiceSpecDraft | undefined): void {
  if (old === undefined) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  if ((spec.clusterIP ?? '') === (old.clusterIP ?? '') || !sameList(spec.clusterIPs, old.clusterIPs)) return;
  if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
  else delete spec.clusterIPs;
}

/** Fills in ipFamilyPolicy and ipFamilies for a cluster that has IPv4 only. Throws Invalid for what it can't give. */
export function settleFamilies(name: string, spec: ServiceSpecDraft, old: ServiceSpecDraft | undefined): void {
  if (!needsClusterIp(spec)) return;
  const selectorless = Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ||= old?.ipFamilyPolicy || (isHeadless(spec) && selectorless ? 'RequireDualStack' : 'SingleStack');
  const ips = isHeadless(spec) ? [] : (spec.clusterIPs ?? []).filter((ip) => ip !== '');
  const errors = [];
  if (spec.ipFamilyPolicy === 'SingleStack') {
    const both = (what: string) =>
      fieldError.invalid(
        'spec.ipFamilyPolicy',
        spec.ipFamilyPolicy,
        `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`,
      );
    if (ips.length === 2) errors.push(both('cluster IPs'));
    if (spec.ipFamilies?.length === 2) errors.push(both('IP families'));
  }
  if (!spec.ipFamilies?.length && ips[0]?.includes(':'))
    errors.push(fieldError.invalid('spec.clusterIPs[0]', spec.clusterIPs, 'IPv6 is not configured on this cluster'));
  if (errors.length > 0) throw invalid({ group: '', kind: 'Service' }, name, errors);
  if (isHeadless(spec) && selectorless) {
    const [first = 'IPv4', second] = spec.ipFamilies ?? [];
    const other = first === 'IPv4' ? 'IPv6' : 'IPv4';
    spec.ipFamilies = spec.ipFamilyPolicy === 'SingleStack' ? [first] : [first, second ?? other];
    return;
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack')
    errors.push(fieldError.invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, 'this cluster is not configured for dual-stack services'));
  for (const [index, family] of (spec.ipFamilies ?? []).entries())
    if (family !== 'IPv4') errors.push(fieldError.invalid(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
  if (errors.length > 0) throw invalid({ group: '', kind: 'Service' }, name, errors);
  if (!spec.ipFamilies?.length) spec.ipFamilies = ['IPv4'];
}
