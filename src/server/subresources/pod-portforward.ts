import { badRequest } from '../../api/status.ts';
import type { Subresource } from '../types.ts';
import { streamToKubelet } from './lib/kubelet-stream.ts';

/** pods/{name}/portforward: connections to ports of a pod. */
export const podPortforward: Subresource = {
  group: '',
  kind: 'Pod',
  subresource: 'portforward',
  verbs: {},
  options: 'PodPortForwardOptions',
  connectVerbs: ['create', 'get'],
  async connect(request, deps) {
    const given = Object.hasOwn(request.query, 'ports') ? (request.query.ports ?? []) : [];
    const ports = given.flatMap((text) => text.split(',')).map(Number);
    if (ports.some((port) => !Number.isInteger(port) || port < 1 || port > 65535))
      throw badRequest(`invalid ports ${JSON.stringify(given.join(','))}`);
    const search = new URLSearchParams(ports.length === 0 ? {} : { port: ports.join(',') });
    await streamToKubelet(request, deps, {
      action: 'portForward',
      container: undefined,
      search,
      options: { kind: 'PodPortForwardOptions', ...(ports.length === 0 ? {} : { ports }) },
    });
  },
};
