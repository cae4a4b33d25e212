import { formatMicroTime } from '../api/gotime.ts';
import type { Input } from '../api/kind.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../api/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Metrics, Value } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import { type Part, supervise } from '../base/supervisor.ts';
import { Lease } from '../kinds/coordination/lease.ts';
import type { Client } from './client.ts';
import { type ElectionTimes, jitter } from './election-times.ts';
import type { EventRecorder } from './events.ts';

export interface ElectionOptions {
  /** The lease in kube-system, named after the component: 'kube-scheduler'. */
  readonly name: string;
  /** Who leads: unique to this start of a process. */
  readonly identity: string;
  readonly times: ElectionTimes;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly metrics: Metrics;
}
type Spec = Lease['spec'];

/** One of several that want to hold a lease (k8s.io/client-go tools/leaderelection). Time is only measured here: clocks of others do not matter. */
export class Candidate {
  readonly #options: ElectionOptions;
  readonly #status: Value;
  /** The lease as it was last seen, and when it was first seen so. */
  #seen: Lease | undefined;
  #seenMs = Number.NEGATIVE_INFINITY;

  constructor(options: ElectionOptions) {
    this.#options = options;
    const status = options.metrics.gauge('leader_election_master_status', '[ALPHA] Whether this process leads', ['name']);
    this.#status = status.of(options.name);
  }
  get isLeading(): boolean {
    return this.#seen?.spec.holderIdentity === this.#options.identity;
  }
  #see(lease: Lease): void {
    const isSame = this.#seen?.metadata.resourceVersion === lease.metadata.resourceVersion;
    this.#seen = lease;
    if (!isSame) this.#seenMs = this.#options.clock.monotonic();
  }
  /** Takes or renews the lease; false: another holds it, or was quicker. Throws what the API says. */
  async tryOnce(signal: AbortSignal): Promise<boolean> {
    const { client, name, identity, times, clock } = this.#options;
    const key = { namespace: 'kube-system', name };
    const now = formatMicroTime(clock.now());
    const own = { holderIdentity: identity, leaseDurationSeconds: Math.floor(times.leaseDurationMs / 1000), renewTime: now };
    try {
      const found = await client.get(Lease, key, { signal }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
        return undefined;
      });
      if (found === undefined) {
        const body: Input<Lease> = { metadata: key, spec: { ...own, acquireTime: now, leaseTransitions: 0 } };
        this.#see(await client.create(Lease, body, { signal }));
        return true;
      }
      this.#see(found);
      const { spec } = found;
      if (!this.isLeading && isHeld(spec) && clock.monotonic() < this.#seenMs + (spec.leaseDurationSeconds ?? 0) * 1000) return false;
      const next: Partial<Spec> = this.isLeading
        ? { acquireTime: spec.acquireTime, leaseTransitions: spec.leaseTransitions }
        : { acquireTime: now, leaseTransitions: (spec.leaseTransitions ?? 0) + 1 };
      this.#see(await client.update(Lease, { ...found, spec: { ...spec, ...own, ...next } }, { signal }));
      return true;
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error)) return false;
      throw error;
    }
  }
  /** Waits until this one leads, or the signal aborts. */
  async acquire(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await this.#tried(signal, this.#options.times.renewDeadlineMs))) await this.#pause(signal);
    if (signal.aborted) return;
    this.#status.set(1);
    this.#tell('became leader');
  }
  /** Keeps the lease; returns when it is lost, or the signal aborts. */
  async renew(signal: AbortSignal): Promise<void> {
    const { clock, times } = this.#options;
    let renewedMs = clock.monotonic();
    while (!signal.aborted) {
      await this.#pause(signal);
      if (signal.aborted) return;
      const untilMs = renewedMs + times.renewDeadlineMs;
      if (await this.#tried(signal, untilMs - clock.monotonic())) renewedMs = clock.monotonic();
      else if (clock.monotonic() >= untilMs || !this.isLeading) break;
    }
    this.#status.set(0);
    if (!signal.aborted) this.#tell('stopped leading');
  }
  /** Gives the lease up, so that another need not wait for its end. */
  async release(): Promise<void> {
    const { client, clock, log, name } = this.#options;
    const lease = this.#seen;
    this.#status.set(0);
    if (lease === undefined || !this.isLeading) return;
    const now = formatMicroTime(clock.now());
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
    this.#seen = undefined;
    await client.update(Lease, { ...lease, spec }).catch((error: unknown) => log.debug('a lease could not be given up', { name, error }));
  }
  /** False also for a try that takes longer than `limitMs`: what hangs does not keep the lease. */
  async #tried(signal: AbortSignal, limitMs: number): Promise<boolean> {
    const { clock, log, name } = this.#options;
    const over = new AbortController();
    const given = AbortSignal.any([signal, over.signal]);
    const ended = Promise.withResolvers<false>();
    given.addEventListener('abort', () => ended.resolve(false), { once: true });
    const timer = clock.setTimer(limitMs, () => over.abort());
    try {
      return await Promise.race([this.tryOnce(given), ended.promise]);
    } catch (error) {
      if (!signal.aborted) log.warn('a lease could not be taken or renewed', { name, error });
      return false;
    } finally {
      timer.cancel();
    }
  }
  async #pause(signal: AbortSignal): Promise<void> {
    const { clock, random, times } = this.#options;
    const waitMs = times.retryPeriodMs * (this.isLeading ? 1 : 1 + random.next() * (jitter - 1));
    await clock.sleep(waitMs, signal).catch(() => undefined);
  }
  #tell(what: string): void {
    const { events, identity, log, name } = this.#options;
    log.info(what, { name, identity });
    if (this.#seen !== undefined) events.event(this.#seen, 'Normal', 'LeaderElection', `${identity} ${what}`);
  }
}
const isHeld = ({ holderIdentity }: Spec): boolean => holderIdentity !== undefined && holderIdentity !== '';

/** Parts that run only while this process leads, as one. It is ready when it stands for election. */
export function electedPart(options: ElectionOptions, parts: readonly Part[]): Part {
  const { name, clock, log } = options;
  return {
    name,
    ready: Promise.resolve(),
    async run(signal) {
      const candidate = new Candidate(options);
      while (!signal.aborted) {
        await candidate.acquire(signal);
        if (signal.aborted) return;
        const term = new AbortController();
        const leading = AbortSignal.any([signal, term.signal]);
        const running = Promise.all(parts.map((part) => supervise(part, clock, log, leading)));
        await candidate.renew(signal);
        term.abort(new Error('this process no longer leads'));
        await running;
        if (signal.aborted) await candidate.release();
      }
    },
  };
}
