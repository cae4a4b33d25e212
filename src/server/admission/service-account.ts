import type { AdmissionContext, AdmissionPlugin } from '../types.ts';
import { secretNotMountable } from './lib/pod-secrets.ts';
import { isCore, refuse } from './lib/refuse.ts';

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const volumePrefix = 'kube-api-access-';
const mirrorAnnotation = 'kubernetes.io/config.mirror';
/** Marks tokens whose holders warn, rather than fail, when they are used longer than this: see KEP-1205. */
const warnOnlyExpirationSeconds = 3607;
/** The default service account is made a moment after its namespace; a pod waits for it this often. */
const defaultAccountTries = 10;

const isMirror = (pod: any) => Object.hasOwn(pod.metadata.annotations ?? {}, mirrorAnnotation);

async function accountOf(context: AdmissionContext, name: string): Promise<any> {
  const { resources, clock, random } = context.deps;
  const kind = resources.kinds.byKind('', 'ServiceAccount');
  const tries = name === 'default' ? defaultAccountTries : 1;
  for (let attempt = 0; kind !== undefined && attempt < tries; attempt++) {
    if (attempt > 0) await clock.sleep(100 + random.int(100));
    const found = await resources.get(kind, { namespace: context.namespace, name });
    if (found !== undefined) return found;
  }
  const why = `serviceaccount ${JSON.stringify(name)} not found`;
  throw refuse(context, `error looking up service account ${context.namespace}/${name}: ${why}`);
}

const tokenVolume = (name: string) => ({
  name,
  projected: {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: warnOnlyExpirationSeconds } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
    ],
  },
});

/** Mounts the token in every container that has nothing at its place. */
function mountToken(pod: any, context: AdmissionContext): void {
  const present = (pod.spec.volumes ?? []).find((volume: any) => volume.name.startsWith(volumePrefix));
  const name = present?.name ?? `${volumePrefix}${context.deps.random.suffix(5)}`;
  let needed = false;
  for (const container of [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])]) {
    if ((container.volumeMounts ?? []).some((mount: any) => mount.mountPath === mountPath)) continue;
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }];
    needed = true;
  }
  if (needed && present === undefined) pod.spec.volumes = [...(pod.spec.volumes ?? []), tokenVolume(name)];
}

async function mutate(context: AdmissionContext): Promise<void> {
  if (!isCore(context, 'Pod') || context.operation !== 'CREATE') return;
  const pod = context.object;
  if (isMirror(pod)) return;
  if (!pod.spec.serviceAccountName) pod.spec.serviceAccountName = 'default';
  pod.spec.serviceAccount = pod.spec.serviceAccountName;
  const account = await accountOf(context, pod.spec.serviceAccountName);
  if (pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(pod, context);
  if (!pod.spec.imagePullSecrets?.length && account.imagePullSecrets?.length)
    pod.spec.imagePullSecrets = account.imagePullSecrets.map((secret: any) => ({ name: secret.name }));
}

function checkMirror(context: AdmissionContext, pod: any): void {
  if (pod.spec.serviceAccountName) throw refuse(context, 'a mirror pod may not reference service accounts');
  const projections = (pod.spec.volumes ?? []).flatMap((volume: any) => volume.projected?.sources ?? []);
  const usesSecrets =
    (pod.spec.volumes ?? []).some((volume: any) => volume.secret !== undefined) ||
    projections.some((source: any) => source.secret !== undefined) ||
    (pod.spec.imagePullSecrets ?? []).length > 0 ||
    [...(pod.spec.initContainers ?? []), ...pod.spec.containers].some(
      (container: any) =>
        (container.env ?? []).some((variable: any) => variable.valueFrom?.secretKeyRef !== undefined) ||
        (container.envFrom ?? []).some((source: any) => source.secretRef !== undefined),
    );
  if (usesSecrets) throw refuse(context, 'a mirror pod may not reference secrets');
  if (projections.some((source: any) => source.serviceAccountToken !== undefined))
    throw refuse(context, 'a mirror pod may not use ServiceAccountToken volume projections');
}

async function validate(context: AdmissionContext): Promise<void> {
  const ephemeral = isCore(context, 'Pod', 'ephemeralcontainers') && context.operation === 'UPDATE';
  if (!ephemeral && !(isCore(context, 'Pod') && context.operation === 'CREATE')) return;
  const pod = context.object;
  if (!ephemeral && isMirror(pod)) return checkMirror(context, pod);
  const name = pod.spec.serviceAccountName;
  if (!name) throw refuse(context, `no service account specified for pod ${context.namespace}/${pod.metadata.name ?? ''}`);
  const account = await accountOf(context, name);
  if (!['1', 't', 'T', 'true', 'TRUE', 'True'].includes(account.metadata.annotations?.['kubernetes.io/enforce-mountable-secrets'] ?? ''))
    return;
  const why = secretNotMountable(pod, account, ephemeral);
  if (why !== undefined) throw refuse(context, why);
}

/** Gives a pod its service account, the account's token, root CA and namespace as a volume, and its pull secrets. */
export const serviceAccount: AdmissionPlugin = { name: 'ServiceAccount', mutate, validate };
