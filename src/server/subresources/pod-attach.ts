import type { Subresource } from '../types.ts';
import { streamOptions, streamToKubelet } from './lib/kubelet-stream.ts';

/** pods/{name}/attach: joins the streams of a container that runs. */
export const podAttach: Subresource = {
  group: '',
  kind: 'Pod',
  subresource: 'attach',
  verbs: {},
  options: 'PodAttachOptions',
  connectVerbs: ['create', 'get'],
  connect(request, deps) {
    const { container, object, search } = streamOptions(request);
    return streamToKubelet(request, deps, { action: 'attach', container, search, options: { kind: 'PodAttachOptions', ...object } });
  },
};
