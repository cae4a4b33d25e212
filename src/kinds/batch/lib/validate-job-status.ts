import { fieldError, omitted } from '../../../api/status.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { type Errors, nonNegative } from '../../lib/validate.ts';
import { uncountedTerminatedPods, type UncountedTerminatedPods } from '../shapes/job.ts';
import { goShown } from '../../lib/go-shown.ts';
import { commonIndex, countIndexes } from './index-intervals.ts';
import { hasCondition, isFinished, type JobLike } from './job-types.ts';
import { isIndexed } from './validate-job-spec.ts';

/** What was written before may break a rule that a change may not: most rules are checked only where what they speak of changes. */
interface Changes {
  readonly finished: boolean;
  readonly complete: boolean;
  readonly failed: boolean;
  readonly failureTarget: boolean;
  readonly successCriteriaMet: boolean;
  readonly completedIndexes: boolean;
  readonly failedIndexes: boolean;
  readonly active: boolean;
  readonly startTime: boolean;
  readonly completionTime: boolean;
  readonly uncounted: boolean;
  readonly ready: boolean;
  readonly terminating: boolean;
}
function changesOf(job: JobLike, old: JobLike): Changes {
  const condition = (type: string) => is(job, type) !== is(old, type);
  const [now, before] = [job.status, old.status];
  return {
    finished: isFinished(job) !== isFinished(old),
    complete: condition('Complete'),
    failed: condition('Failed'),
    failureTarget: condition('FailureTarget'),
    successCriteriaMet: condition('SuccessCriteriaMet'),
    completedIndexes: (now.completedIndexes ?? '') !== (before.completedIndexes ?? ''),
    failedIndexes: now.failedIndexes !== before.failedIndexes,
    active: (now.active ?? 0) !== (before.active ?? 0),
    startTime: now.startTime !== before.startTime,
    completionTime: now.completionTime !== before.completionTime,
    uncounted: !sameOrEmpty(now.uncountedTerminatedPods, before.uncountedTerminatedPods),
    ready: now.ready !== before.ready,
    terminating: now.terminating !== before.terminating,
  };
}
const is = ({ status }: JobLike, type: string): boolean => hasCondition(status.conditions, type);
const conditions = (text: string) => fieldError.invalid('status.conditions', omitted, text);

function* validateUncounted(pods: UncountedTerminatedPods): Errors {
  const seen = new Set<string>();
  for (const list of ['succeeded', 'failed'] as const) {
    for (const [index, uid] of (pods[list] ?? []).entries()) {
      const path = `status.uncountedTerminatedPods.${list}[${index}]`;
      if (uid === '') yield fieldError.invalid(path, uid, 'must not be empty');
      else if (seen.has(uid)) yield fieldError.duplicate(path, uid);
      seen.add(uid);
    }
  }
}

function* validateTimes(job: JobLike, changed: Changes, isSuspendedEmpty: boolean): Errors {
  const { startTime, completionTime } = job.status;
  const [complete, path] = [is(job, 'Complete'), 'status.completionTime'];
  if (changed.complete || changed.completionTime) {
    if (completionTime !== undefined && !complete)
      yield fieldError.invalid(path, completionTime, 'cannot set completionTime when there is no Complete=True condition');
    if (completionTime === undefined && complete) yield fieldError.required(path, 'completionTime is required for Complete jobs');
  }
  if ((changed.startTime || changed.completionTime) && startTime !== undefined && completionTime !== undefined)
    if (Date.parse(completionTime) < Date.parse(startTime))
      yield fieldError.invalid(path, completionTime, 'must be equal to or after `startTime`');
  if (changed.failed || changed.failedIndexes) {
    if (is(job, 'Failed') && !is(job, 'FailureTarget'))
      yield conditions('cannot set Failed=True condition without the FailureTarget=true condition');
  }
  if (changed.complete || changed.successCriteriaMet) {
    if (complete && !is(job, 'SuccessCriteriaMet'))
      yield conditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition');
  }
  if ((changed.finished || changed.active) && (job.status.active ?? 0) > 0 && isFinished(job))
    yield fieldError.invalid('status.active', job.status.active, 'active>0 is invalid for finished job');
  if ((changed.finished || changed.startTime) && !isSuspendedEmpty && startTime === undefined && isFinished(job))
    yield fieldError.required('status.startTime', 'startTime is required for finished job');
}

