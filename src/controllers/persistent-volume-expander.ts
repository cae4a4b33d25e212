import { compareQuantities } from '../api/quantity.ts';
import { keyText } from '../api/meta.ts';
import { defineController } from '../client/controller.ts';
import { PersistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts';
import { perContext } from './lib/per-context.ts';

/** Which request was spoken of, by the claim's key. */
const memory = perContext(() => new Map<string, string>());

const storage = (list: Readonly<Record<string, string>> | undefined) => list?.storage ?? '0';
const wantsMore = ({ spec, status }: PersistentVolumeClaim) =>
  status.phase === 'Bound' && compareQuantities(storage(spec.resources?.requests), storage(status.capacity)) > 0;

/**
 * Says that a claim waits for its storage driver to grow the volume: none of the volumes that are built in can.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims
 */
export const persistentVolumeExpander = defineController<PersistentVolumeClaim>({
  name: 'persistentvolume-expander-controller',
  account: 'expand-controller',
  eventSource: 'volume_expand',
  for: PersistentVolumeClaim,
  can: [
    { groups: [''], resources: ['persistentvolumeclaims', 'persistentvolumes'], verbs: ['get', 'list', 'watch'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  reconcile(key, context) {
    const said = memory(context);
    const claim = context.cache(PersistentVolumeClaim).get(key);
    if (claim === undefined || !wantsMore(claim)) said.delete(keyText(key));
    else if (said.get(keyText(key)) !== storage(claim.spec.resources?.requests)) {
      said.set(keyText(key), storage(claim.spec.resources?.requests));
      context.events.event(claim, 'Normal', 'ExternalExpanding', 'waiting for an external controller to expand this PVC');
    }
    return Promise.resolve(undefined);
  },
});
