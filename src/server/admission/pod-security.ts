import { type ApiObject, controllerOf } from '../../api/meta.ts';
import { forbidden, internalError, invalid, isNotFound } from '../../api/status.ts';
import { sameJson } from '../../base/equal.ts';
import type { Metrics } from '../../base/metrics.ts';
import { nextTurn } from '../../base/turn.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import { joinErrors } from '../lib/configuration.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { isNamespace } from './lib/admission-request.ts';
import { NamespaceOfRequest } from './lib/selected-hooks.ts';
import type { CheckedPod } from './pod-security/checks.ts';
import type { PodSecurityConfiguration } from './pod-security/configuration.ts';
import {
  exemptText,
  isPrivileged,
  isStricter,
  labelPrefix,
  type LevelVersion,
  policyOf,
  sameLevel,
  showLevel,
} from './pod-security/levels.ts';
import { PodSecurityMetrics } from './pod-security/metrics.ts';
import { detailsText, reasonsText, violationsOf } from './pod-security/standards.ts';

/** Where workloads have their template of pods, by group and kind. */
const templatePaths: Readonly<Record<string, readonly string[]>> = {
  '/PodTemplate': ['template'],
  '/ReplicationController': ['spec', 'template'],
  'apps/ReplicaSet': ['spec', 'template'],
  'apps/Deployment': ['spec', 'template'],
  'apps/StatefulSet': ['spec', 'template'],
  'apps/DaemonSet': ['spec', 'template'],
  'batch/Job': ['spec', 'template'],
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
};
const ignoredSubresources: ReadonlySet<string> = new Set('exec attach binding eviction log portforward proxy status'.split(' '));
const mostPods = 3000;
const podsPerTurn = 100;
const longestCheckMs = 1000;

/** Holds pods to the Pod Security Standards (https://kubernetes.io/docs/concepts/security/pod-security-admission/). */
export function podSecurity(configuration: PodSecurityConfiguration, metrics: Metrics): AdmissionPlugin {
  const security = new PodSecurity(configuration, new PodSecurityMetrics(metrics));
  return {
    name: 'PodSecurity',
    validate(context) {
      const { kind, operation, subresource } = context;
      if (operation !== 'CREATE' && operation !== 'UPDATE') return;
      if (isNamespace(kind)) return subresource === '' ? security.checkNamespace(context) : undefined;
      if (kind.group === '' && kind.kind === 'Pod') return ignoredSubresources.has(subresource) ? undefined : security.checkPod(context);
      const path = templatePaths[`${kind.group}/${kind.kind}`];
      return path === undefined || subresource !== '' ? undefined : security.checkTemplate(context, path);
    },
  };
}

const checkedPod = ({ metadata, spec }: { readonly metadata?: any; readonly spec?: any }): CheckedPod => ({
  annotations: metadata?.annotations ?? {},
  spec: spec ?? {},
});

class PodSecurity {
  readonly #configuration: PodSecurityConfiguration;
  readonly #policies = new WeakMap<ApiObject, ReturnType<typeof policyOf>>();
  readonly #metrics: PodSecurityMetrics;

