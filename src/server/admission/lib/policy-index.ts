import type { AnyKind } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import type { MatchResources } from '../../../kinds/admissionregistration/shapes/rules.ts';
import type { ParamKind, ParamRef } from '../../../kinds/admissionregistration/shapes/policy.ts';
import { follow, type Follower } from '../../authz/follow.ts';
import type { KindIndex, Operation } from '../../types.ts';
import type { DynamicOptions } from './dynamic-options.ts';
import { Candidates } from './candidates.ts';
import { matchedKind } from './request-rules.ts';

export interface PolicyLike extends ApiObject {
  readonly spec: {
    readonly paramKind?: ParamKind | undefined;
    readonly matchConstraints?: MatchResources | undefined;
    readonly failurePolicy?: string | undefined;
  };
}
export interface BindingLike extends ApiObject {
  readonly spec: {
    readonly policyName?: string | undefined;
    readonly paramRef?: ParamRef | undefined;
    readonly matchResources?: MatchResources | undefined;
  };
}
/** A policy that bindings put to use. */
export interface PolicyHook<P extends PolicyLike, B extends BindingLike, C> {
  readonly policy: P;
  readonly bindings: readonly B[];
  /** Its expressions, compiled when first needed. */
  compiled(): C;
}

const byName = (a: ApiObject, b: ApiObject) => (a.metadata.name < b.metadata.name ? -1 : 1);

/** Policies with their bindings, by name; which could be about a request is worked out once for each place. */
export class PolicyIndex<P extends PolicyLike, B extends BindingLike, C> {
  readonly #compile: (policy: P) => C;
  readonly #policies = new Map<string, P>();
  readonly #bindings = new Map<string, B>();
  readonly #compiled = new WeakMap<P, C>();
  readonly #candidates: Candidates<PolicyHook<P, B, C>>;
  #hooks: readonly PolicyHook<P, B, C>[] | undefined;
  readonly policies: Follower = this.#follower(this.#policies as Map<string, ApiObject>);
  readonly bindings: Follower = this.#follower(this.#bindings as Map<string, ApiObject>);

  constructor(kinds: KindIndex, compile: (policy: P) => C) {
    this.#compile = compile;
    this.#candidates = new Candidates(kinds, (operation, kind, subresource, equivalents) =>
      this.#all().filter(({ policy }) => {
        const { resourceRules: rules = [], matchPolicy } = policy.spec.matchConstraints ?? {};
        return rules.length === 0 || matchedKind({ rules, matchPolicy }, operation, kind, subresource, equivalents) !== undefined;
      }),
    );
  }
  #follower(known: Map<string, ApiObject>): Follower {
    return {
      reset: (objects) => {
        known.clear();
        for (const object of objects) known.set(object.metadata.name, object);
        this.#changed();
      },
      put: (object) => {
        known.set(object.metadata.name, object);
        this.#changed();
      },
      remove: (object) => {
        known.delete(object.metadata.name);
        this.#changed();
      },
    };
  }
  #changed(): void {
    this.#hooks = undefined;
    this.#candidates.clear();
  }
  #compiledOf(policy: P): C {
    let compiled = this.#compiled.get(policy);
    if (compiled === undefined) {
      compiled = this.#compile(policy);
      this.#compiled.set(policy, compiled);
    }
    return compiled;
  }
  #all(): readonly PolicyHook<P, B, C>[] {
    if (this.#hooks === undefined) {
      const bindings = Map.groupBy([...this.#bindings.values()].sort(byName), ({ spec }) => spec.policyName ?? '');
      this.#hooks = [...this.#policies.values()].sort(byName).flatMap((policy) => {
        const mine = bindings.get(policy.metadata.name);
        return mine === undefined ? [] : [{ policy, bindings: mine, compiled: () => this.#compiledOf(policy) }];
      });
    }
    return this.#hooks;
  }
  /** Policies with a rule that matches, leaving names and selectors aside. */
  candidates(operation: Operation, kind: AnyKind, subresource: string): readonly PolicyHook<P, B, C>[] {
    if (this.#bindings.size === 0 || this.#policies.size === 0) return [];
    return this.#candidates.of(operation, kind, subresource);
  }
}

export interface FollowedPolicies<P extends PolicyLike, B extends BindingLike, C> {
  readonly index: PolicyIndex<P, B, C>;
  /** Until then nothing is known, and nobody may pass. */
  readonly ready: Promise<unknown>;
  readonly isReady: boolean;
}
/** Policies of a kind and their bindings, kept up to date. */
export function followedPolicies<P extends PolicyLike, B extends BindingLike, C>(
  kind: string,
  compile: (policy: P) => C,
  options: DynamicOptions,
): FollowedPolicies<P, B, C> {
  const { resources } = options;
  const index = new PolicyIndex<P, B, C>(resources.kinds, compile);
  const followed = (name: string, follower: Follower) => {
    const known = resources.kinds.byKind('admissionregistration.k8s.io', name);
    return known === undefined ? Promise.resolve() : follow(resources, known, follower, options);
  };
  const ready = Promise.all([followed(kind, index.policies), followed(`${kind}Binding`, index.bindings)]);
  const state = { index, ready, isReady: false };
  void ready.then(() => {
    state.isReady = true;
  });
  return state;
}
