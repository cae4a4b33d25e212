import { controllerOf, keyText } from '../api/meta.ts';
import { isAlreadyExists, isNotFound, StatusError } from '../api/status.ts';
import { type ControllerContext, defineController, type Result } from '../client/controller.ts';
import { CronJob } from '../kinds/batch/cron-job.ts';
import { Job } from '../kinds/batch/job.ts';
import { type CronSchedule, parseCronSchedule } from '../kinds/batch/lib/cron-schedule.ts';
import { formatInZone, isTimeZone } from '../kinds/batch/lib/time-zone.ts';
import { formatTime } from '../api/gotime.ts';
import { afterFinished, finishedAs, surplusJobs } from './lib/cron-history.ts';
import { dueTime, nextRunInMs } from './lib/cron-times.ts';
import { controllerReference, ownedBy, ownedCache } from './lib/owned.ts';
import { OwnWrites } from './lib/own-writes.ts';
import { perContext } from './lib/per-context.ts';
import { messageOf } from './lib/pod-control.ts';
import { sameStatus } from './lib/replica-set-status.ts';

type Status = CronJob['status'];

const recheckMs = 5_000;
const scheduledAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

const memory = perContext((context) => ({ writes: new OwnWrites(context.clock), jobs: ownedCache(context, Job) }));

