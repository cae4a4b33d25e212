import { goQuote } from '../../api/go-text.ts';
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
    const ports = given.flatMap((text) => text.split(',')).map(portIn);
    const search = new URLSearchParams(ports.length === 0 ? {} : { port: ports.join(',') });
    await streamToKubelet(request, deps, {
      action: 'portForward',
      container: undefined,
      search,
      options: { kind: 'PodPortForwardOptions', ...(ports.length === 0 ? {} : { ports }) },
    });
  },
};

function portIn(text: string): number {
  const why = !/^\d+$/.test(text) ? 'invalid syntax' : Number(text) > 65535 ? 'value out of range' : undefined;
  if (why !== undefined) throw badRequest(`cannot convert to []int32: strconv.ParseUint: parsing ${goQuote(text)}: ${why}`);
  return Number(text);
}
