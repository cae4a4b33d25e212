import { objectMeta } from '../../../api/meta.ts';
import { object, required, shape, type ShapeOf } from '../../../api/schema.ts';
import { resourceClaimSpec } from './resource-claim.ts';

export const resourceClaimTemplateSpec = shape('io.k8s.api.resource.v1.ResourceClaimTemplateSpec', {
  metadata: object(1, objectMeta),
  spec: required(object(2, resourceClaimSpec)),
});
export interface ResourceClaimTemplateSpec extends ShapeOf<typeof resourceClaimTemplateSpec> {}
