import type { Subresource } from '../types.ts';
import { bindPod } from './lib/bind-pod.ts';

/** POST bindings: the older way to place a pod; the binding's name is the pod's. */
export const binding: Subresource = {
  group: '',
  kind: 'Binding',
  subresource: '',
  verbs: { create: (request, deps) => bindPod(request, deps, undefined) },
};
