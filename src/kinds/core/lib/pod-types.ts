import type { ApiObject } from '../../../api/meta.ts';
import type { PodSpec } from '../shapes/pod-spec.ts';
import type { PodStatus } from '../shapes/pod-status.ts';

/** What `Pod` is made of, for the files that `pod.ts` itself is made of. */
export interface PodLike extends ApiObject {
  readonly spec: PodSpec;
  readonly status: PodStatus;
}
