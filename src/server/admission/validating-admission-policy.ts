import type { ApiObject } from '../../api/meta.ts';
import { StatusError } from '../../api/status.ts';
import type { ValidatingAdmissionPolicyBinding } from '../../kinds/admissionregistration/validating-admission-policy-binding.ts';
import type { ValidatingAdmissionPolicy } from '../../kinds/admissionregistration/validating-admission-policy.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { admissionRequest } from './lib/admission-request.ts';
import type { DynamicOptions } from './lib/dynamic-options.ts';
import type { AdmissionMetrics } from './lib/metrics.ts';
import { bindingsOf } from './lib/evaluation.ts';
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
import { NamespaceOfRequest, shownKind } from './lib/selected-hooks.ts';
import { type CompiledPolicy, compilePolicy, type PolicyResult, validate } from './lib/validating-policy.ts';
import { VersionedObjects } from './lib/versioned-objects.ts';

type Binding = ValidatingAdmissionPolicyBinding;
type Hook = PolicyHook<ValidatingAdmissionPolicy, Binding, CompiledPolicy>;

const auditValueBytesMax = 10 * 1024;
const codes: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 };

interface Refusal {
  readonly message: string;
  readonly reason: string;
}

/** All policies that are about one request. */
class Dispatch {
  readonly #context: AdmissionContext;
  readonly #versions: VersionedObjects;
  readonly #namespace: NamespaceOfRequest;
  readonly #refusals: Refusal[] = [];
  readonly #observed: AdmissionMetrics;

  constructor(context: AdmissionContext, observed: AdmissionMetrics) {
    this.#context = context;
    this.#observed = observed;
    this.#versions = new VersionedObjects(context);
    this.#namespace = new NamespaceOfRequest(context);
  }
  async run(hooks: readonly Hook[]): Promise<void> {
    for (const hook of hooks) await this.#ask(hook);
    const first = this.#refusals[0];
    if (first === undefined) return;
    const { message, details } = refuse(this.#context, first.message);
    const reason = first.reason === '' ? 'Invalid' : first.reason;
    throw new StatusError(codes[reason] ?? 422, reason, message, { ...details, causes: [{ message: first.message }] });
  }
  /** The policy's failure policy says whether it counts that it could not be asked. */
  #misconfigured({ policy }: Hook, binding: Binding | undefined, error: unknown): void {
    if (policy.spec.failurePolicy === 'Ignore') return;
    const what = `failed to configure ${binding === undefined ? 'policy' : 'binding'}: ${reasonText(error)}`;
    this.#refuse(policy, binding, what, '');
  }
  #refuse(policy: ValidatingAdmissionPolicy, binding: Binding | undefined, why: string, reason: string): void {
    const whose = binding === undefined ? '' : ` with binding '${binding.metadata.name}'`;
    this.#refusals.push({ message: `ValidatingAdmissionPolicy '${policy.metadata.name}'${whose} denied request: ${why}`, reason });
  }
  async #ask(hook: Hook): Promise<void> {
    const { policy } = hook;
    const annotations = new Map<string, string[]>();
    try {
      const kind = await policyMatches(policy, this.#context, this.#namespace);
      if (kind === undefined) return;
      const paramKind = paramKindOf(policy, this.#context);
      for (const binding of hook.bindings) {
        let params: readonly (ApiObject | null)[];
        try {
          if (!(await bindingMatches(binding, this.#context, this.#namespace))) continue;
          params = await paramsOf(paramKind, binding, this.#context);
        } catch (error) {
          this.#misconfigured(hook, binding, error);
          continue;
        }
        await this.#judge(hook, binding, kind, params, annotations);
      }
    } catch (error) {
      if (error instanceof NamespaceMissing) throw error.cause;
      this.#misconfigured(hook, undefined, error);
      return;
    }
    for (const [key, values] of annotations) this.#context.annotate(`${policy.metadata.name}/${key}`, values.join(', '));
  }
  async #judge(
    hook: Hook,
    binding: Binding,
    kind: AdmissionContext['kind'],
    params: readonly (ApiObject | null)[],
    annotations: Map<string, string[]>,
  ): Promise<void> {
    if (params.length === 0) return;
    const versioned = await this.#versions.as(kind);
    const namespace = await namespaceObject(this.#context, this.#namespace).catch((cause: unknown) => {
      throw new NamespaceMissing('', { cause });
    });
    const resource = { group: kind.group, version: kind.version, resource: kind.plural };
    const request = admissionRequest(this.#context, shownKind(this.#context, kind), resource);
    const { operation, deps } = this.#context;
    const observer = { ...this.#observed.conditions(hook.policy.metadata.name, 'policy', 'validate', operation), clock: deps.clock };
    const results: PolicyResult[] = [];
    for (const param of params) {
      const bindings = bindingsOf(this.#context, { versioned, request, namespace, params: param });
      results.push(await validate(hook.compiled(), bindings, observer));
    }
    for (const result of results) this.#enforce(hook.policy, binding, result, annotations);
  }
  #enforce(
    policy: ValidatingAdmissionPolicy,
    binding: Binding,
    { denials, auditAnnotations, failures, ignored }: PolicyResult,
    annotations: Map<string, string[]>,
  ): void {
    const { validationActions = [], policyName } = binding.spec;
    const checked = (action: 'allow' | 'deny' | 'audit' | 'warn', message: string, seconds: number) =>
      this.#observed.checked(policy.metadata.name, binding.metadata.name, action, message, seconds);
    for (const { message, seconds } of ignored) checked('allow', message, seconds);
    for (const { message, reason, index, seconds } of denials) {
      for (const action of validationActions) {
        checked(action.toLowerCase() as 'deny', message, seconds);
        if (action === 'Deny') this.#refuse(policy, binding, message, reason);
        else if (action === 'Warn') {
          const whose = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
          this.#context.warn(`Validation failed for ${whose}: ${message}`);
        } else {
          const failure = { message, policy: policyName, binding: binding.metadata.name, expressionIndex: index, validationActions };
          this.#context.annotate('validation.policy.admission.k8s.io/validation_failure', JSON.stringify([failure]));
        }
      }
    }
    for (const { key, value } of auditAnnotations) {
      const values = annotations.get(key) ?? [];
      const cut = Buffer.from(value).subarray(0, auditValueBytesMax).toString();
      if (!values.includes(cut)) annotations.set(key, [...values, cut]);
    }
    for (const { message, seconds } of failures) {
      checked('deny', message, seconds);
      this.#refuse(policy, binding, message, '');
    }
  }
}
class NamespaceMissing extends Error {}

/** Rules in CEL that requests must keep (https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/). */
export function validatingAdmissionPolicy(options: DynamicOptions): AdmissionPlugin {
  const policies = followedPolicies<ValidatingAdmissionPolicy, Binding, CompiledPolicy>(
    'ValidatingAdmissionPolicy',
    compilePolicy,
    options,
  );
  return {
    name: 'ValidatingAdmissionPolicy',
    validate(context) {
      if (isBeyondPolicies(context.kind)) return;
      const hooks = () => policies.index.candidates(context.operation, context.kind, context.subresource);
      if (!policies.isReady) return policies.ready.then(() => new Dispatch(context, options.observed).run(hooks()));
      const found = hooks();
      return found.length === 0 ? undefined : new Dispatch(context, options.observed).run(found);
    },
  };
}
