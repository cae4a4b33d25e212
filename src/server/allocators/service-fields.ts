import { ipFamily } from '../../api/ip.ts';
import { type FieldError, fieldError, invalid, NamedText } from '../../api/status.ts';
import { validateClusterIps } from '../../kinds/core/lib/validate-service.ts';

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

/** Nothing is added to or taken from a service that prefers both families, until it asks for it. */
function keepsFamilies(spec: ServiceSpecDraft, old: ServiceSpecDraft | undefined): boolean {
  return (
    old !== undefined &&
    spec.type === old.type &&
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    (old.ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack' &&
    sameList(spec.clusterIPs, old.clusterIPs) &&
    sameList(spec.ipFamilies, old.ipFamilies)
  );
}
const policyPath = 'spec.ipFamilyPolicy';
/** Whoever wants one family only keeps the first; whoever does not may not leave one out. */
function* release(spec: ServiceSpecDraft, old: ServiceSpecDraft): Generator<FieldError> {
  for (const [field, what] of [
    ['clusterIPs', 'cluster IP'],
    ['ipFamilies', 'IP family'],
  ] as const) {
    const [now, before] = [spec[field] ?? [], old[field] ?? []];
    if (spec.ipFamilyPolicy === 'SingleStack') {
      if (now.length > 1 && sameList(now, before)) spec[field] = now.slice(0, 1);
    } else if (now.length > 0 && now.length < before.length)
      yield fieldError.invalid(policyPath, spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`);
  }
}
/** Fills in ipFamilyPolicy and ipFamilies for a cluster that has IPv4 only. Throws Invalid for what it can't give. */
export function settleFamilies(name: string, spec: ServiceSpecDraft, old: ServiceSpecDraft | undefined): void {
  if (!needsClusterIp(spec) || keepsFamilies(spec, old)) return;
  const check = (errors: readonly FieldError[]) => {
    if (errors.length > 0) throw invalid({ group: '', kind: 'Service' }, name, errors);
  };
  const dual = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= old?.ipFamilyPolicy ?? (dual ? 'RequireDualStack' : 'SingleStack');
  check([...validateClusterIps(spec, old)]);
  const errors = old === undefined ? [] : [...release(spec, old)];
  if (spec.ipFamilyPolicy === 'SingleStack') {
    const both = (what: string) =>
      fieldError.invalid(
        policyPath,
        spec.ipFamilyPolicy,
        `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`,
      );
    if (spec.clusterIPs?.length === 2) errors.push(both('cluster IPs'));
    if (spec.ipFamilies?.length === 2) errors.push(both('IP families'));
  }
  const families = [...(spec.ipFamilies ?? [])];
  for (const [index, ip] of (spec.clusterIPs ?? []).entries()) {
    if (ip === 'None') break;
    if (index < families.length) continue;
    if (ipFamily(ip) === 4) families.push('IPv4');
    else errors.push(fieldError.invalid(`spec.clusterIPs[${index}]`, spec.clusterIPs, 'IPv6 is not configured on this cluster'));
  }
  check(errors);
  if (dual) {
    const [first = 'IPv4', second] = families;
    const other = first === 'IPv4' ? 'IPv6' : 'IPv4';
    spec.ipFamilies = spec.ipFamilyPolicy === 'SingleStack' && second === undefined ? [first] : [first, second ?? other];
    return;
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack')
    errors.push(fieldError.invalid(policyPath, spec.ipFamilyPolicy, 'this cluster is not configured for dual-stack services'));
  for (const [index, family] of families.entries())
    if (family !== 'IPv4')
      errors.push(fieldError.invalid(`spec.ipFamilies[${index}]`, new NamedText(family), 'not configured on this cluster'));
  check(errors);
  spec.ipFamilies = families.length === 0 ? ['IPv4'] : families;
}
