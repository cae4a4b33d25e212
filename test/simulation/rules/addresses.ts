import type { Judged, RuleMaker } from '../rule.ts';

function doubled(claims: Iterable<readonly [what: string, owner: string]>): string | undefined {
  const owners = new Map<string, string>();
  for (const [what, owner] of claims) {
    const other = owners.get(what);
    if (other !== undefined && other !== owner) return `${what} belongs to ${other} and ${owner}`;
    owners.set(what, owner);
  }
  return undefined;
}
const idOf = ({ metadata }: any) => `${metadata.namespace ?? ''}/${metadata.name}`;

function* serviceClaims({ history }: Judged): Generator<readonly [string, string]> {
  for (const service of history.list('core/services')) {
    for (const ip of service.spec.clusterIPs ?? []) if (ip !== 'None') yield [`cluster IP ${ip}`, idOf(service)];
    for (const { nodePort, protocol } of service.spec.ports ?? [])
      if (nodePort !== undefined) yield [`node port ${nodePort}/${protocol}`, idOf(service)];
  }
}
function* nodeClaims({ history }: Judged): Generator<readonly [string, string]> {
  for (const node of history.list('core/nodes')) for (const cidr of node.spec?.podCIDRs ?? []) yield [`pod CIDR ${cidr}`, idOf(node)];
}
function* podClaims({ history }: Judged): Generator<readonly [string, string]> {
  for (const pod of history.list('core/pods')) {
    const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (!ended && pod.status?.podIP && !pod.spec.hostNetwork) yield [`pod IP ${pod.status.podIP}`, idOf(pod)];
  }
}

/** No two services have an address or node port, no two nodes a CIDR; and once all is at rest, no two pods an IP. */
export const addresses: RuleMaker = () => ({
  onChange(change, judged) {
    if (change.after === undefined) return undefined;
    if (change.resource === 'core/services') return doubled(serviceClaims(judged));
    return change.resource === 'core/nodes' ? doubled(nodeClaims(judged)) : undefined;
  },
  atEnd: (judged) => doubled(podClaims(judged)),
});
