import type { Column, Draft, ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isDns1035Label, isDns1123Subdomain } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { validateLabelSelector } from '../../../api/validate-meta.ts';
import { sameJson } from '../../../base/equal.ts';
import { ageColumn, nameColumn } from '../../lib/columns.ts';
import { type Errors, invalidIf, oneOf } from '../../lib/validate.ts';
import { validateWebhookService, validateWebhookUrl } from '../../lib/validate-webhook.ts';
import type { MatchCondition } from '../shapes/rules.ts';
import type { MutatingWebhook, ValidatingWebhook } from '../shapes/webhook.ts';
import {
  defaultRules,
  failurePolicies,
  matchPolicies,
  reinvocationPolicies,
  validateMatchConditions,
  validateRule,
} from './match-resources.ts';

/** Webhook configurations of both kinds: defaults, validation, columns (pkg/apis/admissionregistration). */
type Webhook = ValidatingWebhook & Partial<Pick<MutatingWebhook, 'reinvocationPolicy'>>;
export interface ConfigurationLike extends ApiObject {
  readonly webhooks?: readonly Webhook[] | undefined;
}
const reviewVersions = ['v1', 'v1beta1'];
const sideEffectClasses = ['None', 'NoneOnDryRun', 'Some', 'Unknown'];
const noSideEffects = ['None', 'NoneOnDryRun'];

export function defaultWebhook(webhook: Draft<Webhook>): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  if (webhook.clientConfig.service !== undefined) webhook.clientConfig.service.port ??= 443;
  defaultRules(webhook.rules);
}

/** What an update may keep because it stood there before. */
interface Leniency {
  readonly sideEffects: boolean;
  readonly reviewVersions: boolean;
  readonly names: boolean;
  readonly labelValues: boolean;
  readonly matchConditions: boolean;
  readonly storedConditions: readonly MatchCondition[];
}
const strict: Leniency = {
  sideEffects: false,
  reviewVersions: false,
  names: false,
  labelValues: false,
  matchConditions: false,
  storedConditions: [],
};

const isReviewed = ({ admissionReviewVersions }: Webhook) =>
  admissionReviewVersions.length === 0 || admissionReviewVersions.some((version) => reviewVersions.includes(version));
const hasOddSelector = ({ namespaceSelector, objectSelector }: Webhook) =>
  [namespaceSelector, objectSelector].some((selector) => validateLabelSelector(selector, '').next().done !== true);

function leniency(webhooks: readonly Webhook[], old: readonly Webhook[]): Leniency {
  return {
    sideEffects: old.some(({ sideEffects }) => !noSideEffects.includes(sideEffects ?? '')),
    reviewVersions: !old.every(isReviewed),
    names: new Set(old.map(({ name }) => name)).size < old.length,
    labelValues: old.some(hasOddSelector),
    matchConditions:
      webhooks.length === old.length &&
      webhooks.every(({ matchConditions }, index) => sameJson(matchConditions, old[index]!.matchConditions)),
    storedConditions: old.flatMap(({ matchConditions = [] }) => matchConditions),
  };
}

function* validateName(name: string, path: string): Errors {
  if (name === '') return yield fieldError.required(path);
  const messages = isDns1123Subdomain(name);
  if (messages.length > 0) yield fieldError.invalid(path, name, messages.join(','));
  else if (name.split('.').length < 3)
    yield fieldError.invalid(path, name, 'should be a domain with at least three segments separated by dots');
}

function* validateClient({ url, service }: Webhook['clientConfig'], path: string): Errors {
  if ((url === undefined) === (service === undefined)) yield fieldError.required(path, 'exactly one of url or service is required');
  else if (url !== undefined) yield* validateWebhookUrl(`${path}.url`, url);
  // Upstream hands name and namespace over in the wrong order, and names the wrong field when one is missing.
  else yield* validateWebhookService(`${path}.service`, { ...service!, name: service!.namespace, namespace: service!.name });
}

function* validateReviewVersions(versions: readonly string[], path: string, lenient: boolean): Errors {
  if (versions.length === 0) return yield fieldError.required(path, `must specify one of ${reviewVersions.join(', ')}`);
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    const at = `${path}[${index}]`;
    if (seen.has(version)) yield fieldError.invalid(at, version, 'duplicate version');
    else yield* invalidIf(isDns1035Label(version), at, version);
    seen.add(version);
  }
  if (!lenient && !versions.some((version) => reviewVersions.includes(version)))
    yield fieldError.invalid(path, versions, `must include at least one of ${reviewVersions.join(', ')}`);
}

function* validateWebhook(webhook: Webhook, path: string, lenient: Leniency): Errors {
  yield* validateName(webhook.name, `${path}.name`);
  for (const [index, rule] of (webhook.rules ?? []).entries()) yield* validateRule(rule, `${path}.rules[${index}]`);
  yield* oneOf(`${path}.failurePolicy`, webhook.failurePolicy, failurePolicies);
  yield* oneOf(`${path}.matchPolicy`, webhook.matchPolicy, matchPolicies);
  const classes = lenient.sideEffects ? sideEffectClasses : noSideEffects;
  if (webhook.sideEffects === undefined) yield fieldError.required(`${path}.sideEffects`, `must specify one of ${classes.join(', ')}`);
  yield* oneOf(`${path}.sideEffects`, webhook.sideEffects, classes);
  const seconds = webhook.timeoutSeconds;
  if (seconds !== undefined && (seconds > 30 || seconds < 1))
    yield fieldError.invalid(`${path}.timeoutSeconds`, seconds, 'the timeout value must be between 1 and 30 seconds');
  for (const field of ['namespaceSelector', 'objectSelector'] as const)
    yield* validateLabelSelector(webhook[field], `${path}.${field}`, { anyValue: lenient.labelValues });
  yield* oneOf(`${path}.reinvocationPolicy`, webhook.reinvocationPolicy, reinvocationPolicies);
  yield* validateClient(webhook.clientConfig, `${path}.clientConfig`);
  if (!lenient.matchConditions)
    yield* validateMatchConditions(webhook.matchConditions ?? [], `${path}.matchConditions`, false, lenient.storedConditions);
  yield* validateReviewVersions(webhook.admissionReviewVersions, `${path}.admissionReviewVersions`, lenient.reviewVersions);
}

export function* validateWebhooks({ webhooks = [] }: ConfigurationLike, { old }: ValidationContext<ConfigurationLike>): Errors {
  const lenient = old === undefined ? strict : leniency(webhooks, old.webhooks ?? []);
  const names = new Set<string>();
  for (const [index, webhook] of webhooks.entries()) {
    const path = `webhooks[${index}]`;
    yield* validateWebhook(webhook, path, lenient);
    if (!lenient.names && webhook.name !== '' && names.has(webhook.name)) yield fieldError.duplicate(`${path}.name`, webhook.name);
    names.add(webhook.name);
  }
}

export const webhookColumns: readonly Column<ConfigurationLike>[] = [
  nameColumn,
  { name: 'Webhooks', type: 'integer', description: 'How many webhooks it has', value: ({ webhooks }) => webhooks?.length ?? 0 },
  ageColumn,
];
