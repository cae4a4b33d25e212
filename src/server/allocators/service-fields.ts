import { ipFamily } from '../../api/names.ts';
import { type FieldError, fieldError, invalid } from '../../api/status.ts';
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

/** Services that take what there is stay as they are until somebody changes them. */
const isSettled = (spec: ServiceSpecDraft, old: ServiceSpecDraft): boolean =>
  spec.ipFamilyPolicy === 'PreferDualStack' &&
  old.type === spec.type &&
  (old.ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack' &&
  sameList(spec.clusterIPs, old.clusterIPs) &&
  sameList(spec.ipFamilies, old.ipFamilies);

const policyError = (spec: ServiceSpecDraft, text: string) => fieldError.invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, text);

/** What an update gives up: with one stack the second of each goes, else it must be said. */
function release(spec: ServiceSpecDraft, old: ServiceSpecDraft): readonly FieldError[] {
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (sameList(spec.clusterIPs, old.clusterIPs)) spec.clusterIPs &&= spec.clusterIPs.slice(0, 1);
    if (sameList(spec.ipFamilies, old.ipFamilies)) spec.ipFamilies &&= spec.ipFamilies.slice(0, 1);
    return [];
  }
  const isReduced = (now: readonly string[] = [], before: readonly string[] = []) => now.length > 0 && now.length < before.length;
  return [
    ...(isReduced(spec.clusterIPs, old.clusterIPs) ? [policyError(spec, "must be 'SingleStack' to release the secondary cluster IP")] : []),
    ...(isReduced(spec.ipFamilies, old.ipFamilies) ? [policyError(spec, "must be 'SingleStack' to release the secondary IP family")] : []),
  ];
}
/** Adds the families of addresses that have none. */
function inferFamilies(spec: ServiceSpecDraft): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, ip] of (spec.clusterIPs ?? []).entries()) {
    if (ip === 'None') break;
    if (index < (spec.ipFamilies ?? []).length) continue;
    const family = ipFamily(ip) === 6 ? 'IPv6' : 'IPv4';
    if (family === 'IPv4') spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
    else errors.push(fieldError.invalid(`spec.clusterIPs[${index}]`, spec.clusterIPs, `${family} is not configured on this cluster`));
  }
  return errors;
}

/** Fills in ipFamilyPolicy and ipFamilies for a cluster that has IPv4 only. Throws Invalid for what is wrong and for what it can't give. */
export function settleFamilies(name: string, spec: ServiceSpecDraft, old: ServiceSpecDraft | undefined): void {
  if (!needsClusterIp(spec) || (old !== undefined && isSettled(spec, old))) return;
  const refuse = (errors: readonly FieldError[]) => {
    if (errors.length > 0) throw invalid({ group: '', kind: 'Service' }, name, errors);
  };
  const isBare = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= old?.ipFamilyPolicy ?? (isBare ? 'RequireDualStack' : 'SingleStack');
  refuse([...validateClusterIps(spec, old)]);
  const errors = old === undefined ? [] : [...release(spec, old)];
  if (spec.ipFamilyPolicy === 'SingleStack') {
    const both = (what: string) => policyError(spec, `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`);
    if (spec.clusterIPs?.length === 2) errors.push(both('cluster IPs'));
    if (spec.ipFamilies?.length === 2) errors.push(both('IP families'));
  }
  refuse([...errors, ...inferFamilies(spec)]);
  if (isBare) {
    const [first = 'IPv4', second] = spec.ipFamilies ?? [];
    const other = first === 'IPv4' ? 'IPv6' : 'IPv4';
    spec.ipFamilies = spec.ipFamilyPolicy !== 'SingleStack' || second !== undefined ? [first, second ?? other] : [first];
    return;
  }
  const missing: FieldError[] = [];
  if (spec.ipFamilyPolicy === 'RequireDualStack') missing.push(policyError(spec, 'this cluster is not configured for dual-stack services'));
  for (const [index, family] of (spec.ipFamilies ?? []).entries())
    if (family !== 'IPv4') missing.push(fieldError.invalid(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
  refuse(missing);
  if (!spec.ipFamilies?.length) spec.ipFamilies = ['IPv4'];
}
