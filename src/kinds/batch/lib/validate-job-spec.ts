import { fieldError, omitted } from '../../../api/status.ts';
import { validatePodTemplate } from '../../core/lib/validate-pod-spec.ts';
import { goShown } from '../../lib/go-shown.ts';
import { domainPrefixedPath, type Errors, nonNegative, qualifiedName } from '../../lib/validate.ts';
import {
  type JobSpec,
  type PodFailurePolicyOnExitCodesRequirement,
  type PodFailurePolicyOnPodConditionsPattern,
  type PodFailurePolicyRule,
  successPolicy,
  type SuccessPolicyRule,
} from '../shapes/job.ts';
import { countIndexes } from './index-intervals.ts';

/** pkg/apis/batch/validation validateJobSpec: what Jobs and templates of Jobs have in common. */
const mostIndexes = 100_000;
const mostWithHighCompletions = 10_000;
const mostRules = 20;
const mostExitCodes = 255;
const longestIndexes = 64 * 1024;
const longestManager = 63;
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];
const statuses = ['False', 'True', 'Unknown'];
const valid = (values: readonly string[]) => `valid values: [${values.map((value) => JSON.stringify(value)).join(' ')}]`;

export const isIndexed = ({ completionMode }: Pick<JobSpec, 'completionMode'>): boolean => completionMode === 'Indexed';

function* oneOfOrderless(path: string, value: string, supported: readonly string[]): Errors {
  if (value === '') yield fieldError.required(path, valid(supported));
  else if (!supported.includes(value)) yield fieldError.notSupported(path, value, supported);
}

function* validateIndexed(spec: JobSpec, path: string): Errors {
  const { completions, parallelism = 0, maxFailedIndexes } = spec;
  if (completions === undefined) yield fieldError.required(`${path}.completions`, 'when completion mode is Indexed');
  if (parallelism > mostIndexes)
    yield fieldError.invalid(
      `${path}.parallelism`,
      parallelism,
      `must be less than or equal to ${mostIndexes} when completion mode is Indexed`,
    );
  const at = `${path}.maxFailedIndexes`;
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions)
    yield fieldError.invalid(at, maxFailedIndexes, 'must be less than or equal to completions');
  if (maxFailedIndexes !== undefined && maxFailedIndexes > mostIndexes)
    yield fieldError.invalid(at, maxFailedIndexes, `must be less than or equal to ${mostIndexes}`);
  if (completions === undefined || completions <= mostIndexes || spec.backoffLimitPerIndex === undefined) return;
  const rule = `must be less than or equal to ${mostWithHighCompletions} when completions are above ${mostIndexes} and used with backoff limit per index`;
  if (maxFailedIndexes === undefined) yield fieldError.required(at, `must be specified when completions is above ${mostIndexes}`);
  if (parallelism > mostWithHighCompletions) yield fieldError.invalid(`${path}.parallelism`, parallelism, rule);
  if (maxFailedIndexes !== undefined && maxFailedIndexes > mostWithHighCompletions) yield fieldError.invalid(at, maxFailedIndexes, rule);
}

function* validateMode(spec: JobSpec, path: string): Errors {
  const { completionMode = 'NonIndexed' } = spec;
  if (completionMode !== 'NonIndexed' && completionMode !== 'Indexed')
    yield fieldError.notSupported(`${path}.completionMode`, completionMode, ['NonIndexed', 'Indexed'], 'as given');
  if (completionMode === 'Indexed') yield* validateIndexed(spec, path);
  if (completionMode !== 'NonIndexed') return;
  for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const)
    if (spec[field] !== undefined) yield fieldError.invalid(`${path}.${field}`, spec[field], 'requires indexed completion mode');
}

function* validatePatterns(patterns: readonly PodFailurePolicyOnPodConditionsPattern[], path: string): Errors {
  if (patterns.length > mostRules) yield fieldError.tooMany(path, patterns.length, mostRules);
  for (const [index, { type, status }] of patterns.entries()) {
    yield* qualifiedName(`${path}[${index}].type`, type);
    yield* oneOfOrderless(`${path}[${index}].status`, status, statuses);
  }
}
function* validateExitCodes(
  { operator, containerName, values }: PodFailurePolicyOnExitCodesRequirement,
  containers: ReadonlySet<string>,
  path: string,
): Errors {
  yield* oneOfOrderless(`${path}.operator`, operator, operators);
  if (containerName !== undefined && !containers.has(containerName)) {
    const rule = 'must be one of the container or initContainer names in the pod template';
    yield fieldError.invalid(`${path}.containerName`, containerName, rule);
  }
  const at = `${path}.values`;
  if (values.length === 0) yield fieldError.invalid(at, values, 'at least one value is required');
  else if (values.length > mostExitCodes) yield fieldError.tooMany(at, values.length, mostExitCodes);
  const seen = new Set<number>();
  for (const [index, code] of values.entries()) {
    if (operator === 'In' && code === 0) yield fieldError.invalid(`${at}[${index}]`, code, 'must not be 0 for the In operator');
    if (seen.has(code)) yield fieldError.duplicate(`${at}[${index}]`, code);
    seen.add(code);
  }
  if (values.some((code, index) => index > 0 && values[index - 1]! > code)) yield fieldError.invalid(at, values, 'must be ordered');
}
function* validateFailureRule(spec: JobSpec, rule: PodFailurePolicyRule, containers: ReadonlySet<string>, path: string): Errors {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined)
      yield fieldError.invalid(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set');
  } else yield* oneOfOrderless(`${path}.action`, action, actions);
  if (onExitCodes !== undefined) yield* validateExitCodes(onExitCodes, containers, `${path}.onExitCodes`);
  if (onPodConditions.length > 0) yield* validatePatterns(onPodConditions, `${path}.onPodConditions`);
  if (onExitCodes !== undefined && onPodConditions.length > 0)
    yield fieldError.invalid(path, omitted, 'specifying both OnExitCodes and OnPodConditions is not supported');
  if (onExitCodes === undefined && onPodConditions.length === 0)
    yield fieldError.invalid(path, omitted, 'specifying one of OnExitCodes and OnPodConditions is required');
}
function* validateFailurePolicy(spec: JobSpec, path: string): Errors {
  const rules = spec.podFailurePolicy?.rules ?? [];
  if (rules.length > mostRules) yield fieldError.tooMany(`${path}.rules`, rules.length, mostRules);
  const { containers, initContainers = [] } = spec.template.spec;
  const names = new Set([...containers, ...initContainers].map((container) => container.name));
  for (const [index, rule] of rules.entries()) yield* validateFailureRule(spec, rule, names, `${path}.rules[${index}]`);
}

