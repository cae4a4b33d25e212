import type { Draft } from '../../../api/kind.ts';
import { dropGatedFields } from '../../core/lib/gated-fields.ts';
import { defaultPodSpec } from '../../core/lib/pod-defaults.ts';
import { podSpecWarnings } from '../../core/lib/pod-warnings.ts';
import type { JobSpec } from '../shapes/job.ts';
import { controllerUidLabel, jobNameLabel, type JobLike, oldControllerUidLabel, oldJobNameLabel } from './job-types.ts';
import { isIndexed } from './validate-job-spec.ts';

const unlimited = 2147483647;
const manyCompletions = 100_000;
const manyPods = 10_000;

/** What applies to Jobs and to templates of Jobs. */
export function defaultJobTemplate(spec: Draft<JobSpec>): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  defaultPodSpec(spec.template.spec);
}

/** pkg/apis/batch/v1/defaults.go. */
export function defaultJob({ metadata, spec }: Pick<Draft<JobLike>, 'metadata' | 'spec'>): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : unlimited;
  const labels = spec.template.metadata.labels;
  // One and the same map, as upstream: labels that the template gets are labels of the Job too.
  if (labels !== undefined && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = labels;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  spec.manualSelector ??= false;
  defaultJobTemplate(spec);
}

/** Unless the selector is the user's own, the Job's uid selects its pods; its name is put on them for people. */
export function prepareJobForCreate(job: Draft<JobLike>): void {
  job.status = {};
  const { metadata, spec } = job;
  dropGatedFields(spec.template.spec);
  if (spec.manualSelector) return;
  const isShared = metadata.labels !== undefined && metadata.labels === spec.template.metadata.labels;
  spec.template.metadata.labels = {
    [oldJobNameLabel]: metadata.name,
    [jobNameLabel]: metadata.name,
    [oldControllerUidLabel]: metadata.uid,
    [controllerUidLabel]: metadata.uid,
    ...spec.template.metadata.labels,
  };
  // What is stored has its defaults once more, when it is read back: those of its template, which had none before.
  if (isShared || Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = spec.template.metadata.labels;
  spec.selector ??= {};
  spec.selector.matchLabels = { [controllerUidLabel]: metadata.uid, ...spec.selector.matchLabels };
}

/** pkg/api/job/warnings.go. */
export function* jobSpecWarnings(spec: JobSpec, path: string): Generator<string> {
  if (isIndexed(spec) && (spec.completions ?? 0) > manyCompletions && (spec.parallelism ?? 0) > manyPods)
    yield `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`;
  yield* podSpecWarnings(spec.template.spec, `${path}.template.`);
}
