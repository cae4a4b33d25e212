import { ExpiringCache } from '../../base/expiring-cache.ts';
import { formatDuration } from '../../api/gotime.ts';
import { readRemoteKubeconfig } from '../lib/remote-kubeconfig.ts';
import { type ReviewDeps, ReviewWebhook } from '../lib/review-webhook.ts';
import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { requestNamespace } from './lib/admission-request.ts';
import { refuse } from './lib/refuse.ts';

const auditPrefix = 'imagepolicywebhook.image-policy.k8s.io/';
const failedOpenAnnotation = 'alpha.image-policy.k8s.io/failed-open';
const cacheSize = 1024;
const timeoutMs = 30_000;
const secondMs = 1000;
const halfHourMs = 30 * 60 * secondMs;

interface Settings {
  readonly kubeConfigFile: string;
  readonly allowMs: number;
  readonly denyMs: number;
  readonly defaultAllow: boolean;
}
/** -1 switches it off, 0 is the default. */
function duration(value: number, unitMs: number, leastMs: number, mostMs: number, defaultMs: number, leastText: string): number {
  if (value === -1 || value === 0) return value === 0 ? defaultMs : 0;
  const ms = value * unitMs;
  if (ms < leastMs || ms > mostMs)
    throw new Error(`valid value is between ${leastText} and ${formatDuration(mostMs)}, got ${formatDuration(ms)}`);
  return ms;
}
export function readImagePolicy(configuration: unknown): Settings {
  if (configuration === undefined) throw new Error('no config specified');
  const { imagePolicy = {} } = configuration as { readonly imagePolicy?: Readonly<Record<string, any>> };
  duration(imagePolicy.retryBackoff ?? 0, 1, 0, 5 * 60 * secondMs, 500, '1ns');
  return {
    kubeConfigFile: String(imagePolicy.kubeConfigFile ?? ''),
    allowMs: duration(imagePolicy.allowTTL ?? 0, secondMs, secondMs, halfHourMs, 5 * 60 * secondMs, '1s'),
    denyMs: duration(imagePolicy.denyTTL ?? 0, secondMs, secondMs, halfHourMs, 30 * secondMs, '1s'),
    defaultAllow: imagePolicy.defaultAllow === true,
  };
}

interface Status {
  readonly allowed?: boolean;
  readonly reason?: string;
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}
function specOf(context: AdmissionContext): object {
  const { spec, metadata } = context.object;
  const containers: readonly any[] =
    context.subresource === '' ? [...(spec.containers ?? []), ...(spec.initContainers ?? [])] : (spec.ephemeralContainers ?? []);
  const annotations = Object.entries((metadata.annotations ?? {}) as Record<string, string>).filter(([key]) =>
    key.includes('.image-policy.k8s.io/'),
  );
  return {
    containers: containers.map(({ image }) => ({ image })),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    namespace: requestNamespace(context),
  };
}

/** Asks a webhook whether the images of pods may run (https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#imagepolicywebhook). */
export function imagePolicyWebhook(configuration: unknown, deps: ReviewDeps): AdmissionPlugin {
  const { kubeConfigFile, allowMs, denyMs, defaultAllow } = readImagePolicy(configuration);
  const target = readRemoteKubeconfig(kubeConfigFile);
  const url = new URL(target.url);
  url.searchParams.set('timeout', formatDuration(timeoutMs));
  const webhook = new ReviewWebhook({ ...target, url: url.href }, timeoutMs, deps);
  const answers = new ExpiringCache<Status>(deps.clock, cacheSize);

  /** undefined: it could not be asked, and that is no reason to refuse. */
  const statusOf = async (context: AdmissionContext): Promise<Status | undefined> => {
    const spec = specOf(context);
    const key = JSON.stringify(spec);
    const known = answers.get(key);
    if (known !== undefined) return known;
    try {
      const review = { kind: 'ImageReview', apiVersion: 'imagepolicy.k8s.io/v1alpha1', metadata: {}, spec, status: { allowed: false } };
      const { status = {} }: { status?: Status } = await webhook.review(review);
      answers.set(key, status, status.allowed === true ? allowMs : denyMs);
      return status;
    } catch (error) {
      if (!defaultAllow) throw refuse(context, (error as Error).message);
      context.deps.log.warn('the image policy webhook failed; failing open', { error });
      context.annotate(`${auditPrefix}failed-open`, 'true');
      context.object.metadata.annotations = { ...context.object.metadata.annotations, [failedOpenAnnotation]: 'true' };
      return undefined;
    }
  };
  return {
    name: 'ImagePolicyWebhook',
    async validate(context) {
      const { kind, operation, subresource } = context;
      if (kind.group !== '' || kind.kind !== 'Pod' || (subresource !== '' && subresource !== 'ephemeralcontainers')) return;
      if (operation !== 'CREATE' && operation !== 'UPDATE') return;
      const status = await statusOf(context);
      if (status === undefined) return;
      for (const [key, value] of Object.entries(status.auditAnnotations ?? {})) context.annotate(`${auditPrefix}${key}`, value);
      if (status.allowed === true) return;
      const { reason = '' } = status;
      throw refuse(
        context,
        reason === ''
          ? 'one or more images rejected by webhook backend'
          : `image policy webhook backend denied one or more images: ${reason}`,
      );
    },
  };
}