function* validateSuccessRule({ succeededIndexes, succeededCount }: SuccessPolicyRule, completions: number, path: string): Errors {
  if (succeededCount === undefined && succeededIndexes === undefined)
    yield fieldError.required(path, 'at least one of succeededCount or succeededIndexes must be specified');
  let total = 0;
  if (succeededIndexes !== undefined) {
    const at = `${path}.succeededIndexes`;
    if (succeededIndexes.length > longestIndexes) yield fieldError.tooLong(at, longestIndexes);
    try {
      total = countIndexes(succeededIndexes, completions);
    } catch (error) {
      yield fieldError.invalid(at, succeededIndexes, `error parsing succeededIndexes: ${(error as Error).message}`);
    }
  }
  if (succeededCount === undefined) return;
  const at = `${path}.succeededCount`;
  const atMost = (count: number, what: string) => `must be less than or equal to ${count} (the number of ${what})`;
  yield* nonNegative(at, succeededCount);
  if (succeededCount > completions) yield fieldError.invalid(at, succeededCount, atMost(completions, 'specified completions'));
  if (succeededIndexes !== undefined && succeededCount > total)
    yield fieldError.invalid(at, succeededCount, atMost(total, 'indexes in the specified succeededIndexes field'));
}
function* validateSuccessPolicy(spec: JobSpec, path: string): Errors {
  if (!isIndexed(spec))
    return yield fieldError.invalid(path, goShown(successPolicy, spec.successPolicy), 'requires indexed completion mode');
  const rules = spec.successPolicy?.rules ?? [];
  if (rules.length === 0)
    yield fieldError.required(`${path}.rules`, 'at least one rules must be specified when the successPolicy is specified');
  if (rules.length > mostRules) yield fieldError.tooMany(`${path}.rules`, rules.length, mostRules);
  for (const [index, rule] of rules.entries()) yield* validateSuccessRule(rule, spec.completions ?? 0, `${path}.rules[${index}]`);
}

function* validateReplacement({ podReplacementPolicy, podFailurePolicy }: JobSpec, path: string): Errors {
  if (podReplacementPolicy === undefined) return;
  const supported = podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'];
  if (!supported.includes(podReplacementPolicy)) yield fieldError.notSupported(path, podReplacementPolicy, supported);
}

function* validateRestartPolicy(spec: JobSpec, path: string): Errors {
  const policy = spec.template.spec.restartPolicy || 'Always';
  if (policy === 'Always') yield fieldError.required(path, 'valid values: "OnFailure", "Never"');
  else if (policy !== 'OnFailure' && policy !== 'Never') yield fieldError.notSupported(path, policy, ['OnFailure', 'Never'], 'as given');
  else if (spec.podFailurePolicy !== undefined && policy !== 'Never')
    yield fieldError.invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified');
}

const amounts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

export function* validateJobSpec(spec: JobSpec, path: string, old?: JobSpec): Errors {
  for (const field of amounts) yield* nonNegative(`${path}.${field}`, spec[field]);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    yield fieldError.required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified');
  if (spec.managedBy !== undefined) {
    yield* domainPrefixedPath(`${path}.managedBy`, spec.managedBy);
    if (spec.managedBy.length > longestManager) yield fieldError.tooLong(`${path}.managedBy`, longestManager);
  }
  yield* validateMode(spec, path);
  if (spec.podFailurePolicy !== undefined) yield* validateFailurePolicy(spec, `${path}.podFailurePolicy`);
  if (spec.successPolicy !== undefined) yield* validateSuccessPolicy(spec, `${path}.successPolicy`);
  yield* validateReplacement(spec, `${path}.podReplacementPolicy`);
  yield* validatePodTemplate(spec.template, `${path}.template`, old?.template);
  yield* validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`);
}
