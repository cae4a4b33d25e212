import { opt, shape, string, type ShapeOf } from '../../../api/schema.ts';

export const componentCondition = shape('io.k8s.api.core.v1.ComponentCondition', {
  type: string(1),
  status: string(2),
  message: opt(string(3)),
  error: opt(string(4)),
});
export interface ComponentCondition extends ShapeOf<typeof componentCondition> {}
