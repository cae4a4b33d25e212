import { isDns1035Label } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { validateWebhookService, validateWebhookUrl } from '../../lib/validate-webhook.ts';
import type { WebhookClientConfig } from '../shapes/custom-resource-definition.ts';
import { caBundleFault } from './ca-bundle.ts';
import type { InternalSpec } from './internal.ts';

type Errors = Generator<FieldError>;
/** Versions of ConversionReview that the server speaks. */
const reviewVersions = ['v1', 'v1beta1'];

export interface ConversionRules {
  /** One of the review versions must be one that the server speaks. */
  readonly needsKnownReview: boolean;
  /** What was there already, or was never used, may be wrong. */
  readonly allowsInvalidCaBundle: boolean;
}

export function* validateConversion(conversion: InternalSpec['conversion'], rules: ConversionRules, path: string): Errors {
  if (conversion === undefined) return;
  const { strategy, webhookClientConfig, conversionReviewVersions } = conversion;
  const at = `${path}.webhookClientConfig`;
  if (strategy === '') yield fieldError.required(`${path}.strategy`);
  else if (strategy !== 'None' && strategy !== 'Webhook') {
    yield fieldError.notSupported(`${path}.strategy`, strategy, ['None', 'Webhook'], 'sorted', 'plain');
  }
  if (strategy === 'Webhook') {
    if (webhookClientConfig === undefined) yield fieldError.required(at, 'required when strategy is set to Webhook');
    else yield* validateClient(webhookClientConfig, rules, at);
    yield* validateReviewVersions(conversionReviewVersions, rules, `${path}.conversionReviewVersions`);
    return;
  }
  const why = 'should not be set when strategy is not set to Webhook';
  if (webhookClientConfig !== undefined) yield fieldError.forbidden(at, why);
  if (conversionReviewVersions.length > 0) yield fieldError.forbidden(`${path}.conversionReviewVersions`, why);
}

function* validateClient({ url, service, caBundle }: WebhookClientConfig, rules: ConversionRules, path: string): Errors {
  if ((url === undefined) === (service === undefined)) yield fieldError.required(path, 'exactly one of url or service is required');
  else if (url !== undefined) yield* validateWebhookUrl(`${path}.url`, url);
  else {
    // Upstream takes one for the other here, and so do its errors.
    yield* validateWebhookService(`${path}.service`, { ...service!, name: service!.namespace, namespace: service!.name });
  }
  const fault = rules.allowsInvalidCaBundle ? undefined : caBundleFault(caBundle);
  if (fault !== undefined) yield fieldError.invalid(`${path}.caBundle`, caBundle, fault);
}

function* validateReviewVersions(versions: readonly string[], rules: ConversionRules, path: string): Errors {
  if (versions.length === 0) return yield fieldError.required(path);
  for (const [index, version] of versions.entries()) {
    if (versions.indexOf(version) < index) yield fieldError.invalid(`${path}[${index}]`, version, 'duplicate version');
    else for (const message of isDns1035Label(version)) yield fieldError.invalid(`${path}[${index}]`, version, message);
  }
  if (rules.needsKnownReview && !speaksReview(versions)) {
    yield fieldError.invalid(path, versions, `must include at least one of ${reviewVersions.join(', ')}`);
  }
}
export const speaksReview = (versions: readonly string[]): boolean => versions.some((version) => reviewVersions.includes(version));
