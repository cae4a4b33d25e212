import type { Job } from '../../kinds/batch/job.ts';
import type { PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule } from '../../kinds/batch/shapes/job.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import { IndexSet } from './job-indexes.ts';

/** What a Job's podFailurePolicy says of a failed pod (KEP-3329, KEP-3850). */
export interface FailureVerdict {
  readonly action: 'Ignore' | 'FailIndex' | 'Count' | 'FailJob' | undefined;
  /** Whether it counts towards the backoff limits. */
  readonly counts: boolean;
  /** Why the Job fails, for FailJob. */
  readonly message?: string;
}
const counted: FailureVerdict = { action: undefined, counts: true };

type ContainerStatus = NonNullable<Pod['status']['containerStatuses']>[number];

function matchesCode(code: number, { operator, values }: PodFailurePolicyOnExitCodesRequirement): boolean {
  return operator === 'In' ? values.includes(code) : operator === 'NotIn' && !values.includes(code);
}
function failedContainer({ status }: Pod, rule: PodFailurePolicyOnExitCodesRequirement): ContainerStatus | undefined {
  return [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].find(({ name, state }) => {
    const code = state.terminated?.exitCode ?? 0;
    return code !== 0 && (rule.containerName === undefined || rule.containerName === name) && matchesCode(code, rule);
  });
}
/** What of the pod a rule applies to, in the words of the message; undefined when it does not apply. */
function matchOf(pod: Pod, { action, onExitCodes, onPodConditions }: PodFailurePolicyRule, index: number): string | undefined {
  const { namespace, name } = pod.metadata;
  const rule = `matching ${action} rule at index ${index}`;
  if (onExitCodes !== undefined) {
    const container = failedContainer(pod, onExitCodes);
    const code = container?.state.terminated?.exitCode;
    return container && `Container ${container.name} for pod ${namespace}/${name} failed with exit code ${code} ${rule}`;
  }
  const condition = pod.status.conditions?.find(({ type, status }) =>
    onPodConditions?.some((pattern) => pattern.type === type && pattern.status === status),
  );
  return condition && `Pod ${namespace}/${name} has condition ${condition.type} ${rule}`;
}

export function failureVerdict({ spec }: Job, pod: Pod): FailureVerdict {
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const message = matchOf(pod, rule, index);
    if (message === undefined) continue;
    switch (rule.action) {
      case 'Ignore':
        return { action: 'Ignore', counts: false };
      case 'FailIndex':
      case 'Count':
        return { action: rule.action, counts: true };
      case 'FailJob':
        return { action: 'FailJob', counts: true, message };
    }
  }
  return counted;
}

/** The message of the first rule of the successPolicy that the succeeded indexes fulfil (KEP-3998). */
export function metSuccessRule({ spec }: Job, succeeded: IndexSet): string | undefined {
  if (succeeded.size === 0) return undefined;
  const index = (spec.successPolicy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && succeeded.size >= succeededCount;
    const wanted = IndexSet.parse(succeededIndexes, spec.completions ?? 0);
    if (wanted.size === 0) return false;
    const done = wanted.overlap(succeeded);
    return done === wanted.size || (succeededCount !== undefined && done >= succeededCount);
  });
  return index < 0 ? undefined : `Matched rules at index ${index}`;
}
