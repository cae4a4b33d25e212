import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { fieldError } from '../../../api/status.ts';
import { validateLabels } from '../../../api/validate-meta.ts';
import { validateResources } from '../../core/lib/validate-resources.ts';
import { validateTolerations } from '../../core/lib/validate-scheduling.ts';
import { toleration } from '../../core/shapes/tolerations.ts';
import { goShown } from '../../lib/go-shown.ts';
import { dnsLabel, type Errors, immutable } from '../../lib/validate.ts';
import type { Overhead, Scheduling } from '../shapes/runtime-class.ts';

interface RuntimeClassLike extends ApiObject {
  readonly handler: string;
  readonly overhead?: Overhead | undefined;
  readonly scheduling?: Scheduling | undefined;
}

function* validateScheduling({ nodeSelector, tolerations = [] }: Scheduling): Errors {
  yield* validateLabels(nodeSelector, 'scheduling.nodeSelector');
  yield* validateTolerations(tolerations, 'scheduling.tolerations');
  const seen = new Set<string>();
  for (const [index, one] of tolerations.entries()) {
    const id = JSON.stringify([one.key ?? '', one.operator ?? '', one.value ?? '', one.effect ?? '']);
    if (seen.has(id)) yield fieldError.duplicate(`scheduling.tolerations[${index}]`, goShown(toleration, one));
    seen.add(id);
  }
}

/** pkg/apis/node/validation. */
export function* validateRuntimeClass(object: RuntimeClassLike, { old }: ValidationContext<RuntimeClassLike>): Errors {
  if (object.handler === '') yield fieldError.required('handler');
  else yield* dnsLabel('handler', object.handler);
  if (object.overhead !== undefined) yield* validateResources({ limits: object.overhead.podFixed ?? {} }, new Set(), 'overhead');
  if (object.scheduling !== undefined) yield* validateScheduling(object.scheduling);
  if (old !== undefined) yield* immutable('handler', object.handler, old.handler);
}
