import { Metrics } from '../../base/metrics.ts';
import type { Random } from '../../base/random.ts';
import type { ApiServerFlags } from '../flags.ts';
import { readText } from '../lib/configuration.ts';
import { followFile } from '../lib/followed-file.ts';
import { reloadObserver } from '../lib/reload-metrics.ts';
import { readRemoteKubeconfig } from '../lib/remote-kubeconfig.ts';
import { ReviewWebhook } from '../lib/review-webhook.ts';
import type { Authorizer, Resources, RuleResolver, Verdict } from '../types.ts';
import { createAbac, parseAbacPolicies } from './abac.ts';
import { alwaysAllow, alwaysDeny } from './always.ts';
import {
  authorizationPlans,
  type AuthorizerPlan,
  checkConfigAlone,
  parseAuthorizationConfiguration,
} from './authorization-configuration.ts';
import type { FollowOptions } from './follow.ts';
import { AuthorizationMetrics } from './metrics.ts';
import { type AuthorizerMode, unionModes } from './modes.ts';
import { createNodeAuthorizer } from './node.ts';
import { createRbac, type Rbac } from './rbac.ts';
import { createWebhookAuthorizer } from './webhook.ts';

export interface Authorization {
  readonly authorize: Authorizer;
  /** What all modes together can tell of somebody's rights. */
  readonly rules: RuleResolver;
  /** Roles and bindings: asked about escalation, whatever decides. */
  readonly rbac: Rbac;
  /** Settles when the indexes hold what is stored; before that only system:masters gets in. */
  readonly ready: Promise<void>;
}
export interface AuthorizationOptions extends FollowOptions {
  readonly resources: Pick<Resources, 'kinds' | 'watch' | 'list' | 'get'>;
  readonly random: Random;
  /** Default: upstream's defaults as kubeadm has them, Node and RBAC. */
  readonly flags?: ApiServerFlags;
  /** Where decisions are counted. Default: nowhere. */
  readonly metrics?: Metrics;
  readonly apiServerId?: string;
}

/**
 * Decides by system:masters, then by the modes that flags or a file name, in their order. A file is followed: webhooks may come and go with it, other
 * modes stay those of the start. Throws Error for flags and files that are not valid.
 */
export function createAuthorization(options: AuthorizationOptions): Authorization {
  const { flags = {}, clock, log, signal, metrics = new Metrics(), apiServerId = '' } = options;
  const counted = new AuthorizationMetrics(metrics);
  const path = flags['authorization-config'];
  if (path !== undefined) checkConfigAlone(flags);
  const text = path === undefined ? '' : readText(path);
  const plans = path === undefined ? authorizationPlans(flags) : parseAuthorizationConfiguration(text);
  const node = createNodeAuthorizer(options);
  const rbac = createRbac(options);
  const policyFile = flags['authorization-policy-file'];
  const fixed = new Map<string, AuthorizerMode>([
    ['Node', node],
    ['RBAC', rbac],
    ['AlwaysAllow', alwaysAllow],
    ['AlwaysDeny', alwaysDeny],
    ...(policyFile === undefined ? [] : [['ABAC', createAbac(parseAbacPolicies(readText(policyFile), policyFile))] as const]),
  ]);
  const webhooks = new Set<ReviewWebhook>();
  const modeOf = (plan: AuthorizerPlan): AuthorizerMode => observed(plan, plainModeOf(plan), counted);
  const plainModeOf = ({ type, name, webhook: plan }: AuthorizerPlan): AuthorizerMode => {
    if (plan === undefined) {
      const mode = fixed.get(type);
      if (mode === undefined) throw new Error(`authorizer type ${type} is not allowed if it was not enabled at initial server startup`);
      return mode;
    }
    const webhook = new ReviewWebhook(readRemoteKubeconfig(plan.kubeconfig), plan.timeoutMs, options);
    webhooks.add(webhook);
    return createWebhookAuthorizer({ ...plan, name, webhook, clock, observed: counted });
  };
  const closeAll = (which: Iterable<ReviewWebhook>) => {
    for (const webhook of which) {
      webhook.close();
      webhooks.delete(webhook);
    }
  };
  let current = unionModes(plans.map(modeOf));
  const required = plans.filter(({ type }) => type !== 'Webhook').map(({ type }) => type);
  const apply = (next: string) => {
    const old = [...webhooks];
    current = unionModes(parseAuthorizationConfiguration(next, required).map(modeOf));
    closeAll(old);
  };
  if (path !== undefined) {
    const observer = reloadObserver(metrics, 'authorization', apiServerId, clock, text);
    void followFile({ path, text, apply, clock, log, signal, observer });
  }
  signal.addEventListener('abort', () => closeAll([...webhooks]), { once: true });
  return {
    authorize: (request) => current.authorize(request),
    rules: { rulesFor: (identity, namespace) => current.rulesFor(identity, namespace) },
    rbac,
    ready: Promise.all([node.ready, rbac.ready]).then(() => undefined),
  };
}

/** A mode whose decisions are counted. */
function observed({ type, name }: AuthorizerPlan, mode: AuthorizerMode, metrics: AuthorizationMetrics): AuthorizerMode {
  const told = (verdict: Verdict): Verdict => {
    metrics.decided(type, name, verdict);
    return verdict;
  };
  return {
    rulesFor: (identity, namespace) => mode.rulesFor(identity, namespace),
    authorize(request) {
      const answer = mode.authorize(request);
      return answer instanceof Promise ? answer.then(told) : told(answer);
    },
  };
}
