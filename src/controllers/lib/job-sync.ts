import { formatTime } from '../../api/gotime.ts';
import { keyText } from '../../api/meta.ts';
import { isNotFound } from '../../api/status.ts';
import { Job } from '../../kinds/batch/job.ts';
import type { JobCondition } from '../../kinds/batch/shapes/job.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { forAll, slowStart } from './batches.ts';
import { jobPlan, type JobPlan } from './job-plan.ts';
import { isSuspended, isTracked, jobPodChanges, untrackPatch } from './job-pods.ts';
import { conditionOf, deadlineInMs, isComplete, type JobState, newCondition, outcome } from './job-state.ts';
import { countReleased, finishedStatus, type Status, trackedUids, trackPods } from './job-tracking.ts';
import { createPod, deletePod, type PodControl, podOf } from './pod-control.ts';
import { isPodReady } from './pods.ts';

const writesAtOnce = 50;

/** One look at a Job: what it comes to now, and what of it is changed on the way. */
export class JobSync {
  /** What kept it from the right pods; the status is written all the same. */
  error: unknown;
  /** Milliseconds after which it is worth another look. */
  readonly waits: number[] = [];
  readonly #state: JobState;
  readonly #control: PodControl;
  #status: Status;
  #active: number;
  #ready: number;
  #terminating: number;
  #changed = false;
  #version: string;

