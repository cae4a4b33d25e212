import type { Pod } from './types.ts';

const header = '# Kubernetes-managed hosts file.\n';
const nodeHeader = '# Kubernetes-managed hosts file (host network).\n';

function aliases(pod: Pod): string {
  const list = pod.spec?.hostAliases ?? [];
  if (list.length === 0) return '';
  return `\n# Entries added by HostAliases.\n${list.map((one) => `${one.ip}\t${(one.hostnames ?? []).join('\t')}\n`).join('')}`;
}

/** The /etc/hosts that containers of the pod see, byte for byte as upstream writes it. `nodeHosts`: the node's own file. */
export function hostsFile(pod: Pod, ips: readonly string[], hostname: string, domain: string, nodeHosts: string): string {
  if (pod.spec?.hostNetwork === true) return `${nodeHeader}${nodeHosts}${aliases(pod)}`;
  const lines = ips.map((ip) => `${ip}\t${domain === '' ? hostname : `${hostname}.${domain}\t${hostname}`}\n`);
  return `${header}127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n${lines.join('')}${aliases(pod)}`;
}

const longestHostname = 63;
/** Host name and domain of a pod; the domain is '' without a subdomain. `hostnameOverride` stands alone (KEP-4762). */
export function hostnameOf(pod: Pod, clusterDomain: string): { readonly hostname: string; readonly domain: string; readonly full: string } {
  const spec = pod.spec;
  if (spec?.hostnameOverride) return { hostname: spec.hostnameOverride, domain: '', full: spec.hostnameOverride };
  const wanted = spec?.hostname || pod.metadata.name;
  const hostname = wanted.slice(0, longestHostname).replace(/[-.]+$/, '');
  const domain = spec?.subdomain ? `${spec.subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : '';
  if (spec?.setHostnameAsFQDN === true && domain !== '') {
    const full = `${hostname}.${domain}`;
    if (full.length > 64)
      throw new Error(
        `failed to construct FQDN from pod hostname and cluster domain, FQDN ${full} is too long (64 characters is the max, ${full.length} characters requested)`,
      );
    return { hostname, domain, full };
  }
  return { hostname, domain, full: hostname };
}

/** Whether any container mounts something over /etc/hosts itself. */
export const mountsHosts = (paths: readonly string[]): boolean => paths.some((path) => path.replace(/\/+$/, '') === '/etc/hosts');
