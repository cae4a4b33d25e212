import { defineController } from '../client/controller.ts';
import { Node } from '../kinds/core/node.ts';
import { freeSubnet } from './lib/cidr.ts';
import { perContext } from './lib/per-context.ts';

/** Given out, and perhaps not in the cache yet: node -> CIDR. */
const given = perContext(() => new Map<string, string>());

/** Gives each node its part of the pods' addresses: a /24 of the cluster's range. */
export const nodeIpam = defineController<Node>({
  name: 'node-ipam-controller',
  account: 'node-controller',
  for: Node,
  // one at a time: two must not take the same part
  workers: 1,
  can: [
    { groups: [''], resources: ['nodes'], verbs: ['get', 'list', 'patch', 'update', 'watch'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const allocated = given(context);
    const nodes = context.cache(Node);
    const node = nodes.get(key);
    if (node === undefined) {
      allocated.delete(key.name);
      return;
    }
    if (node.spec.podCIDR) {
      allocated.delete(key.name);
      return;
    }
    const used = nodes.list().flatMap(({ spec }) => [...(spec.podCIDRs ?? []), ...(spec.podCIDR ? [spec.podCIDR] : [])]);
    const podCIDR = allocated.get(key.name) ?? freeSubnet(context.cluster.podCidr, [...used, ...allocated.values()]);
    if (podCIDR === undefined) {
      context.events.event(node, 'Normal', 'CIDRNotAvailable', `Node ${key.name} status is now: CIDRNotAvailable`);
      throw new Error(`no part of ${context.cluster.podCidr} is left for node ${key.name}`);
    }
    allocated.set(key.name, podCIDR);
    await context.client.patch(Node, key, 'merge', { metadata: { uid: node.metadata.uid }, spec: { podCIDR, podCIDRs: [podCIDR] } });
  },
});
