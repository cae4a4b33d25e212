import type { Subresource } from '../types.ts';
import { streamOptions, streamToKubelet } from './lib/kubelet-stream.ts';

/** pods/{name}/exec: runs a command in a container. */
export const podExec: Subresource = {
  group: '',
  kind: 'Pod',
  subresource: 'exec',
  verbs: {},
  options: 'PodExecOptions',
  connectVerbs: ['create', 'get'],
  connect(request, deps) {
    const { container, object, search } = streamOptions(request);
    const command = Object.hasOwn(request.query, 'command') ? (request.query.command ?? []) : [];
    for (const word of command) search.append('command', word);
    return streamToKubelet(request, deps, {
      action: 'exec',
      container,
      search,
      options: { kind: 'PodExecOptions', ...object, ...(command.length === 0 ? {} : { command }) },
    });
  },
};
