import type { AnyKind } from '../../api/kind.ts';
import { formatTime } from '../../api/gotime.ts';
import type { Key } from '../../api/meta.ts';
import { parseLabelSelector } from '../../api/selector.ts';
import { isConflict } from '../../api/status.ts';
import type { ControllerContext } from '../../client/controller.ts';
import { HorizontalPodAutoscaler } from '../../kinds/autoscaling/horizontal-pod-autoscaler.ts';
import type { MetricStatus } from '../../kinds/autoscaling/shapes/horizontal-pod-autoscaler.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { afterScaling, decide, type History } from './autoscaler-behavior.ts';
import { type Asked, evaluate, MetricError, type Surroundings, tolerancesOf } from './autoscaler-metrics.ts';
import { messageOf } from './pod-control.ts';
import { sameStatus } from './replica-set-status.ts';
import { getScale, groupOfVersion, type Scale, updateScale } from './scale-client.ts';

/** What is remembered of an autoscaler between looks. */
export interface Memory {
  history: History;
  /** Of the pods it scales, as text; to notice when two scale the same. */
  selector: string;
}
/** Autoscalers of the namespace that scale pods with such labels. */
export type ScalersOf = (labels: Pod['metadata']['labels']) => readonly Key[];

interface Wanted {
  readonly replicas: number;
  readonly reason: string;
  readonly metrics: readonly MetricStatus[];
}
/** The look ends here; what went wrong is said already. */
class Stop extends Error {}

const conflictTries = 5;

