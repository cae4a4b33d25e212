import { goQuote } from '../../../api/go-text.ts';
import { isQualifiedName } from '../../../api/names.ts';
import { badRequest, internalError } from '../../../api/status.ts';
import { callWebhook, type CallDeps } from '../../lib/webhook-client.ts';
import { traced } from '../../tracing/span.ts';
import type { AdmissionContext } from '../../types.ts';
import { admissionRequest, requestResource } from './admission-request.ts';
import { type AdmissionResponse, readReview, Rejection, rejection, reviewOf, reviewVersion, UnreadableReview } from './admission-review.ts';
import type { DynamicOptions } from './dynamic-options.ts';
import type { Candidate } from './hook-index.ts';
import type { AdmissionMetrics, HookType } from './metrics.ts';
import { shownKind } from './selected-hooks.ts';
import type { Versioned } from './versioned-objects.ts';

/** A webhook could not be asked, or gave no answer that counts: what its failure policy is for. */
export class CallFailure extends Error {
  constructor(webhook: string, reason: string) {
    super(`failed calling webhook ${goQuote(webhook)}: ${reason}`);
  }
  /** How the request fails when the webhook must be heard. */
  toStatus() {
    return internalError(this.message);
  }
}
const defaultTimeoutSeconds = 10;

/** Counts what comes of `call`: of asking a webhook, and of what is done with its answer. */
export async function observedCall<T>(
  { hook: { webhook } }: Candidate,
  { operation, deps: { clock } }: AdmissionContext,
  type: HookType,
  { observed }: Pick<DynamicOptions, 'observed'>,
  call: () => Promise<T>,
): Promise<T> {
  const { name, failurePolicy } = webhook;
  const startMs = clock.monotonic();
  const tell = (...[code, refused]: [number, Parameters<AdmissionMetrics['called']>[5]?]) =>
    observed.called(name, type, operation, (clock.monotonic() - startMs) / 1000, code, refused);
  try {
    const result = await call();
    tell(200);
    return result;
  } catch (error) {
    if (error instanceof CallFailure) {
      const isIgnored = failurePolicy === 'Ignore';
      tell(error.toStatus().code, isIgnored ? undefined : 'calling_webhook_error');
      if (isIgnored) observed.failedOpen(name, type);
    } else if (error instanceof Rejection) tell(error.code, 'no_error');
    else tell(0, 'apiserver_internal_error');
    throw error;
  }
}

/** Asks a webhook about a request, and takes its notes and warnings. Throws CallFailure, and StatusError when it says no. */
export function callHook(
  candidate: Candidate,
  context: AdmissionContext,
  versioned: Versioned,
  isMutating: boolean,
  deps: CallDeps,
): Promise<AdmissionResponse> {
  const { hook, kind } = candidate;
  const uid = deps.random.uuid();
  const about = () => ({
    configuration: hook.configuration,
    webhook: hook.webhook.name,
    resource: `${kind.group}/${kind.version}, Resource=${kind.plural}`,
    subresource: context.subresource,
    operation: context.operation,
    UID: uid,
  });
  return traced(isMutating ? 'Call mutating webhook' : 'Call validating webhook', about, async (span) => {
    const answer = await call(candidate, uid, context, versioned, isMutating, deps);
    span?.event('Request completed');
    return answer;
  });
}
async function call(
  { hook, kind }: Candidate,
  uid: string,
  context: AdmissionContext,
  versioned: Versioned,
  isMutating: boolean,
  deps: CallDeps,
): Promise<AdmissionResponse> {
  const { name, sideEffects, clientConfig, timeoutSeconds = defaultTimeoutSeconds, admissionReviewVersions } = hook.webhook;
  const failure = (reason: string) => new CallFailure(name, reason);
  if (context.dryRun) {
    if (sideEffects === undefined) throw failure('Webhook SideEffects is nil');
    if (sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun')
      throw badRequest(`admission webhook ${goQuote(name)} does not support dry run`);
  }
  const version = reviewVersion(admissionReviewVersions);
  if (version === undefined)
    throw failure('could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)');
  const request = admissionRequest(context, shownKind(context, kind), requestResource(kind));
  const { service } = clientConfig;
  const target = { ...clientConfig, service: service && { ...service, port: service.port ?? 443 } };
  const answer = await callWebhook(target, reviewOf(version, uid, request, versioned), timeoutSeconds * 1000, deps).catch(
    (error: Error) => {
      throw failure(`failed to call webhook: ${error.message}`);
    },
  );
  let response: AdmissionResponse;
  try {
    response = readReview(answer, version, uid, isMutating);
  } catch (error) {
    const { message } = error as Error;
    throw failure(
      error instanceof UnreadableReview ? `failed to call webhook: ${message}` : `received invalid webhook response: ${message}`,
    );
  }
  for (const [key, value] of Object.entries(response.auditAnnotations)) {
    const noted = `${name}/${key}`;
    if (isQualifiedName(noted).length === 0) context.annotate(noted, value);
  }
  for (const warning of response.warnings) context.warn(warning);
  if (!response.allowed) throw rejection(name, response.status);
  return response;
}
