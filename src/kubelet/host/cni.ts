import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface NetworkOptions {
  /** The pods' networks on this node, one for each address family: '10.244.0.0/24'. */
  readonly podCidrs: readonly string[];
  readonly bridge: string;
  /** Where host-local keeps its leases. */
  readonly leaseDir: string;
  readonly mtu?: number;
  /** portmap needs iptables; without it hostPorts are not served by CNI. */
  readonly portMappings: boolean;
}

/**
 * The CNI configuration of a node: a bridge with an address for each pod. Masquerading is left to the service proxy's
 * ruleset, since the plugin's own costs a tenth of a second per pod.
 */
export function networkConfiguration({ podCidrs, bridge, leaseDir, mtu, portMappings }: NetworkOptions): object {
  const isSix = (cidr: string) => cidr.includes(':');
  const routes = [
    ...(podCidrs.some((cidr) => !isSix(cidr)) ? [{ dst: '0.0.0.0/0' }] : []),
    ...(podCidrs.some(isSix) ? [{ dst: '::/0' }] : []),
  ];
  const bridgePlugin = {
    type: 'bridge',
    bridge,
    isGateway: true,
    hairpinMode: true,
    ipMasq: false,
    ...(mtu !== undefined && { mtu }),
    ipam: { type: 'host-local', dataDir: leaseDir, ranges: podCidrs.map((subnet) => [{ subnet }]), routes },
  };
  const portmap = { type: 'portmap', capabilities: { portMappings: true } };
  return { cniVersion: '0.4.0', name: bridge, plugins: portMappings ? [bridgePlugin, portmap] : [bridgePlugin] };
}

/** Writes the configuration where containerd watches for it, when it differs from what is there. */
export async function writeNetworkConfiguration(configDir: string, options: NetworkOptions): Promise<void> {
  const path = join(configDir, '10-skiff.conflist');
  const text = `${JSON.stringify(networkConfiguration(options), undefined, 1)}\n`;
  if ((await readFile(path, 'utf8').catch(() => '')) === text) return;
  await mkdir(configDir, { recursive: true });
  // hidden while it is written: containerd reads only *.conf, *.conflist and *.json
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}
