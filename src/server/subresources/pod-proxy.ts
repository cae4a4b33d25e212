import { badRequest } from '../../api/status.ts';
import type { Subresource } from '../types.ts';
import { dialTarget, isProxyable, proxy, splitTarget } from './lib/proxy.ts';
import { target } from './lib/request.ts';

/** pods/{[scheme:]name[:port]}/proxy/...: HTTP to a pod, by default to the first port that it declares. */
export const podProxy: Subresource = {
  group: '',
  kind: 'Pod',
  subresource: 'proxy',
  verbs: {},
  options: 'PodProxyOptions',
  connectVerbs: ['create', 'delete', 'get', 'patch', 'update'],
  connect: (request, deps) =>
    proxy(request, deps, 'PodProxyOptions', async () => {
      const parts = splitTarget(request.key.name);
      if (parts === undefined) throw badRequest(`invalid pod request ${JSON.stringify(request.key.name)}`);
      const pod = await target({ kind: request.kind, key: { ...request.key, name: parts.name } }, deps);
      const declared = pod.spec.containers.find((container: any) => container.ports?.length)?.ports[0].containerPort;
      const ip: string = pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '';
      if (!isProxyable(ip)) throw badRequest('address not allowed');
      return dialTarget(deps, parts.scheme, ip, parts.port || String(declared ?? ''));
    }),
};
