import type { Subresource } from '../types.ts';
import { partialUpdate } from './lib/partial-update.ts';

/** pods/{name}/ephemeralcontainers: adds containers for debugging to a running pod (KEP-277). */
export const podEphemeralContainers: Subresource = {
  group: '',
  kind: 'Pod',
  subresource: 'ephemeralcontainers',
  verbs: partialUpdate((pod, from) => {
    if (from.spec.ephemeralContainers === undefined) delete pod.spec.ephemeralContainers;
    else pod.spec.ephemeralContainers = from.spec.ephemeralContainers;
  }),
};