/** One look at a CronJob; its status changes on the way and is written once. */
class Look {
  cronJob: CronJob;
  status: Status;
  readonly #context: ControllerContext;
  constructor(cronJob: CronJob, context: ControllerContext) {
    this.cronJob = cronJob;
    this.status = cronJob.status;
    this.#context = context;
  }
  get #id(): string {
    return keyText(this.cronJob.metadata);
  }
  event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#context.events.event(this.cronJob, type, reason, message);
  }
  isActive(uid: string): boolean {
    return this.status.active?.some((reference) => reference.uid === uid) === true;
  }
  #drop(uid: string | undefined): void {
    this.status = { ...this.status, active: (this.status.active ?? []).filter((reference) => reference.uid !== uid) };
  }

  /** Deletes a Job with its pods. Gives whether that could be done. */
  async remove(job: Job): Promise<boolean> {
    const { writes, jobs } = memory(this.#context);
    try {
      await this.#context.client.delete(Job, job.metadata, { propagationPolicy: 'Background' });
    } catch (error) {
      this.event('Warning', 'FailedDelete', `Deleted job: ${messageOf(error)}`);
      return false;
    }
    writes.deleted(this.#id, jobs, job);
    this.#drop(job.metadata.uid);
    this.event('Normal', 'SuccessfulDelete', `Deleted job ${job.metadata.name}`);
    return true;
  }

  /** Brings the list of active Jobs, and the time of the last success, up to what the Jobs say. */
  async follow(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) {
      const { uid, name } = job.metadata;
      const ended = finishedAs(job);
      if (ended === undefined && !this.isActive(uid)) {
        const fresh = await this.#context.client.get(CronJob, this.cronJob.metadata);
        if (fresh.status.active?.some((reference) => reference.uid === uid) === true) {
          this.cronJob = fresh;
          this.status = fresh.status;
        } else this.event('Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${name}`);
      }
      if (ended === undefined) continue;
      if (this.isActive(uid)) {
        this.#drop(uid);
        this.event('Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${ended}`);
      }
      this.status = afterFinished(this.status, job);
    }
    const known = new Set(jobs.map(({ metadata }) => metadata.uid));
    for (const { uid, name, namespace } of this.status.active ?? []) {
      if (known.has(uid ?? '')) continue;
      try {
        await this.#context.client.get(Job, { namespace, name: name ?? '' });
      } catch (error) {
        if (!isNotFound(error)) throw error;
        this.event('Normal', 'MissingJob', `Active job went missing: ${name}`);
        this.#drop(uid);
      }
    }
  }

  /** The Job of a time, made now or by an earlier try; undefined when somebody else made it, or it is known already. */
  async start(scheduledMs: number): Promise<Job | undefined> {
    const { client } = this.#context;
    const { metadata, spec } = this.cronJob;
    const key = { namespace: metadata.namespace, name: `${metadata.name}-${Math.floor(scheduledMs / 60_000)}` };
    const scheduled = formatInZone(scheduledMs, spec.timeZone ?? 'UTC');
    const { labels, annotations } = spec.jobTemplate.metadata;
    try {
      const job = await client.create(Job, {
        metadata: {
          ...key,
          labels,
          annotations: { ...annotations, [scheduledAnnotation]: scheduled },
          ownerReferences: [controllerReference(CronJob, this.cronJob)],
        },
        spec: spec.jobTemplate.spec,
      });
      this.event('Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`);
      return job;
    } catch (error) {
      if (isAlreadyExists(error)) {
        const job = await client.get(Job, key);
        return controllerOf(job)?.uid === metadata.uid && !this.isActive(job.metadata.uid) ? job : undefined;
      }
      const isEnding =
        error instanceof StatusError && error.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true;
      if (!isEnding) this.event('Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`);
      throw error;
    }
  }
  started(job: Job, scheduledMs: number): void {
    const { name, namespace, uid, resourceVersion } = job.metadata;
    const reference = { kind: 'Job', namespace, name, uid, apiVersion: 'batch/v1', resourceVersion };
    const { writes, jobs } = memory(this.#context);
    writes.wrote(this.#id, jobs, job);
    this.status = { ...this.status, active: [...(this.status.active ?? []), reference], lastScheduleTime: formatTime(scheduledMs) };
  }
  async save(): Promise<void> {
    if (sameStatus(this.status, this.cronJob.status)) return;
    const { client } = this.#context;
    const saved = await client.updateStatus(CronJob, { ...this.cronJob, status: this.status });
    memory(this.#context).writes.wrote(this.#id, this.#context.cache(CronJob), saved);
  }
}

/** undefined, with an event, when there is nothing to go by. */
function scheduleOf(look: Look): CronSchedule | undefined {
  const { schedule, timeZone } = look.cronJob.spec;
  if (schedule.includes('TZ')) {
    const where = 'see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';
    look.event(
      'Warning',
      'UnsupportedSchedule',
      `CRON_TZ or TZ used in schedule ${JSON.stringify(schedule)} is not officially supported, ${where}`,
    );
  }
  try {
    return parseCronSchedule(schedule, timeZone ?? 'UTC');
  } catch (error) {
    look.event('Warning', 'UnparseableSchedule', `unparseable schedule: ${JSON.stringify(schedule)} : ${messageOf(error)}`);
    return undefined;
  }
}

/** Whether a run that is due is to be started now; with an event when not. */
function mayStart(look: Look, scheduledMs: number, nowMs: number): boolean {
  const { metadata, spec } = look.cronJob;
  const { status } = look;
  const deadline = spec.startingDeadlineSeconds;
  if (deadline !== undefined && scheduledMs + deadline * 1000 < nowMs) {
    const time = new Date(scheduledMs).toUTCString().replace('GMT', '+0000');
    look.event('Warning', 'MissSchedule', `Missed scheduled time to start a job: ${time}`);
    return false;
  }
  const name = `${metadata.name}-${Math.floor(scheduledMs / 60_000)}`;
  if (status.active?.some((one) => one.name === name) === true || status.lastScheduleTime === formatTime(scheduledMs)) return false;
  if (spec.concurrencyPolicy === 'Forbid' && (status.active ?? []).length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    look.event('Normal', 'JobAlreadyActive', message);
    return false;
  }
  return true;
}

/** Ends the runs that go on, for the policy Replace. Throws when one cannot be ended. */
async function replaceActive(look: Look, context: ControllerContext): Promise<void> {
  for (const { name = '', namespace } of look.status.active ?? []) {
    const job = await context.client.get(Job, { namespace, name }).catch((error: unknown) => {
      look.event('Warning', 'FailedGet', `Get job: ${messageOf(error)}`);
      throw error;
    });
    if (!(await look.remove(job))) throw new Error(`could not replace job ${namespace}/${name}`);
  }
}

async function run(look: Look, context: ControllerContext): Promise<Result> {
  const { metadata, spec } = look.cronJob;
  const nowMs = context.clock.now();
  if (metadata.deletionTimestamp !== undefined) return;
  if (spec.timeZone !== undefined && !isTimeZone(spec.timeZone)) {
    const zone = spec.timeZone;
    return look.event('Warning', 'UnknownTimeZone', `invalid timeZone: ${JSON.stringify(zone)}: unknown time zone ${zone}`);
  }
  if (spec.suspend === true) return;
  const schedule = scheduleOf(look);
  if (schedule === undefined) return;
  let due: number | undefined;
  try {
    const { ms, tooManyMissed } = dueTime(look.cronJob, schedule, nowMs);
    due = ms;
    if (tooManyMissed) {
      const message = 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
      look.event('Warning', 'TooManyMissedTimes', message);
    }
  } catch (error) {
    return look.event('Warning', 'InvalidSchedule', `invalid schedule: ${spec.schedule} : ${messageOf(error)}`);
  }
  const next = (): Result => {
    const afterMs = nextRunInMs({ ...look.cronJob, status: look.status }, schedule, nowMs);
    return afterMs === undefined ? undefined : { afterMs };
  };
  if (due === undefined || !mayStart(look, due, nowMs)) return next();
  if (spec.concurrencyPolicy === 'Replace') await replaceActive(look, context);
  const job = await look.start(due);
  if (job === undefined) return;
  look.started(job, due);
  return next();
}

/**
 * Makes a Job whenever the schedule of a CronJob says so, and removes old ones.
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
export const cronJob = defineController<CronJob>({
  name: 'cronjob-controller',
  for: CronJob,
  owns: [Job],
  can: [
    { groups: ['batch'], resources: ['cronjobs'], verbs: ['get', 'list', 'update', 'watch'] },
    { groups: ['batch'], resources: ['jobs'], verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'] },
    { groups: ['batch'], resources: ['cronjobs/status'], verbs: ['update'] },
    { groups: ['batch'], resources: ['cronjobs/finalizers'], verbs: ['update'] },
    { groups: [''], resources: ['pods'], verbs: ['delete', 'list', 'watch'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const { writes, jobs } = memory(context);
    const id = keyText(key);
    const current = context.cache(CronJob).get(key);
    if (current === undefined) return writes.forget(id);
    if (!writes.settled(id)) return { afterMs: recheckMs };
    const look = new Look(current, context);
    const mine = ownedBy(jobs, current);
    for (const job of surplusJobs(current, mine)) await look.remove(job);
    const ran = await look
      .follow(mine)
      .then(() => run(look, context))
      .then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      );
    await look.save();
    if ('error' in ran) throw ran.error;
    return ran.result;
  },
});
