import { objectMeta } from '../../../api/meta.ts';
import { object, shape, type ShapeOf } from '../../../api/schema.ts';
import { podSpec } from './pod-spec.ts';

export const podTemplateSpec = shape('io.k8s.api.core.v1.PodTemplateSpec', {
  metadata: object(1, objectMeta),
  spec: object(2, podSpec),
});
export interface PodTemplateSpec extends ShapeOf<typeof podTemplateSpec> {}
