import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { fieldError } from '../../../api/status.ts';
import { type Errors, immutable, required, named } from '../../lib/validate.ts';

/** pkg/apis/scheduling/validation. */
interface PriorityLike extends ApiObject {
  readonly value: number;
  readonly globalDefault?: boolean | undefined;
  readonly preemptionPolicy?: string | undefined;
}
const highestUserPriority = 1_000_000_000;
const system: Readonly<Record<string, number>> = { 'system-node-critical': 2_000_001_000, 'system-cluster-critical': 2_000_000_000 };

function systemProblem({ metadata: { name }, value, globalDefault }: PriorityLike): string | undefined {
  const known = system[name];
  if (known === undefined) return `${name} is not a known system priority class`;
  if (value !== known) return `value of ${name} PriorityClass must be ${known}`;
  return globalDefault === true ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

export function* validatePriority(priority: PriorityLike, { old }: ValidationContext<PriorityLike>): Errors {
  if (old !== undefined) {
    if (priority.value !== old.value) yield fieldError.forbidden('value', 'may not be changed in an update.');
    yield* immutable('preemptionPolicy', priority.preemptionPolicy, old.preemptionPolicy, named);
    return;
  }
  if (priority.metadata.name?.startsWith('system-')) {
    const problem = systemProblem(priority);
    const text = "priority class names with 'system-' prefix are reserved for system use only. error: ";
    if (problem !== undefined) yield fieldError.forbidden('metadata.name', `${text}${problem}`);
  } else if (priority.value > highestUserPriority)
    yield fieldError.forbidden('value', `maximum allowed value of a user defined priority is ${highestUserPriority}`);
  if (priority.preemptionPolicy !== undefined)
    yield* required('preemptionPolicy', priority.preemptionPolicy, ['PreemptLowerPriority', 'Never'], 'as given');
}
