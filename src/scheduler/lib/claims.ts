import { goQuote } from '../../api/go-text.ts';
import { claimNamesOf } from '../../kinds/core/lib/pod-claims.ts';
import type { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import type { Pod, Refusal } from '../framework.ts';

/** Whether a pod uses a claim. */
export const usesClaim = (pod: Pod, { metadata }: PersistentVolumeClaim): boolean =>
  pod.metadata.namespace === metadata.namespace && claimNamesOf(pod).includes(metadata.name);

/** Names of the claims that a pod names itself, without those of its ephemeral volumes. */
export const namedClaimsOf = (pod: Pod): readonly string[] =>
  (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);

export const hopeless = (reason: string): Refusal => ({ reason, resolvable: false });
export const notFound = (resource: string, name: string): Refusal => hopeless(`${resource} ${goQuote(name)} not found`);
export const claimNotFound = (name: string): Refusal => notFound('persistentvolumeclaim', name);
