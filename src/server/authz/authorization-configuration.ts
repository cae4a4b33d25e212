import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { parseDurationNanos } from '../../api/gotime.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import { bool, duration, list, object, of, opt, ptr, shape, type ShapeOf, string } from '../../api/schema.ts';
import { type FieldError, fieldError } from '../../api/status.ts';
import type { Program } from '../../cel/index.ts';
import type { ApiServerFlags } from '../flags.ts';
import { assertValid, type ConfigurationKind, joinErrors, parseConfiguration } from '../lib/configuration.ts';
import { compileMatchConditions } from './match-conditions.ts';

const name = (kind: string) => `io.k8s.apiserver.pkg.apis.apiserver.v1.${kind}`;
const matchCondition = shape(name('WebhookMatchCondition'), { expression: string(1) });
const connectionInfo = shape(name('WebhookConnectionInfo'), { type: string(1), kubeConfigFile: ptr(string(2)) });
const webhook = shape(name('WebhookConfiguration'), {
  authorizedTTL: opt(duration(1)),
  cacheAuthorizedRequests: ptr(bool(2)),
  unauthorizedTTL: opt(duration(3)),
  cacheUnauthorizedRequests: ptr(bool(4)),
  timeout: opt(duration(5)),
  subjectAccessReviewVersion: string(6),
  matchConditionSubjectAccessReviewVersion: string(7),
  failurePolicy: string(8),
  connectionInfo: object(9, connectionInfo),
  matchConditions: opt(list(10, of(matchCondition))),
});
const authorizer = shape(name('AuthorizerConfiguration'), { type: string(1), name: string(2), webhook: ptr(object(3, webhook)) });
const configuration = shape(name('AuthorizationConfiguration'), { authorizers: list(1, of(authorizer)) });

