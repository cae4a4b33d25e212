import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { isAdmissionConfiguration } from './lib/admission-request.ts';
import { CallFailure, callHook, observedCall } from './lib/call-hook.ts';
import type { DynamicOptions } from './lib/dynamic-options.ts';
import { followedHooks } from './lib/followed-hooks.ts';
import type { Candidate } from './lib/hook-index.ts';
import { isCalled, NamespaceOfRequest } from './lib/selected-hooks.ts';
import { VersionedObjects } from './lib/versioned-objects.ts';

/** Asks all webhooks that want to be asked at once; the first that refuses is what the client hears of. */
async function dispatch(candidates: readonly Candidate[], context: AdmissionContext, deps: DynamicOptions): Promise<void> {
  const versions = new VersionedObjects(context);
  const namespace = new NamespaceOfRequest(context);
  const called: Candidate[] = [];
  for (const candidate of candidates) {
    const answer = isCalled(candidate, context, versions, namespace, 'validating', deps.observed);
    if (answer === false || !(await answer)) continue;
    await versions.as(candidate.kind);
    called.push(candidate);
  }
  const ask = async (candidate: Candidate, index: number): Promise<unknown> => {
    const { name, failurePolicy } = candidate.hook.webhook;
    try {
      const versioned = await versions.as(candidate.kind);
      await observedCall(candidate, context, 'validating', deps, () => callHook(candidate, context, versioned, false, deps));
    } catch (error) {
      if (!(error instanceof CallFailure)) return error;
      if (failurePolicy !== 'Ignore') return error.toStatus();
      context.deps.log.warn('failed calling a webhook; failing open', { webhook: name, error: error.message });
      context.annotate(`failed-open.validating.webhook.admission.k8s.io/round_0_index_${index}`, name);
    }
    return undefined;
  };
  const errors = await Promise.all(called.map(ask));
  const first = errors.find((error) => error !== undefined);
  if (first !== undefined) throw first;
}

/** Has webhooks refuse requests (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/). */
export function validatingAdmissionWebhook(options: DynamicOptions): AdmissionPlugin {
  const hooks = followedHooks('ValidatingWebhookConfiguration', options);
  return {
    name: 'ValidatingAdmissionWebhook',
    validate(context) {
      if (isAdmissionConfiguration(context.kind)) return;
      const run = async () => {
        await hooks.ready;
        const candidates = hooks.index.candidates(context.operation, context.kind, context.subresource);
        if (candidates.length > 0) await dispatch(candidates, context, options);
      };
      if (!hooks.isReady) return run();
      return hooks.index.candidates(context.operation, context.kind, context.subresource).length === 0 ? undefined : run();
    },
  };
}
