import type { ApiObject } from '../../../api/meta.ts';
import type {
  HorizontalPodAutoscalerSpec as SpecV1,
  HorizontalPodAutoscalerStatus as StatusV1,
} from '../shapes/horizontal-pod-autoscaler-v1.ts';
import type { HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus } from '../shapes/horizontal-pod-autoscaler.ts';

/** HorizontalPodAutoscaler of autoscaling/v2, as its rules see it. */
export interface AutoscalerLike extends ApiObject {
  readonly spec: HorizontalPodAutoscalerSpec;
  readonly status: HorizontalPodAutoscalerStatus;
}
/** The same of autoscaling/v1. */
export interface AutoscalerV1Like extends ApiObject {
  readonly spec: SpecV1;
  readonly status: StatusV1;
}