  constructor(state: JobState, control: PodControl) {
    this.#state = state;
    this.#control = control;
    const { status, metadata } = state.job;
    const startTime = status.startTime ?? (isSuspended(state.job) ? undefined : formatTime(state.nowMs));
    const uncountedTerminatedPods = status.uncountedTerminatedPods ?? {};
    this.#status = { ...status, uncountedTerminatedPods, ...(startTime === undefined ? {} : { startTime }) };
    this.#active = state.active.length;
    this.#ready = state.ready;
    this.#terminating = state.terminating;
    this.#version = metadata.resourceVersion;
  }
  get #job(): Job {
    return this.#state.job;
  }

  /** Deletes pods; `untracked` ones are not counted any more. Gives how many could be deleted; notes the first error. */
  async #remove(pods: readonly Pod[], untracked: boolean): Promise<number> {
    let deleted = 0;
    await forAll(pods, writesAtOnce, async (pod) => {
      if (untracked && isTracked(pod)) await this.#release(pod);
      await deletePod(this.#control, this.#job, pod);
      deleted++;
      if (isPodReady(pod)) this.#ready--;
    }).catch((error: unknown) => {
      this.error ??= error;
    });
    this.#active -= deleted;
    this.#terminating += deleted;
    return deleted;
  }
  /** Takes the finalizer off. */
  async #release(pod: Pod): Promise<void> {
    const { context, writes, pods } = this.#control;
    try {
      writes.wrote(keyText(this.#job.metadata), pods, await context.client.patch(Pod, pod.metadata, 'strategic', untrackPatch));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  async #create(indexes: readonly (number | undefined)[]): Promise<void> {
    const job = this.#job;
    const left = [...indexes];
    const { done, error } = await slowStart(indexes.length, async () => {
      const index = left.shift();
      const replaced = index === undefined ? undefined : this.#state.indexes?.delayed.get(index);
      await createPod(this.#control, job, podOf(Job, job, job.spec.template, jobPodChanges(job, index, replaced)));
    });
    this.#active += done;
    this.error ??= error;
  }
  async #carryOut({ remove, create, afterMs }: JobPlan): Promise<void> {
    if (remove.length > 0) await this.#remove(remove, true);
    if (create.length > 0) await this.#create(create);
    if (afterMs !== undefined) this.waits.push(afterMs);
  }

  /** Suspended or resumed: a condition and an event tell, and the start is counted anew. */
  #tellSuspension(): void {
    const job = this.#job;
    const { nowMs } = this.#state;
    const suspended = isSuspended(job);
    const present = conditionOf(job, 'Suspended');
    if (present === undefined ? !suspended : (present.status === 'True') === suspended) return;
    const [reason, message] = suspended ? ['JobSuspended', 'Job suspended'] : ['JobResumed', 'Job resumed'];
    const condition = newCondition('Suspended', reason, message, nowMs, suspended ? 'True' : 'False');
    const others = (this.#status.conditions ?? []).filter(({ type }) => type !== 'Suspended');
    const { startTime: _, ...rest } = this.#status;
    this.#status = { ...rest, ...(suspended ? {} : { startTime: formatTime(nowMs) }), conditions: [...others, condition] };
    this.#changed = true;
    this.#control.context.events.event(job, 'Normal', suspended ? 'Suspended' : 'Resumed', message);
  }

  /** Ends the pods of a Job that is over, else brings them to their number. Gives why the Job is over, once no pod is active. */
  async manage(): Promise<JobCondition | undefined> {
    const state = this.#state;
    const finish = outcome(state, this.#status.startTime);
    if (finish !== undefined) {
      const before = this.#active;
      return (await this.#remove(state.active, false)) === before ? finish : undefined;
    }
    const deadlineMs = deadlineInMs(state, this.#status.startTime);
    if (deadlineMs !== undefined) this.waits.push(deadlineMs);
    const manages = this.#job.metadata.deletionTimestamp === undefined;
    if (manages) await this.#carryOut(jobPlan(state));
    if (isComplete(state, this.#active))
      return newCondition('SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods', state.nowMs);
    if (manages) this.#tellSuspension();
    return undefined;
  }

  async #save(): Promise<void> {
    const { context, writes } = this.#control;
    const metadata = { ...this.#job.metadata, resourceVersion: this.#version };
    const saved = await context.client.updateStatus(Job, { ...this.#job, metadata, status: this.#status });
    this.#version = saved.metadata.resourceVersion;
    this.#status = saved.status;
    writes.wrote(keyText(metadata), context.cache(Job), saved);
  }

  /** Counts what ended: notes it, lets the pods go, turns the notes into numbers, and writes the end of the Job. `noted` is called in between. */
  async track(finish: JobCondition | undefined, noted: () => void): Promise<void> {
    const state = this.#state;
    const { status } = this.#job;
    const [active, ready, terminating] = [this.#active, this.#ready, this.#terminating];
    this.#changed ||= active !== (status.active ?? 0) || ready !== status.ready || terminating !== status.terminating;
    this.#status = { ...this.#status, active, ready, terminating };
    const tracking = trackPods(state, this.#status, finish);
    this.#status = tracking.status;
    if (this.#changed || tracking.changed) {
      await this.#save();
      noted();
    }
    const tracked = trackedUids(state.pods);
    let failure: unknown;
    await forAll(tracking.release, writesAtOnce, async (pod) => {
      await this.#release(pod);
      tracked.delete(pod.metadata.uid);
    }).catch((error: unknown) => {
      failure = error;
    });
    const counted = countReleased(this.#status, tracked);
    this.#status = counted.status;
    const ended = tracking.isCut || failure !== undefined ? undefined : finishedStatus(this.#status, tracking.final, state.nowMs);
    this.#status = ended ?? this.#status;
    if (counted.changed || ended !== undefined) await this.#save();
    if (ended !== undefined) this.#tellEnd(tracking.final!);
    if (failure !== undefined) throw failure;
  }
  #tellEnd(final: JobCondition): void {
    const job = this.#job;
    const { events } = this.#control.context;
    if (final.type !== 'Complete') return events.event(job, 'Warning', final.reason ?? '', final.message ?? '');
    if (job.spec.completions !== undefined && (this.#status.succeeded ?? 0) > job.spec.completions)
      events.event(job, 'Warning', 'TooManySucceededPods', 'Too many succeeded pods running after completion count reached');
    events.event(job, 'Normal', 'Completed', 'Job completed');
  }
}
