import type { AnyKind, Draft } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { isConflict, isNotFound } from '../../api/status.ts';
import { backoffMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import { sameJson } from '../../base/equal.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Logger } from '../../base/log.ts';
import { CustomResourceDefinition } from '../../kinds/apiextensions/custom-resource-definition.ts';
import { conditionOf, isConditionTrue } from '../../kinds/apiextensions/lib/conditions.ts';
import type { RuleTimes } from '../../kinds/apiextensions/lib/custom-rules.ts';
import { ruleTimes } from './metrics.ts';
import { customKinds } from '../../kinds/apiextensions/lib/custom-kind.ts';
import { follow } from '../authz/follow.ts';
import type { Resources, WriteContext } from '../types.ts';
import { awaitsCleanup, builtInTest, cleanUp } from './cleanup.ts';
import { nextStatus } from './status.ts';

/**
 * CustomResourceDefinitions at work: what they declare is served as soon as its names are accepted, and their statuses and
 * finalizers are kept (kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions).
 */
export interface DefinitionsOptions {
  readonly resources: Resources;
  /** Served whatever definitions say. */
  readonly builtIn: readonly AnyKind[];
  /** Takes every kind that is served from now on, built in and custom. */
  readonly serve: (kinds: readonly AnyKind[]) => void;
  /** What a kind was changed or went: whoever watches it starts again. */
  readonly endWatches: (kind: AnyKind) => void;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

interface Known {
  readonly definition: CustomResourceDefinition;
  /** What it serves; none while its names are not accepted. */
  readonly kinds: readonly AnyKind[];
}

const context: WriteContext = { identity: { user: 'system:apiserver', groups: ['system:masters'] }, fieldManager: 'kube-apiserver' };
const retryFirstMs = 5;
const retryLongestMs = 1_000_000;

export class Definitions {
  readonly #options: DefinitionsOptions;
  readonly #isBuiltIn: (kind: AnyKind) => boolean;
  readonly #times: RuleTimes;
  readonly #known = new Map<string, Known>();
  readonly #unsettled = new Set<string>();
  readonly #leaving = new Set<string>();
  /** How often in a row a status could not be written. */
  readonly #failures = new Map<string, number>();
  #isSettling = false;
  /** Resolves when all that is declared so far is served. */
  readonly ready: Promise<void>;

  constructor(options: DefinitionsOptions) {
    this.#options = options;
    this.#times = ruleTimes(options.metrics, options.clock);
    this.#isBuiltIn = builtInTest(options.builtIn);
    const { resources, clock, log, signal } = options;
    const follower = {
      reset: (objects: readonly ApiObject[]) => this.#reset(objects as readonly CustomResourceDefinition[]),
      put: (object: ApiObject) => this.#put(object as CustomResourceDefinition),
      remove: (object: ApiObject) => this.#remove(object as CustomResourceDefinition),
    };
    this.ready = follow(resources, CustomResourceDefinition, follower, { signal, clock, log });
  }

  #reset(definitions: readonly CustomResourceDefinition[]): void {
    const before = new Map(this.#known);
    this.#known.clear();
    for (const definition of definitions) {
      const { name } = definition.metadata;
      this.#know(definition, before.get(name));
      before.delete(name);
    }
    for (const { kinds } of before.values()) for (const kind of kinds) this.#options.endWatches(kind);
    this.#serve();
    for (const definition of definitions) this.#attend(definition);
  }
  #put(definition: CustomResourceDefinition): void {
    const before = this.#known.get(definition.metadata.name);
    // What this server wrote is known before the watch tells of it.
    if (before !== undefined && revisionOf(before.definition) > revisionOf(definition)) return;
    if (this.#know(definition, before)) this.#serve();
    this.#attend(definition);
  }
  #remove(definition: CustomResourceDefinition): void {
    const { name } = definition.metadata;
    const gone = this.#known.get(name);
    this.#known.delete(name);
    for (const kind of gone?.kinds ?? []) this.#options.endWatches(kind);
    if (gone !== undefined && gone.kinds.length > 0) this.#serve();
    this.#freeNames(definition);
  }

  /** Takes note of a definition; true when what it serves is not what it served. */
  #know(definition: CustomResourceDefinition, before: Known | undefined): boolean {
    const { name } = definition.metadata;
    const change = before === undefined ? 'serves' : changeOf(before.definition, definition);
    if (before !== undefined && change === undefined) {
      this.#known.set(name, { definition, kinds: before.kinds });
      return false;
    }
    const isServed = isConditionTrue(definition, 'NamesAccepted') || isConditionTrue(definition, 'Established');
    const kinds = isServed ? customKinds(definition, this.#times).filter((kind) => kind.custom!.isServed && !this.#isBuiltIn(kind)) : [];
    this.#known.set(name, { definition, kinds });
    if (change === 'serves') for (const kind of before?.kinds ?? []) this.#options.endWatches(kind);
    return kinds.length > 0 || (before?.kinds.length ?? 0) > 0;
  }
  #serve(): void {
    const names = [...this.#known.keys()].sort();
    this.#options.serve([...this.#options.builtIn, ...names.flatMap((name) => this.#known.get(name)!.kinds)]);
  }

  #attend(definition: CustomResourceDefinition): void {
    this.#unsettle(definition.metadata.name);
    if (awaitsCleanup(definition)) void this.#leave(definition);
  }
  #unsettle(name: string): void {
    this.#unsettled.add(name);
    if (!this.#isSettling) void this.#settle();
  }
  #group(group: string): readonly CustomResourceDefinition[] {
    return [...this.#known.values()].flatMap(({ definition }) => (definition.spec.group === group ? [definition] : []));
  }
  /** Names of this definition may be free now: the others of its group are asked again. */
  #freeNames({ spec, metadata }: CustomResourceDefinition): void {
    for (const other of this.#group(spec.group)) {
      if (other.metadata.name !== metadata.name && !isConditionTrue(other, 'NamesAccepted')) this.#attend(other);
    }
  }

  async #settle(): Promise<void> {
    this.#isSettling = true;
    const { signal, log } = this.#options;
    for (const name of this.#unsettled) {
      if (signal.aborted) break;
      this.#unsettled.delete(name);
      try {
        await this.#settleOne(name);
        this.#failures.delete(name);
      } catch (error) {
        if (signal.aborted) break;
        log.warn('the status of a CustomResourceDefinition could not be written', { name, error });
        void this.#settleLater(name);
      }
    }
    this.#isSettling = false;
  }
  async #settleLater(name: string): Promise<void> {
    const { clock, signal } = this.#options;
    const failures = (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, failures);
    await clock.sleep(backoffMs(failures, retryFirstMs, retryLongestMs), signal).catch(() => undefined);
    if (!signal.aborted && this.#known.has(name)) this.#unsettle(name);
    else this.#failures.delete(name);
  }
  async #settleOne(name: string): Promise<void> {
    const { clock, resources } = this.#options;
    const known = this.#known.get(name)?.definition;
    if (known === undefined || nextStatus(known, this.#group(known.spec.group), clock.now()) === undefined) return;
    const namesBefore = known.status.acceptedNames;
    const change = (draft: Draft<CustomResourceDefinition>, current: CustomResourceDefinition) => {
      const next = nextStatus(current, this.#group(current.spec.group), clock.now());
      if (next !== undefined) draft.status = structuredClone(next) as typeof draft.status;
    };
    try {
      const written = await resources.change(CustomResourceDefinition, { name }, 'status', change, context);
      // The next decision about names knows of this one, whether or not the watch has told.
      if (this.#known.has(name)) this.#put(written);
      if (!sameJson(namesBefore, written.status.acceptedNames)) this.#freeNames(written);
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  async #leave(definition: CustomResourceDefinition): Promise<void> {
    const { name } = definition.metadata;
    if (this.#leaving.has(name)) return;
    this.#leaving.add(name);
    const { resources, clock, signal, log } = this.#options;
    const deps = { resources, clock, signal, context, isBuiltIn: this.#isBuiltIn };
    for (let failures = 1; !signal.aborted; failures++) {
      const current = this.#known.get(name)?.definition;
      if (current === undefined || !awaitsCleanup(current)) break;
      try {
        await cleanUp(current, deps);
        break;
      } catch (error) {
        if (signal.aborted) break;
        log.warn('the objects of a CustomResourceDefinition could not be removed', { name, error });
        await clock.sleep(backoffMs(failures, retryFirstMs, retryLongestMs), signal).catch(() => undefined);
      }
    }
    this.#leaving.delete(name);
    const next = this.#known.get(name)?.definition;
    if (next !== undefined && next.metadata.uid !== definition.metadata.uid && awaitsCleanup(next)) void this.#leave(next);
  }
}

const revisionOf = ({ metadata }: CustomResourceDefinition): number => Number(metadata.resourceVersion);

/** 'serves': its kinds are others now; 'tells': they are the same, and discovery says something else of them. */
function changeOf(before: CustomResourceDefinition, after: CustomResourceDefinition): 'serves' | 'tells' | undefined {
  if (before === after) return undefined;
  const isSame =
    before.metadata.uid === after.metadata.uid &&
    sameJson(before.spec, after.spec) &&
    sameJson(before.status.acceptedNames, after.status.acceptedNames);
  if (!isSame) return 'serves';
  const told = (definition: CustomResourceDefinition) =>
    (['NamesAccepted', 'Established', 'Terminating'] as const).map((type) => conditionOf(definition, type)?.status);
  return sameJson(told(before), told(after)) ? undefined : 'tells';
}