/** https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/#apiserver-config-k8s-io-v1-AuthorizationConfiguration */
const kind = {
  kind: 'AuthorizationConfiguration',
  apiVersions: ['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`),
  shape: configuration,
} satisfies ConfigurationKind<any>;

export interface WebhookPlan {
  readonly kubeconfig: string;
  readonly timeoutMs: number;
  readonly version: string;
  readonly authorizedMs: number;
  readonly unauthorizedMs: number;
  readonly onFailure: 'noOpinion' | 'deny';
  readonly conditions: readonly Program[];
}
/** An authorizer of the chain. */
export interface AuthorizerPlan {
  readonly type: string;
  readonly name: string;
  readonly webhook?: WebhookPlan;
}

export const authorizationModes: readonly string[] = ['AlwaysAllow', 'AlwaysDeny', 'ABAC', 'Webhook', 'RBAC', 'Node'];
const longestTimeoutMs = 30_000;
const defaultMs = { authorizedTTL: 300_000, unauthorizedTTL: 30_000 } as const;
const msOf = (text: string | undefined): number => (text === undefined ? 0 : Number(parseDurationNanos(text) / 1_000_000n));

/**
 * Reads --authorization-config. `required`: types that must be in it, since a running server keeps those that it was started with. Throws Error in
 * upstream's words, by field.
 */
export function parseAuthorizationConfiguration(text: string, required: readonly string[] = []): readonly AuthorizerPlan[] {
  let config: ShapeOf<typeof configuration>;
  try {
    config = parseConfiguration(kind, text);
  } catch (error) {
    throw new Error(`failed to load AuthorizationConfiguration from file: ${(error as Error).message}`);
  }
  const errors: FieldError[] = [];
  const { authorizers } = config;
  if (authorizers.length === 0) errors.push(fieldError.required('authorizers', 'at least one authorization mode must be defined'));
  const plans = authorizers.map((one, index) => {
    const path = `authorizers[${index}]`;
    errors.push(...checkAuthorizer(one, authorizers.slice(0, index), path));
    const planned = one.type === 'Webhook' && one.webhook !== undefined ? planWebhook(one.webhook, path, errors) : undefined;
    return { type: one.type, name: one.name, ...(planned === undefined ? {} : { webhook: planned }) };
  });
  assertValid(errors);
  const wrong = plans
    .filter(({ type, name }) => type !== 'Webhook' && name !== type.toLowerCase())
    .map(({ type, name }) => `expected name ${type.toLowerCase()} for authorizer ${type} instead of ${name}`);
  const missing = required.filter((type) => !plans.some((plan) => plan.type === type));
  if (missing.length > 0) wrong.push(`missing required types: [${[...missing].sort().join(' ')}]`);
  if (wrong.length > 0) throw new Error(joinErrors(wrong));
  return plans;
}

type Authorizer = ShapeOf<typeof authorizer>;
function* checkAuthorizer({ type, name, webhook }: Authorizer, before: readonly Authorizer[], path: string): Generator<FieldError> {
  if (type === '') return yield fieldError.required(`${path}.type`);
  if (!authorizationModes.includes(type)) return yield fieldError.notSupported(`${path}.type`, type, authorizationModes);
  if (type !== 'Webhook' && before.some((one) => one.type === type)) return yield fieldError.duplicate(`${path}.type`, type);
  if (name === '') yield fieldError.required(`${path}.name`);
  else if (before.some((one) => one.name === name)) yield fieldError.duplicate(`${path}.name`, name);
  else {
    const faults = isDns1123Subdomain(name);
    if (faults.length > 0) yield fieldError.invalid(`${path}.name`, name, `authorizer name is invalid: ${faults.join(', ')}`);
  }
  if (type === 'Webhook' && webhook === undefined) yield fieldError.required(`${path}.webhook`, 'required when type=Webhook');
  if (type !== 'Webhook' && webhook !== undefined)
    yield fieldError.invalid(`${path}.webhook`, 'non-null', 'may only be specified when type=Webhook');
}

type Webhook = ShapeOf<typeof webhook>;
function planWebhook(given: Webhook, path: string, errors: FieldError[]): WebhookPlan {
  errors.push(...checkWebhook(given, path));
  const { cacheAuthorizedRequests = true, cacheUnauthorizedRequests = true, connectionInfo, matchConditions = [] } = given;
  return {
    kubeconfig: connectionInfo.kubeConfigFile ?? '',
    timeoutMs: msOf(given.timeout),
    version: given.subjectAccessReviewVersion,
    authorizedMs: cacheAuthorizedRequests ? msOf(given.authorizedTTL) || defaultMs.authorizedTTL : 0,
    unauthorizedMs: cacheUnauthorizedRequests ? msOf(given.unauthorizedTTL) || defaultMs.unauthorizedTTL : 0,
    onFailure: given.failurePolicy === 'Deny' ? 'deny' : 'noOpinion',
    conditions: compileMatchConditions(
      matchConditions.map(({ expression }) => expression),
      `${path}.matchConditions`,
      errors,
    ),
  };
}
function* checkWebhook(given: Webhook, path: string): Generator<FieldError> {
  const timeoutMs = msOf(given.timeout);
  if (timeoutMs === 0) yield fieldError.required(`${path}.timeout`);
  else if (timeoutMs > longestTimeoutMs || timeoutMs < 0)
    yield fieldError.invalid(`${path}.timeout`, given.timeout, 'must be > 0s and <= 30s');
  for (const field of ['authorizedTTL', 'unauthorizedTTL'] as const)
    if (msOf(given[field]) < 0) yield fieldError.invalid(`${path}.${field}`, given[field], 'must be > 0s');
  const version = given.subjectAccessReviewVersion;
  if (version === '') yield fieldError.required(`${path}.subjectAccessReviewVersion`);
  else if (version !== 'v1' && version !== 'v1beta1')
    yield fieldError.notSupported(`${path}.subjectAccessReviewVersion`, version, ['v1', 'v1beta1']);
  const matchVersion = given.matchConditionSubjectAccessReviewVersion;
  const matchPath = `${path}.matchConditionSubjectAccessReviewVersion`;
  if (matchVersion === '') {
    if ((given.matchConditions ?? []).length > 0) yield fieldError.required(matchPath, 'required if match conditions are specified');
  } else if (matchVersion !== 'v1') yield fieldError.notSupported(matchPath, matchVersion, ['v1']);
  const { failurePolicy: policy } = given;
  if (policy === '') yield fieldError.required(`${path}.failurePolicy`);
  else if (policy !== 'NoOpinion' && policy !== 'Deny')
    yield fieldError.notSupported(`${path}.failurePolicy`, policy, ['NoOpinion', 'Deny'], 'as given');
  yield* checkConnection(given.connectionInfo, `${path}.connectionInfo`);
}
function* checkConnection({ type, kubeConfigFile: file = '' }: Webhook['connectionInfo'], path: string): Generator<FieldError> {
  if (type === '') return yield fieldError.required(`${path}.type`);
  // InClusterConfig is for other components: the API server is what it would ask.
  if (type !== 'KubeConfigFile') return yield fieldError.notSupported(`${path}.type`, { type }, ['InClusterConfig', 'KubeConfigFile']);
  const at = `${path}.kubeConfigFile`;
  if (file === '') return yield fieldError.required(at);
  if (!isAbsolute(file)) return yield fieldError.invalid(at, file, 'must be an absolute path');
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return yield fieldError.invalid(at, file, `error loading file: stat ${file}: no such file or directory`);
  if (!found.isFile()) yield fieldError.invalid(at, file, 'must be a regular file');
}

const webhookFlags = [
  'authorization-webhook-config-file',
  'authorization-webhook-version',
  'authorization-webhook-cache-authorized-ttl',
  'authorization-webhook-cache-unauthorized-ttl',
] as const;

/** The chain that --authorization-mode and its companions name; Node,RBAC as kubeadm has it unless they say otherwise. Throws Error in upstream's words. */
export function authorizationPlans(flags: ApiServerFlags): readonly AuthorizerPlan[] {
  const modes = flags['authorization-mode'] ?? ['Node', 'RBAC'];
  const file = flags['authorization-webhook-config-file'];
  const quoted = `[${modes.map((mode) => JSON.stringify(mode)).join(' ')}]`;
  if (modes.length === 0) throw new Error('at least one authorization-mode must be passed');
  for (const mode of modes)
    if (!authorizationModes.includes(mode)) throw new Error(`authorization-mode ${JSON.stringify(mode)} is not a valid mode`);
  if (new Set(modes).size < modes.length) throw new Error(`authorization-mode ${quoted} has mode specified more than once`);
  if (modes.includes('ABAC') && flags['authorization-policy-file'] === undefined)
    throw new Error("authorization-mode ABAC's authorization policy file not passed");
  if (modes.includes('Webhook') && file === undefined) throw new Error("authorization-mode Webhook's authorization config file not passed");
  if (!modes.includes('ABAC') && flags['authorization-policy-file'] !== undefined)
    throw new Error('cannot specify --authorization-policy-file without mode ABAC');
  if (!modes.includes('Webhook') && file !== undefined)
    throw new Error('cannot specify --authorization-webhook-config-file without mode Webhook');
  const version = flags['authorization-webhook-version'] ?? 'v1beta1';
  if (version !== 'v1' && version !== 'v1beta1')
    throw new Error(`unsupported webhook authorizer version ${JSON.stringify(version)}, supported versions are "v1", "v1beta1"`);
  const webhook: WebhookPlan = {
    kubeconfig: file ?? '',
    timeoutMs: longestTimeoutMs,
    version,
    authorizedMs: flags['authorization-webhook-cache-authorized-ttl'] ?? defaultMs.authorizedTTL,
    unauthorizedMs: flags['authorization-webhook-cache-unauthorized-ttl'] ?? defaultMs.unauthorizedTTL,
    onFailure: 'noOpinion',
    conditions: [],
  };
  return modes.map((type) => (type === 'Webhook' ? { type, name: 'default', webhook } : { type, name: type.toLowerCase() }));
}
/** Throws Error when flags of the old way stand beside --authorization-config. */
export function checkConfigAlone(flags: ApiServerFlags): void {
  if (['authorization-mode' as const, ...webhookFlags].some((name) => flags[name] !== undefined))
    throw new Error('--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined');
}