function* validateIndexes({ spec, status }: JobLike, changed: Changes): Errors {
  const { completions, backoffLimitPerIndex } = spec;
  const { completedIndexes = '', failedIndexes } = status;
  const format = function* (field: 'completedIndexes' | 'failedIndexes', text: string): Errors {
    try {
      countIndexes(text, completions!);
    } catch (error) {
      yield fieldError.invalid(`status.${field}`, text, `error parsing ${field}: ${(error as Error).message}`);
    }
  };
  if (changed.completedIndexes && completions !== undefined) yield* format('completedIndexes', completedIndexes);
  if (changed.failedIndexes && completions !== undefined && backoffLimitPerIndex !== undefined && failedIndexes !== undefined)
    yield* format('failedIndexes', failedIndexes);
  if (changed.completedIndexes && completedIndexes !== '' && !isIndexed(spec)) {
    const rule = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    yield fieldError.invalid('status.completedIndexes', completedIndexes, rule);
  }
  if (changed.failedIndexes && backoffLimitPerIndex === undefined && failedIndexes !== undefined) {
    const rule = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    yield fieldError.invalid('status.failedIndexes', failedIndexes, rule);
  }
  if (!changed.failedIndexes && !changed.completedIndexes) return;
  const common = completions === undefined ? undefined : commonIndex(completedIndexes, failedIndexes ?? '', completions);
  if (common !== undefined)
    yield fieldError.invalid('status.failedIndexes', failedIndexes, `failedIndexes and completedIndexes overlap at index: ${common}`);
}

function* validateStatus(job: JobLike, changed: Changes): Errors {
  const { status, spec } = job;
  for (const field of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const)
    yield* nonNegative(`status.${field}`, status[field]);
  const uncounted = status.uncountedTerminatedPods;
  if (uncounted !== undefined) yield* validateUncounted(uncounted);
  const [complete, failed] = [is(job, 'Complete'), is(job, 'Failed')];
  if ((changed.complete || changed.failed) && complete && failed) yield conditions('cannot set Complete=True and Failed=true conditions');
  if ((changed.complete || changed.failureTarget) && complete && is(job, 'FailureTarget'))
    yield conditions('cannot set Complete=True and FailureTarget=true conditions');
  yield* validateTimes(job, changed, spec.suspend === true && spec.completions === 0);
  const left = [...(uncounted?.failed ?? []), ...(uncounted?.succeeded ?? [])];
  if ((changed.finished || changed.uncounted) && isFinished(job) && left.length > 0) {
    const shown = goShown(uncountedTerminatedPods, uncounted);
    yield fieldError.invalid('status.uncountedTerminatedPods', shown, 'must be empty for finished job');
  }
  yield* validateIndexes(job, changed);
  if ((changed.finished || changed.terminating) && (status.terminating ?? 0) > 0 && isFinished(job))
    yield fieldError.invalid('status.terminating', status.terminating, 'terminating>0 is invalid for finished job');
  if ((changed.ready || changed.active) && status.ready !== undefined && status.ready > (status.active ?? 0))
    yield fieldError.invalid('status.ready', status.ready, 'cannot set more ready pods than active');
  const met = is(job, 'SuccessCriteriaMet');
  if (met && failed) yield conditions('cannot set SuccessCriteriaMet=True and Failed=true conditions');
  if (met && is(job, 'FailureTarget')) yield conditions('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions');
  if (spec.successPolicy !== undefined && !met && complete)
    yield conditions('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True');
}

/** pkg/apis/batch/validation ValidateJobUpdateStatus, with what pkg/registry/batch/job lets a status update do. */
export function* validateJobStatus(job: JobLike, old: JobLike): Errors {
  const changed = changesOf(job, old);
  yield* validateStatus(job, changed);
  const [now, before] = [job.status, old.status];
  for (const type of ['Failed', 'Complete', 'FailureTarget'])
    if (is(old, type) && !is(job, type)) yield conditions(`cannot disable the terminal ${type}=True condition`);
  if ((now.failed ?? 0) < (before.failed ?? 0))
    yield fieldError.invalid('status.failed', now.failed ?? 0, 'cannot decrease the failed counter');
  const maySink = isIndexed(job.spec) && job.spec.completions === job.spec.parallelism;
  if (!maySink && (now.succeeded ?? 0) < (before.succeeded ?? 0))
    yield fieldError.invalid('status.succeeded', now.succeeded ?? 0, 'cannot decrease the succeeded counter');
  if (now.completionTime !== undefined && before.completionTime !== undefined && changed.completionTime)
    yield fieldError.invalid('status.completionTime', now.completionTime, 'field is immutable');
  const isResuming = is(old, 'Suspended') && hasCondition(now.conditions, 'Suspended', 'False');
  if (changed.startTime && !isResuming && before.startTime !== undefined && job.spec.suspend !== true)
    yield fieldError.invalid('status.startTime', now.startTime ?? null, 'field is immutable for unsuspended job once set');
  if (is(old, 'SuccessCriteriaMet') && !is(job, 'SuccessCriteriaMet'))
    yield conditions('cannot disable the SuccessCriteriaMet=True condition');
  if (is(old, 'Complete') && !is(old, 'SuccessCriteriaMet') && is(job, 'SuccessCriteriaMet'))
    yield conditions('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions');
}
