/** Addresses and names of the cluster's network; upstream's customary values. */
export const network = {
  podCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/16',
  apiIp: '10.96.0.1',
  dnsIp: '10.96.0.10',
  dnsPort: 1053,
  domain: 'cluster.local',
  bridge: 'skiff0',
  /** The nftables table of the service proxy. */
  table: 'skiff',
  /** Where the API is reached by pods when this machine has no address of its own. */
  bridgeIp: '10.244.0.1',
} as const;
