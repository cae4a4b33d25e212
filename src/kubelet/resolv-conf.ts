import type { Pod } from './types.ts';

export interface DnsConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}
export interface DnsSettings {
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  /** The node's own /etc/resolv.conf. */
  readonly node: DnsConfig;
}
const maxServers = 3;
const maxSearches = 32;
const maxSearchChars = 2048;

export function parseResolvConf(text: string): DnsConfig {
  const servers: string[] = [];
  let searches: string[] = [];
  let options: string[] = [];
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields[0] === 'nameserver' && fields[1] !== undefined) servers.push(fields[1]);
    else if (fields[0] === 'search')
      searches = fields
        .slice(1)
        .filter((domain) => domain !== '.')
        .map((domain) => domain.replace(/(.)\.$/, '$1'));
    else if (fields[0] === 'options') options = [...new Set([...options, ...fields.slice(1)])];
  }
  return { servers, searches, options };
}

const unique = (list: readonly string[]) => [...new Set(list)];

function mergeOptions(
  options: readonly string[],
  own: readonly { readonly name?: string | undefined; readonly value?: string | undefined }[],
): string[] {
  const merged = new Map<string, string>();
  for (const option of options) {
    const colon = option.indexOf(':');
    merged.set(colon < 0 ? option : option.slice(0, colon), colon < 0 ? '' : option.slice(colon + 1));
  }
  for (const { name, value } of own) if (name) merged.set(name, value ?? '');
  return [...merged].map(([name, value]) => (value === '' ? name : `${name}:${value}`));
}

/** What /etc/resolv.conf of the pod says, by dnsPolicy and dnsConfig; `warnings` are for events of reason DNSConfigForming. */
export function dnsConfigOf(pod: Pod, settings: DnsSettings): { readonly dns: DnsConfig; readonly warnings: readonly string[] } {
  const { clusterDns, clusterDomain, node } = settings;
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
  const cluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && pod.spec?.hostNetwork !== true);
  let dns: DnsConfig = node;
  if (policy === 'None') dns = { servers: [], searches: [], options: [] };
  else if (cluster && clusterDns.length > 0) {
    const domains = clusterDomain === '' ? [] : [`${pod.metadata.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
    dns = { servers: clusterDns, searches: unique([...domains, ...node.searches]), options: ['ndots:5'] };
  }
  const own = pod.spec?.dnsConfig;
  const servers = unique([...dns.servers, ...(own?.nameservers ?? [])]);
  const searches = unique([...dns.searches, ...(own?.searches ?? [])]);
  const warnings: string[] = [];
  const kept = servers.slice(0, maxServers);
  if (kept.length < servers.length) {
    warnings.push(`Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ${kept.join(' ')}`);
  }
  let shown = searches.slice(0, maxSearches);
  while (shown.join(' ').length > maxSearchChars) shown = shown.slice(0, -1);
  if (shown.length < searches.length) {
    warnings.push(`Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${shown.join(' ')}`);
  }
  return { dns: { servers: kept, searches: shown, options: mergeOptions(dns.options, own?.options ?? []) }, warnings };
}
