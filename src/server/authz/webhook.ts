import { labelRequirements, parseFieldSelector } from '../../api/selector.ts';
import type { Clock } from '../../base/clock.ts';
import type { Program } from '../../cel/index.ts';
import { ExpiringCache } from '../../base/expiring-cache.ts';
import type { ReviewWebhook } from '../lib/review-webhook.ts';
import type { Attributes, Verdict } from '../types.ts';
import { matchesConditions } from './match-conditions.ts';
import type { AuthorizationMetrics } from './metrics.ts';
import type { AuthorizerMode } from './modes.ts';

export interface WebhookAuthorizerOptions {
  readonly webhook: Pick<ReviewWebhook, 'review'>;
  /** Of SubjectAccessReview: v1 or v1beta1. */
  readonly version: string;
  /** How long an answer is remembered; 0: not at all. */
  readonly authorizedMs: number;
  readonly unauthorizedMs: number;
  readonly onFailure: 'noOpinion' | 'deny';
  readonly conditions: readonly Program[];
  readonly clock: Clock;
  readonly name: string;
  readonly observed: AuthorizationMetrics;
}
interface Status {
  readonly allowed?: boolean;
  readonly denied?: boolean;
  readonly reason?: string;
}

const cachedMax = 8192;
/** Callers choose these texts: what is longer is not remembered. */
const longestCached = 10_000;

interface SelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}
const labelOperators: Readonly<Record<string, string>> = {
  '=': 'In',
  '==': 'In',
  in: 'In',
  '!=': 'NotIn',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
};
/** What can't be read, or can't be said in a review, is left out: the question gets wider by it, never narrower. */
function orNone(read: () => readonly SelectorRequirement[]): readonly SelectorRequirement[] {
  try {
    return read();
  } catch {
    return [];
  }
}
const fieldRequirements = (text: string) =>
  orNone(() =>
    parseFieldSelector(text).map(({ field, negated, value }) => ({ key: field, operator: negated ? 'NotIn' : 'In', values: [value] })),
  );
const labelRequirementsOf = (text: string) =>
  orNone(() =>
    labelRequirements(text).flatMap(({ key, operator, values }) => {
      const known = labelOperators[operator];
      return known === undefined ? [] : [{ key, ...(values.length === 0 ? {} : { values }), operator: known }];
    }),
  );
const given = (fields: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
const selectorOf = (name: string, requirements: readonly SelectorRequirement[]) =>
  requirements.length === 0 ? {} : { [name]: { requirements } };

/** The spec of a review that asks about a request. `form` 'cel' has every text, empty ones too. */
function specOf(request: Attributes, form: 'wire' | 'cel') {
  const { identity, isResource, namespace, verb, group, version, resource, subresource, name, path } = request;
  const texts = form === 'cel' ? (fields: Readonly<Record<string, string>>) => fields : given;
  const attributes = isResource
    ? {
        resourceAttributes: {
          ...texts({ namespace, verb, group, version, resource, subresource, name }),
          ...selectorOf('fieldSelector', fieldRequirements(request.fieldSelector ?? '')),
          ...selectorOf('labelSelector', labelRequirementsOf(request.labelSelector ?? '')),
        },
      }
    : { nonResourceAttributes: texts({ path, verb }) };
  const { user, uid = '', groups, extra } = identity;
  if (form === 'cel') return { ...attributes, user, uid, groups, extra: extra ?? {} };
  return { ...attributes, ...given({ user }), ...(groups.length === 0 ? {} : { groups }), ...(extra ? { extra } : {}), ...given({ uid }) };
}
function isShort({
  namespace,
  verb,
  group,
  version,
  resource,
  subresource,
  name,
  path,
  fieldSelector = '',
  labelSelector = '',
}: Attributes) {
  const texts = [namespace, verb, group, version, resource, subresource, name, path, fieldSelector, labelSelector];
  return texts.reduce((length, text) => length + text.length, 0) < longestCached;
}

/** Asks a remote service (--authorization-mode=Webhook, type Webhook of an AuthorizationConfiguration). */
export function createWebhookAuthorizer(options: WebhookAuthorizerOptions): AuthorizerMode {
  const { webhook, version, clock, conditions, onFailure, name, observed } = options;
  const cache = new ExpiringCache<Status>(clock, cachedMax);
  const apiVersion = `authorization.k8s.io/${version}`;
  const ask = async (spec: ReturnType<typeof specOf>, key: string | undefined): Promise<Status> => {
    const { groups, ...rest } = spec as { readonly groups?: readonly string[] };
    const sent = version === 'v1beta1' ? { ...rest, ...(groups === undefined ? {} : { group: groups }) } : spec;
    const metadata = { creationTimestamp: null };
    const startMs = clock.monotonic();
    const told = (result: string) =>
      observed.asked(name, result, (clock.monotonic() - startMs) / 1000, result !== 'success' && onFailure === 'noOpinion');
    const answer = await webhook
      .review({ kind: 'SubjectAccessReview', apiVersion, metadata, spec: sent, status: { allowed: false } })
      .catch((error: Error) => {
        told(error.message.includes('context deadline exceeded') ? 'timeout' : 'error');
        throw error;
      });
    told('success');
    const status: Status = answer?.status ?? {};
    if (key !== undefined) cache.set(key, status, status.allowed === true ? options.authorizedMs : options.unauthorizedMs);
    return status;
  };
  const failed = (error: unknown): Verdict => ({
    decision: onFailure,
    reason: '',
    error: error instanceof Error ? error.message : String(error),
  });
  return {
    authorize(request) {
      if (conditions.length > 0) {
        const startMs = clock.monotonic();
        const told = (outcome: 'held' | 'excluded' | 'error') => observed.conditions(name, (clock.monotonic() - startMs) / 1000, outcome);
        try {
          const holds = matchesConditions(conditions, specOf(request, 'cel'));
          told(holds ? 'held' : 'excluded');
          if (!holds) return { decision: 'noOpinion', reason: '' };
        } catch (error) {
          told('error');
          return failed(error);
        }
      }
      const spec = specOf(request, 'wire');
      const key = isShort(request) ? JSON.stringify(spec) : undefined;
      const known = key === undefined ? undefined : cache.get(key);
      return known === undefined ? ask(spec, key).then(verdictOf, failed) : verdictOf(known);
    },
    rulesFor: () => ({ rules: [], errors: ['webhook authorizer does not support user rule resolution'], incomplete: true }),
  };
}
function verdictOf({ allowed = false, denied = false, reason = '' }: Status): Verdict {
  if (allowed && denied) return { decision: 'deny', reason, error: 'webhook subject access review returned both allow and deny response' };
  return { decision: denied ? 'deny' : allowed ? 'allow' : 'noOpinion', reason };
}
