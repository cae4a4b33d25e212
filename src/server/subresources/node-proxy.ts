import { badRequest } from '../../api/status.ts';
import type { Subresource } from '../types.ts';
import { connectNode } from './lib/kubelet-stream.ts';
import { dialTarget, isProxyable, proxy, splitTarget } from './lib/proxy.ts';
import { target } from './lib/request.ts';

const kubeletPort = '10250';

/** nodes/{[scheme:]name[:port]}/proxy/...: the kubelet's own endpoints, or another port of the node. */
export const nodeProxy: Subresource = {
  group: '',
  kind: 'Node',
  subresource: 'proxy',
  verbs: {},
  options: 'NodeProxyOptions',
  connectVerbs: ['create', 'delete', 'get', 'patch', 'update'],
  connect: (request, deps) =>
    proxy(request, deps, 'NodeProxyOptions', async () => {
      const parts = splitTarget(request.key.name);
      if (parts === undefined) throw badRequest(`invalid node request ${JSON.stringify(request.key.name)}`);
      const { scheme, name, port } = parts;
      const node = await target({ kind: request.kind, key: { name } }, deps);
      const known = String(node.status?.daemonEndpoints?.kubeletEndpoint?.Port || kubeletPort);
      if (port === '' || port === known || port === kubeletPort)
        return { scheme: 'http', host: `${name}:${known}`, connect: (signal) => connectNode(deps, name, signal) };
      const addresses: readonly any[] = node.status?.addresses ?? [];
      const address =
        addresses.find((candidate) => candidate.type === 'InternalIP') ?? addresses.find((candidate) => candidate.type === 'ExternalIP');
      if (address === undefined || !isProxyable(address.address)) throw badRequest('address not allowed');
      return dialTarget(deps, scheme, address.address, port);
    }),
};
