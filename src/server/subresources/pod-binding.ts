import type { Subresource } from '../types.ts';
import { bindPod } from './lib/bind-pod.ts';

/** POST pods/{name}/binding: how a scheduler places a pod. */
export const podBinding: Subresource = {
  group: '',
  kind: 'Pod',
  subresource: 'binding',
  body: { group: '', version: 'v1', kind: 'Binding' },
  verbs: { create: (request, deps) => bindPod(request, deps, request.key.name) },
};
