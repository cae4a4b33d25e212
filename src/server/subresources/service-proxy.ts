import { badRequest, notFound, serviceUnavailable } from '../../api/status.ts';
import type { ConnectRequest, Subresource, SubresourceDeps } from '../types.ts';
import { dialTarget, isProxyable, type ProxyTarget, proxy, splitTarget } from './lib/proxy.ts';
import { kindOf, target } from './lib/request.ts';

/** A pod behind a service, chosen at random among those that are ready. */
async function endpointOf(request: ConnectRequest, deps: SubresourceDeps): Promise<ProxyTarget> {
  const id = request.key.name;
  const parts = splitTarget(id);
  if (parts === undefined) throw badRequest(`invalid service request ${JSON.stringify(id)}`);
  const key = { ...request.key, name: parts.name };
  let portName = parts.port;
  if (/^\d+$/.test(portName)) {
    const service = await target({ kind: request.kind, key }, deps);
    const port = service.spec.ports?.find((candidate: any) => candidate.port === Number(portName));
    if (port === undefined) throw serviceUnavailable(`no service port ${Number(portName)} found for service ${JSON.stringify(parts.name)}`);
    portName = port.name ?? '';
  }
  const endpoints: any = await deps.resources.get(kindOf(deps, '', 'Endpoints'), key);
  if (endpoints === undefined) throw notFound({ group: '', resource: 'services' }, parts.name);
  if (!endpoints.subsets?.length) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(parts.name)}`);
  const choices = endpoints.subsets.flatMap((subset: any) => {
    const port = subset.ports?.find((candidate: any) => (candidate.name ?? '') === portName);
    const pods = (subset.addresses ?? []).filter((address: any) => address.targetRef?.kind === 'Pod' && isProxyable(address.ip));
    return port === undefined ? [] : pods.map((address: any) => ({ ip: address.ip as string, port: port.port as number }));
  });
  if (choices.length === 0) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(id)}`);
  const { ip, port } = choices[deps.random.int(choices.length)];
  return dialTarget(deps, parts.scheme, ip, String(port));
}

/** services/{[scheme:]name[:port]}/proxy/...: HTTP to a pod behind a service. */
export const serviceProxy: Subresource = {
  group: '',
  kind: 'Service',
  subresource: 'proxy',
  verbs: {},
  options: 'ServiceProxyOptions',
  connectVerbs: ['create', 'delete', 'get', 'patch', 'update'],
  connect: (request, deps) => proxy(request, deps, 'ServiceProxyOptions', () => endpointOf(request, deps)),
};