/** One look at a HorizontalPodAutoscaler: its conditions change on the way, and the status is written once (pkg/controller/podautoscaler). */
export class Look {
  readonly #autoscaler: HorizontalPodAutoscaler;
  readonly #memory: Memory;
  readonly #context: ControllerContext;
  readonly #scalersOf: ScalersOf;
  #status: HorizontalPodAutoscaler['status'];
  constructor(autoscaler: HorizontalPodAutoscaler, memory: Memory, scalersOf: ScalersOf, context: ControllerContext) {
    this.#autoscaler = autoscaler;
    this.#memory = memory;
    this.#scalersOf = scalersOf;
    this.#context = context;
    this.#status = autoscaler.status;
  }
  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#context.events.event(this.#autoscaler, type, reason, message);
  }
  #condition(type: string, holds: boolean, reason: string, message: string): void {
    const status = holds ? 'True' : 'False';
    const conditions = this.#status.conditions ?? [];
    const before = conditions.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : formatTime(this.#context.clock.now());
    const condition = { type, status, lastTransitionTime, reason, message };
    const next = before === undefined ? [...conditions, condition] : conditions.map((each) => (each === before ? condition : each));
    this.#status = { ...this.#status, conditions: next };
  }

  /** Throws when the status can't be written. */
  async run(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    } finally {
      await this.#write();
    }
  }
  async #write(): Promise<void> {
    if (sameStatus(this.#autoscaler.status, this.#status)) return;
    try {
      await this.#context.client.updateStatus(HorizontalPodAutoscaler, { ...this.#autoscaler, status: this.#status });
    } catch (error) {
      this.#event('Warning', 'FailedUpdateStatus', messageOf(error));
      throw error;
    }
  }

  async #target(): Promise<{ readonly kind: AnyKind; readonly key: Key; readonly scale: Scale }> {
    const { apiVersion = '', kind: name, name: target } = this.#autoscaler.spec.scaleTargetRef;
    const key = { namespace: this.#autoscaler.metadata.namespace, name: target };
    const group = groupOfVersion(apiVersion);
    try {
      if (apiVersion.split('/').length > 2) throw new Error(`unexpected GroupVersion string: ${apiVersion}`);
      const kind = this.#context.cluster.kinds().find((each) => each.group === group && each.kind === name);
      if (kind === undefined) throw new Error(`no matches for kind "${name}" in group "${group}"`);
      return { kind, key, scale: await getScale(this.#context.client.transport, kind, key) };
    } catch (error) {
      this.#event('Warning', 'FailedGetScale', messageOf(error));
      const message = `the HPA controller was unable to get the target's current scale: ${messageOf(error)}`;
      this.#condition('AbleToScale', false, 'FailedGetScale', message);
      throw new Stop();
    }
  }

  async #run(): Promise<void> {
    const { spec } = this.#autoscaler;
    const { kind, key, scale } = await this.#target();
    this.#condition('AbleToScale', true, 'SucceededGetScale', "the HPA controller was able to get the target's current scale");
    const current = scale.spec.replicas ?? 0;
    const { history } = this.#memory;
    if (history.recommendations.length === 0)
      this.#memory.history = { ...history, recommendations: [{ replicas: current, atMs: this.#context.clock.now() }] };
    const wanted = await this.#wanted(scale, current, spec.minReplicas ?? 1);
    const scales = wanted.replicas !== current;
    if (scales) await this.#rescale(kind, key, scale, current, wanted);
    this.#report(current, wanted.replicas, wanted.metrics, scales);
  }
  #report(currentReplicas: number, desiredReplicas: number, currentMetrics: readonly MetricStatus[], scaled: boolean): void {
    const { conditions = [], lastScaleTime: before } = this.#status;
    const lastScaleTime = scaled ? formatTime(this.#context.clock.now()) : before;
    const last = lastScaleTime === undefined ? {} : { lastScaleTime };
    this.#status = { ...last, currentReplicas, desiredReplicas, currentMetrics, conditions };
  }

  async #wanted(scale: Scale, current: number, min: number): Promise<Wanted> {
    const { maxReplicas } = this.#autoscaler.spec;
    if (current === 0) {
      this.#condition('ScalingActive', false, 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero');
      return { replicas: 0, reason: '', metrics: [] };
    }
    if (current > maxReplicas) return { replicas: maxReplicas, reason: 'Current number of replicas above Spec.MaxReplicas', metrics: [] };
    if (current < min) return { replicas: min, reason: 'Current number of replicas below Spec.MinReplicas', metrics: [] };
    const { replicas, name, metrics } = await this.#ask(scale, current);
    const reason = replicas > current ? `${name} above target` : replicas < current ? 'All metrics below target' : '';
    const nowMs = this.#context.clock.now();
    const decision = decide(this.#autoscaler, replicas, { current, min, max: maxReplicas }, this.#memory.history, nowMs);
    this.#memory.history = decision.history;
    this.#condition('AbleToScale', true, decision.ableToScale.reason, decision.ableToScale.message);
    const { limited, reason: why, message } = decision.scalingLimited;
    this.#condition('ScalingLimited', limited, why, message);
    return { replicas: decision.replicas, reason, metrics };
  }

  /** What the metrics ask for together: the most. Stops when none can be told, or one that could hold a scale-down back. */
  async #ask(scale: Scale, current: number): Promise<{ replicas: number; name: string; metrics: readonly MetricStatus[] }> {
    const { metrics = [] } = this.#autoscaler.spec;
    const fail = (message: string, statuses: readonly MetricStatus[]): never => {
      this.#report(current, this.#status.desiredReplicas, statuses, false);
      this.#event('Warning', 'FailedComputeMetricsReplicas', message);
      throw new Stop();
    };
    const around = this.#surroundings(scale, current, (message) => fail(message, []));
    const statuses: MetricStatus[] = [];
    const errors: MetricError[] = [];
    let most: Asked | undefined;
    for (const metric of metrics) {
      try {
        const asked = await evaluate(metric, around);
        statuses.push(asked.status);
        if (most === undefined || most.replicas === 0 || asked.replicas > most.replicas) most = asked;
      } catch (error) {
        if (!(error instanceof MetricError)) throw error;
        this.#event('Warning', error.reason, error.message);
        statuses.push({ type: '' });
        errors.push(error);
      }
    }
    const [first] = errors;
    if (first !== undefined && (most === undefined || most.replicas < current)) {
      this.#condition('ScalingActive', false, first.reason, `the HPA was unable to compute the replica count: ${first.message}`);
      fail(`invalid metrics (${errors.length} invalid out of ${metrics.length}), first error is: ${first.whole}`, statuses);
    }
    const { replicas, name } = most!;
    const message = `the HPA was able to successfully calculate a replica count from ${name}`;
    this.#condition('ScalingActive', true, 'ValidMetricFound', message);
    return { replicas, name, metrics: statuses };
  }

  #surroundings(scale: Scale, current: number, fail: (message: string) => never): Surroundings {
    const { selector = '', replicas: statusReplicas } = scale.status;
    const wrong = (reason: string, event: string, message: string, condition = message): never => {
      this.#event('Warning', event, message);
      this.#condition('ScalingActive', false, reason, condition);
      return fail(message);
    };
    if (selector === '')
      wrong('InvalidSelector', 'SelectorRequired', 'selector is required', "the HPA target's scale is missing a selector");
    const { namespace = '' } = this.#autoscaler.metadata;
    this.#memory.selector = selector;
    const { matches } = parsed(selector, (error) =>
      wrong('InvalidSelector', 'InvalidSelector', `couldn't convert selector into a corresponding internal selector object: ${error}`),
    );
    const { cache, clock, client, cluster } = this.#context;
    const pods = cache(Pod)
      .list(namespace)
      .filter(({ metadata }) => matches(metadata.labels));
    const scalers = new Set(pods.flatMap(({ metadata }) => this.#scalersOf(metadata.labels)).map(({ name }) => `{${name} ${namespace}}`));
    if (scalers.size > 1) {
      const message = `pods by selector ${selector} are controlled by multiple HPAs: [${[...scalers].sort().join(' ')}]`;
      wrong('AmbiguousSelector', 'AmbiguousSelector', message);
    }
    const group = { current, tolerances: tolerancesOf(this.#autoscaler), pods, nowMs: clock.now() };
    return { transport: client.transport, kinds: cluster.kinds(), namespace, labelSelector: selector, group, statusReplicas };
  }

  async #rescale(kind: AnyKind, key: Key, found: Scale, current: number, { replicas, reason, metrics }: Wanted): Promise<void> {
    const { client, clock } = this.#context;
    let scale = found;
    for (let tries = 1; ; tries++) {
      try {
        await updateScale(client.transport, kind, key, scale, replicas);
        break;
      } catch (error) {
        const latest = await getScale(client.transport, kind, key).catch(() => undefined);
        scale = latest ?? scale;
        if (isConflict(error) && tries < conflictTries) continue;
        this.#event('Warning', 'FailedRescale', `New size: ${replicas}; reason: ${reason}; error: ${messageOf(error)}`);
        const message = `the HPA controller was unable to update the target scale: ${messageOf(error)}`;
        this.#condition('AbleToScale', false, 'FailedUpdateScale', message);
        this.#report(current, this.#status.desiredReplicas, metrics, false);
        throw new Stop();
      }
    }
    const message = `the HPA controller was able to update the target scale to ${replicas}`;
    this.#condition('AbleToScale', true, 'SucceededRescale', message);
    this.#event('Normal', 'SuccessfulRescale', `New size: ${replicas}; reason: ${reason}`);
    this.#memory.history = afterScaling(this.#memory.history, this.#autoscaler, current, replicas, clock.now());
  }
}

function parsed(selector: string, orElse: (message: string) => never): ReturnType<typeof parseLabelSelector> {
  try {
    return parseLabelSelector(selector);
  } catch (error) {
    return orElse(messageOf(error));
  }
}
