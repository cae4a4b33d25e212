import type { AnyKind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { serviceUnavailable, StatusError } from '../../api/status.ts';
import { sameJson } from '../../base/equal.ts';
import type { MutatingAdmissionPolicyBinding } from '../../kinds/admissionregistration/mutating-admission-policy-binding.ts';
import type { MutatingAdmissionPolicy } from '../../kinds/admissionregistration/mutating-admission-policy.ts';
import { decodeBody, PatchedBody } from '../lib/decoding.ts';
import { copy } from '../lib/plain.ts';
import type { AdmissionContext, AdmissionPlugin, Reinvocation } from '../types.ts';
import { admissionRequest } from './lib/admission-request.ts';
import type { DynamicOptions } from './lib/dynamic-options.ts';
import type { AdmissionMetrics } from './lib/metrics.ts';
import { bindingsOf } from './lib/evaluation.ts';
import { conditionsHold } from './lib/match-conditions.ts';
import { type CompiledMutations, compileMutations, mutate } from './lib/mutating-policy.ts';
import { followedPolicies, type PolicyHook } from './lib/policy-index.ts';
import {
  bindingMatches,
  isBeyondPolicies,
  namespaceObject,
  paramKindOf,
  paramsOf,
  policyMatches,
  reasonText,
} from './lib/policy-matching.ts';
import { refuse } from './lib/refuse.ts';
import { replaceContent } from './lib/replace-content.ts';
import { Rounds } from './lib/rounds.ts';
import { NamespaceOfRequest, shownKind } from './lib/selected-hooks.ts';
import { VersionedObjects } from './lib/versioned-objects.ts';

const name = 'MutatingAdmissionPolicy';
type Binding = MutatingAdmissionPolicyBinding;
type Hook = PolicyHook<MutatingAdmissionPolicy, Binding, CompiledMutations>;

/** A policy that is about the request, by one of its bindings, with one of its parameters. */
interface Invocation {
  readonly hook: Hook;
  readonly binding: Binding;
  readonly kind: AnyKind;
  readonly param: ApiObject | null;
}

/** All policies that are about one request. */
class Dispatch {
  readonly #context: AdmissionContext;
  readonly #reinvocation: Reinvocation;
  readonly #rounds: Rounds;
  readonly #versions: VersionedObjects;
  readonly #namespace: NamespaceOfRequest;
  readonly #refusals: { readonly message: string; readonly reason: string }[] = [];
  readonly #observed: AdmissionMetrics;
  #isMutated = false;

  constructor(context: AdmissionContext, reinvocation: Reinvocation, observed: AdmissionMetrics) {
    this.#observed = observed;
    this.#context = context;
    this.#reinvocation = reinvocation;
    this.#rounds = Rounds.of(reinvocation, name);
    this.#versions = new VersionedObjects(context);
    this.#namespace = new NamespaceOfRequest(context);
  }
  async run(hooks: readonly Hook[]): Promise<void> {
    const invocations: Invocation[] = [];
    for (const hook of hooks) invocations.push(...(await this.#invocationsOf(hook)));
    if (invocations.length > 0) await this.#invokeAll(invocations);
    const [first] = this.#refusals;
    if (first === undefined) return;
    const { details } = refuse(this.#context, 'admission request denied by policy');
    const causes = this.#refusals.map(({ message }) => ({ message }));
    throw new StatusError(403, first.reason, first.message, { ...details, causes });
  }
  #refuse({ policy }: Hook, binding: Binding | undefined, why: string, reason: string): void {
    if (policy.spec.failurePolicy === 'Ignore') return;
    const whose =
      binding === undefined
        ? `policy "${policy.metadata.name}"`
        : `policy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
    this.#refusals.push({ message: `${whose} denied request: ${why}`, reason });
  }
  async #invocationsOf(hook: Hook): Promise<readonly Invocation[]> {
    const found: Invocation[] = [];
    try {
      const kind = await policyMatches(hook.policy, this.#context, this.#namespace);
      if (kind === undefined) return [];
      const paramKind = paramKindOf(hook.policy, this.#context);
      for (const binding of hook.bindings) {
        try {
          if (!(await bindingMatches(binding, this.#context, this.#namespace))) continue;
          const params = await paramsOf(paramKind, binding, this.#context);
          for (const param of params) found.push({ hook, binding, kind, param });
        } catch (error) {
          this.#refuse(hook, binding, `failed to configure binding: ${reasonText(error)}`, 'Forbidden');
        }
      }
    } catch (error) {
      this.#refuse(hook, undefined, `failed to configure policy: ${reasonText(error)}`, 'Forbidden');
    }
    return found;
  }
  async #invokeAll(invocations: readonly Invocation[]): Promise<void> {
    const { object, kind } = this.#context;
    this.#rounds.begin(this.#reinvocation, object);
    const namespace = await namespaceObject(this.#context, this.#namespace);
    for (const invocation of invocations) await this.#invoke(invocation, namespace);
    if (this.#isMutated) {
      if (kind.custom !== undefined && object.kind === kind.kind) {
        replaceContent(
          object,
          decodeBody(kind, new PatchedBody(object), { fieldValidation: 'Ignore' }, () => undefined),
        );
      }
      this.#rounds.changed();
      this.#reinvocation.demand();
    }
    this.#rounds.last = copy(object);
  }
  async #invoke({ hook, binding, kind, param }: Invocation, namespace: ApiObject | null): Promise<void> {
    const { conditions, variables, mutations, failurePolicy } = hook.compiled();
    const resource = { group: kind.group, version: kind.version, resource: kind.plural };
    const request = admissionRequest(this.#context, shownKind(this.#context, kind), resource);
    const bindings = async () => bindingsOf(this.#context, { versioned: await this.#versions.as(kind), request, namespace, params: param });
    const { operation, deps } = this.#context;
    const { clock } = deps;
    if (conditions.length > 0) {
      const observer = this.#observed.conditions(hook.policy.metadata.name, 'policy', 'validate', operation);
      const { matches, error } = await conditionsHold(conditions, await bindings(), failurePolicy, { ...observer, clock }, variables);
      if (error !== undefined) this.#refuse(hook, binding, error, 'Invalid');
      if (!matches) return;
    }
    const { name: paramName = '', namespace: paramNamespace = '' } = param?.metadata ?? {};
    const id = [hook.policy.metadata.name, binding.metadata.name, paramNamespace, paramName].join('/');
    if (this.#reinvocation.isReinvocation && !this.#rounds.again.has(id)) return;
    const before = copy(this.#context.object);
    for (const mutation of mutations) {
      const { object } = await this.#versions.as(kind);
      if (object === null) continue;
      const startMs = clock.monotonic();
      const told = (error?: string) =>
        this.#observed.mutated(hook.policy.metadata.name, binding.metadata.name, error, (clock.monotonic() - startMs) / 1000);
      try {
        await this.#replace(await mutate(mutation, object, this.#kindOf(object, kind), await bindings(), variables), kind);
        told();
      } catch (error) {
        told(reasonText(error));
        if (error instanceof StatusError) throw error;
        this.#refuse(hook, binding, reasonText(error), 'Invalid');
      }
    }
    if (!sameJson(before, this.#context.object)) {
      this.#rounds.changed();
      this.#reinvocation.demand();
    }
    if (hook.policy.spec.reinvocationPolicy === 'IfNeeded') this.#rounds.invoked.add(id);
  }
  /** The kind whose schema the object has: a subresource's can be another than the resource's. */
  #kindOf({ apiVersion, kind: kindName }: ApiObject, kind: AnyKind): AnyKind {
    if (kindName === kind.kind) return kind;
    const slash = apiVersion.indexOf('/');
    const group = slash < 0 ? '' : apiVersion.slice(0, slash);
    const version = apiVersion.slice(slash + 1);
    const found = this.#context.deps.resources.kinds.byKind(group, kindName, version);
    if (found !== undefined) return found;
    const why = 'There can be a delay between when CustomResourceDefinitions are created and when they are available.';
    throw serviceUnavailable(`Resource kind ${group}/${version}, Kind=${kindName} not found. ${why}`);
  }
  async #replace(made: ApiObject, kind: AnyKind): Promise<void> {
    const { object: draft, kind: own, deps } = this.#context;
    const result = copy(made);
    const shown = this.#kindOf(result, kind);
    shown.strategy.defaults?.(result);
    replaceContent(draft, shown === kind && kind !== own ? copy(await deps.resources.convert(result, kind, own)) : result);
    this.#versions.forget();
    this.#isMutated = true;
  }
}

/** Changes in CEL to objects that requests bring (https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/). */
export function mutatingAdmissionPolicy(options: DynamicOptions): AdmissionPlugin {
  const policies = followedPolicies<MutatingAdmissionPolicy, Binding, CompiledMutations>(name, compileMutations, options);
  return {
    name,
    mutate(context, reinvocation) {
      // A delete brings nothing to change.
      if (context.operation === 'DELETE' || isBeyondPolicies(context.kind)) return;
      const hooks = () => policies.index.candidates(context.operation, context.kind, context.subresource);
      if (!policies.isReady) return policies.ready.then(() => new Dispatch(context, reinvocation, options.observed).run(hooks()));
      const found = hooks();
      return found.length === 0 ? undefined : new Dispatch(context, reinvocation, options.observed).run(found);
    },
  };
}
