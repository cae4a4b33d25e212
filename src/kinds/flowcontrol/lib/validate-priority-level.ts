import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { fieldError } from '../../../api/status.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { goShown } from '../../lib/go-shown.ts';
import { type Errors, within } from '../../lib/validate.ts';
import {
  type LimitedPriorityLevelConfiguration,
  type LimitResponse,
  type PriorityLevelConfigurationSpec,
  type PriorityLevelConfigurationStatus,
  priorityLevelConfigurationSpec,
  type QueuingConfiguration,
} from '../shapes/priority-level-configuration.ts';
import { bootstrapLevels } from './bootstrap.ts';
import { validateFlowConditions } from './validate-flow-schema.ts';

/** PriorityLevelConfiguration (pkg/apis/flowcontrol/validation). */
export interface PriorityLevelLike extends ApiObject {
  readonly spec: PriorityLevelConfigurationSpec;
  readonly status: PriorityLevelConfigurationStatus;
}
const mostQueues = 10_000_000;
/** Bits of the hash that hands of queues are dealt by. */
const hashBits = 60;
/** Of a version that is no longer served. */
const roundTripAnnotation = 'flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares';

function* validateShares(shares: number | undefined, path: string): Errors {
  if ((shares ?? 0) < 0) yield fieldError.invalid(`${path}.nominalConcurrencyShares`, shares, 'must be a non-negative integer');
}
function* validateLendable(percent: number | undefined, path: string): Errors {
  if (percent !== undefined) yield* within(`${path}.lendablePercent`, percent, 0, 100);
}

function* validateQueuing({ queues, handSize, queueLengthLimit }: QueuingConfiguration, path: string): Errors {
  if (queueLengthLimit <= 0) yield fieldError.invalid(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive');
  if (queues <= 0) yield fieldError.invalid(`${path}.queues`, queues, 'must be positive');
  else if (queues > mostQueues) yield fieldError.invalid(`${path}.queues`, queues, `must not be greater than ${mostQueues}`);
  const hand = `${path}.handSize`;
  if (handSize <= 0) yield fieldError.invalid(hand, handSize, 'must be positive');
  else if (handSize > queues) yield fieldError.invalid(hand, handSize, `should not be greater than queues (${queues})`);
  else if (Math.ceil(Math.log2(queues) * handSize) > hashBits) {
    const why = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${hashBits}`;
    yield fieldError.invalid(hand, handSize, why);
  }
}

function* validateResponse({ type, queuing }: LimitResponse, path: string): Errors {
  if (type === 'Reject') {
    if (queuing !== undefined) yield fieldError.forbidden(`${path}.queuing`, 'must be nil if limited.limitResponse.type is not Limited');
  } else if (type === 'Queue') {
    if (queuing === undefined) yield fieldError.required(`${path}.queuing`, 'must not be empty if limited.limitResponse.type is Limited');
    else yield* validateQueuing(queuing, `${path}.queuing`);
  } else if (type === '') yield fieldError.required(`${path}.type`);
  else yield fieldError.notSupported(`${path}.type`, type, ['Queue', 'Reject']);
}

function* validateLimited(limited: LimitedPriorityLevelConfiguration, path: string): Errors {
  yield* validateShares(limited.nominalConcurrencyShares, path);
  yield* validateResponse(limited.limitResponse, `${path}.limitResponse`);
  yield* validateLendable(limited.lendablePercent, path);
  const borrowing = limited.borrowingLimitPercent;
  if ((borrowing ?? 0) < 0)
    yield fieldError.invalid(`${path}.borrowingLimitPercent`, borrowing, 'if specified, must be a non-negative integer');
}

function* validateSpec(name: string, { type, limited, exempt }: PriorityLevelConfigurationSpec): Errors {
  if ((name === 'exempt') !== (type === 'Exempt'))
    yield fieldError.invalid('spec.type', type, "must be 'Exempt' if and only if `name` is 'exempt'");
  if (type === 'Exempt') {
    if (limited !== undefined) yield fieldError.forbidden('spec.limited', 'must be nil if the type is not Limited');
    yield* validateShares(exempt?.nominalConcurrencyShares, 'spec.exempt');
    yield* validateLendable(exempt?.lendablePercent, 'spec.exempt');
  } else if (type === 'Limited') {
    if (exempt !== undefined) yield fieldError.forbidden('spec.exempt', 'must be nil if the type is Limited');
    if (limited === undefined) yield fieldError.required('spec.limited', 'must not be empty when type is Limited');
    else yield* validateLimited(limited, 'spec.limited');
  } else if (type === '') yield fieldError.required('spec.type');
  else yield fieldError.notSupported('spec.type', type, ['Exempt', 'Limited']);
}

/** What the server cannot do without keeps its spec; of 'exempt', only what it says about shares may change. */
function* validateFixed(name: string, spec: PriorityLevelConfigurationSpec): Errors {
  const fixed = bootstrapLevels.find((one) => one.mandatory && one.name === name);
  if (fixed === undefined) return;
  const isExempt = name === 'exempt';
  if (sameOrEmpty(isExempt ? { ...spec, exempt: fixed.spec.exempt } : spec, fixed.spec)) return;
  const why = `spec of '${name}'${isExempt ? " except the 'spec.exempt' field" : ''} must equal the fixed value`;
  yield fieldError.invalid('spec', goShown(priorityLevelConfigurationSpec, spec), why);
}

export function* validatePriorityLevel(
  { metadata, spec, status }: PriorityLevelLike,
  { subresource }: ValidationContext<PriorityLevelLike>,
): Errors {
  if (subresource === '') {
    if (metadata.annotations?.[roundTripAnnotation] !== undefined)
      yield fieldError.forbidden('metadata.annotations', `annotation '${roundTripAnnotation}' is forbidden`);
    yield* validateSpec(metadata.name ?? '', spec);
    yield* validateFixed(metadata.name ?? '', spec);
  }
  yield* validateFlowConditions(status.conditions ?? []);
}