  constructor(configuration: PodSecurityConfiguration, metrics: PodSecurityMetrics) {
    this.#configuration = configuration;
    this.#metrics = metrics;
  }
  /** Labels must be right; pods that a stricter level finds in the namespace are warned of. */
  checkNamespace(context: AdmissionContext): Promise<void> | void {
    const { object, old, operation } = context;
    const { defaults, exemptions } = this.#configuration;
    const { name, labels } = object.metadata;
    const { policy, errors } = policyOf(labels, defaults);
    const before = policyOf(old?.metadata.labels, defaults);
    if (errors.length > 0 && (operation === 'CREATE' || !sameJson(errors, before.errors))) {
      throw invalid({ group: '', kind: 'Namespace' }, name ?? '', errors);
    }
    const { enforce } = policy;
    const was = before.policy.enforce;
    if (operation === 'UPDATE') {
      if (sameLevel(enforce, was) || enforce.level === 'privileged') return;
      if (enforce.version === was.version && !isStricter(enforce.level, was.level)) return;
    }
    if (exemptions.namespaces.includes(name)) {
      this.#metrics.exempt(context);
      const text = exemptText(labels, policy, defaults);
      if (text !== undefined) context.warn(`namespace "${name}" is exempt from Pod Security, and the policy (${text}) will be ignored`);
      return;
    }
    if (operation === 'UPDATE') return this.#warnOfPods(context, name, enforce);
  }
  async #warnOfPods({ deps, warn }: AdmissionContext, namespace: string, level: LevelVersion): Promise<void> {
    const deadlineMs = deps.clock.now() + longestCheckMs;
    const kind = deps.resources.kinds.byKind('', 'Pod');
    const all = this.#inOrder(kind === undefined ? [] : await deps.resources.list<Pod>(kind, namespace));
    const found = new Map<string, string[]>();
    let checked = 0;
    for (const pod of all.slice(0, mostPods)) {
      checked++;
      const violations = violationsOf(level, checkedPod(pod));
      if (violations.length > 0) {
        const reasons = reasonsText(violations);
        found.set(reasons, [...(found.get(reasons) ?? []), pod.metadata.name]);
      }
      if (checked % podsPerTurn === 0) await nextTurn();
      if (deps.clock.now() > deadlineMs) break;
    }
    if (checked < all.length)
      warn(`new PodSecurity enforce level only checked against the first ${checked} of ${all.length} existing pods`);
    if (found.size > 0) warn(`existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${showLevel(level)}"`);
    const lines = [...found].map(([reasons, names]) => {
      const others = names.length - 1;
      const more = others === 0 ? '' : others === 1 ? ' (and 1 other pod)' : ` (and ${others} other pods)`;
      return `${names.sort()[0]}${more}: ${reasons}`;
    });
    for (const line of lines.sort()) warn(line);
  }
  /** One pod of each workload first. */
  #inOrder(pods: readonly Pod[]): readonly Pod[] {
    const seen = new Set<string>();
    const first: Pod[] = [];
    const more: Pod[] = [];
    for (const pod of pods) {
      if (this.#configuration.exemptions.runtimeClasses.includes(pod.spec.runtimeClassName ?? '')) continue;
      const owner = controllerOf(pod)?.uid;
      if (owner !== undefined && seen.has(owner)) more.push(pod);
      else first.push(pod);
      if (owner !== undefined) seen.add(owner);
    }
    return [...first, ...more];
  }
  #isExempt(context: AdmissionContext): boolean {
    const { namespace, identity, annotate } = context;
    const { namespaces, usernames } = this.#configuration.exemptions;
    const why = namespaces.includes(namespace)
      ? 'namespace'
      : identity.user !== '' && usernames.includes(identity.user)
        ? 'user'
        : undefined;
    if (why === undefined) return false;
    annotate(`${labelPrefix}exempt`, why);
    this.#metrics.exempt(context);
    return true;
  }
  async checkPod(context: AdmissionContext): Promise<void> {
    if (this.#isExempt(context)) return;
    const namespace = await this.#namespace(context);
    if (namespace === undefined) {
      const why = `failed to lookup namespace "${context.namespace}"`;
      this.#metrics.failed(context, true);
      context.annotate(`${labelPrefix}error`, `Internal error occurred: ${why}`);
      throw internalError(why);
    }
    const { policy, errors } = this.#policyOf(namespace);
    if (errors.length === 0 && isPrivileged(policy)) {
      this.#metrics.free(context);
      return context.annotate(`${labelPrefix}enforce-policy`, 'privileged:latest');
    }
    if (context.operation === 'UPDATE' && !isSignificant(context.object.spec, (context.old as Pod).spec)) return;
    this.#evaluate(context, namespace, context.object, true);
  }
  /** Workloads are never refused: their pods are. */
  async checkTemplate(context: AdmissionContext, path: readonly string[]): Promise<void> {
    if (this.#isExempt(context)) return;
    const namespace = await this.#namespace(context);
    if (namespace === undefined) {
      const why = `namespaces "${context.namespace}" not found`;
      this.#metrics.failed(context, true);
      return context.annotate(`${labelPrefix}error`, `failed to lookup namespace "${context.namespace}": ${why}`);
    }
    const { policy, errors } = this.#policyOf(namespace);
    if (errors.length === 0 && policy.warn.level === 'privileged' && policy.audit.level === 'privileged') return;
    const template = path.reduce<any>((value, field) => value?.[field], context.object);
    if (template !== undefined) this.#evaluate(context, namespace, template, false);
  }
  /** Read once for each state of a namespace. */
  #policyOf(namespace: ApiObject): ReturnType<typeof policyOf> {
    let policy = this.#policies.get(namespace);
    if (policy === undefined) this.#policies.set(namespace, (policy = policyOf(namespace.metadata.labels, this.#configuration.defaults)));
    return policy;
  }
  async #namespace(context: AdmissionContext): Promise<ApiObject | undefined> {
    try {
      return await new NamespaceOfRequest(context).read();
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
  #evaluate(
    context: AdmissionContext,
    namespace: ApiObject,
    given: { readonly metadata?: any; readonly spec?: any },
    isPod: boolean,
  ): void {
    const { exemptions } = this.#configuration;
    const annotate = (name: string, value: string) => context.annotate(`${labelPrefix}${name}`, value);
    const pod = checkedPod(given);
    const { runtimeClassName = '' } = pod.spec;
    if (runtimeClassName !== '' && exemptions.runtimeClasses.includes(runtimeClassName)) {
      this.#metrics.exempt(context);
      return annotate('exempt', 'runtimeClass');
    }
    const { policy, errors } = this.#policyOf(namespace);
    const { enforce, audit, warn } = policy;
    if (errors.length > 0) {
      this.#metrics.failed(context, false);
      annotate('error', `Failed to parse policy: ${joinErrors(errors.map(({ path, text }) => `${path}: ${text}`))}`);
    }
    const audited = violationsOf(audit, pod);
    if (audited.length > 0) {
      annotate('audit-violations', `would violate PodSecurity "${showLevel(audit)}": ${detailsText(audited)}`);
      this.#metrics.evaluated(context, 'deny', audit, 'audit');
    }
    if (isPod) {
      annotate('enforce-policy', showLevel(enforce));
      const violations = violationsOf(enforce, pod);
      this.#metrics.evaluated(context, violations.length > 0 ? 'deny' : 'allow', enforce, 'enforce');
      if (violations.length > 0) {
        const why = `violates PodSecurity "${showLevel(enforce)}": ${detailsText(violations)}`;
        throw forbidden({ group: context.kind.group, resource: context.kind.plural }, context.name, why);
      }
    }
    const warned = violationsOf(warn, pod);
    if (warned.length > 0) {
      context.warn(`would violate PodSecurity "${showLevel(warn)}": ${detailsText(warned)}`);
      this.#metrics.evaluated(context, 'deny', warn, 'warn');
    }
  }
}

/** Whether an update could make a difference: only images and containers that are added can. */
function isSignificant(spec: Pod['spec'], old: Pod['spec']): boolean {
  const differ = (now: readonly { readonly image?: string }[] = [], before: readonly { readonly image?: string }[] = []) =>
    now.length !== before.length || now.some(({ image }, index) => image !== before[index]!.image);
  if (differ(spec.containers as never, old.containers as never) || differ(spec.initContainers as never, old.initContainers as never))
    return true;
  return (spec.ephemeralContainers ?? []).some(
    ({ name, image }) => old.ephemeralContainers?.find((one) => one.name === name)?.image !== image,
  );
}
