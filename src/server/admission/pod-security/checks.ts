import { goQuote } from '../../../api/go-text.ts';
import type { Container } from '../../../kinds/core/shapes/container.ts';
import type { PodSpec } from '../../../kinds/core/shapes/pod-spec.ts';

/** What the Pod Security Standards forbid, in upstream's words (k8s.io/pod-security-admission policy). All of it is pure; standards.ts says what holds when. */
export interface CheckedPod {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}
export type Check = (pod: CheckedPod) => Violation | undefined;

type AnyContainer = Pick<
  Container,
  'name' | 'securityContext' | 'ports' | 'livenessProbe' | 'readinessProbe' | 'startupProbe' | 'lifecycle'
>;
const containersOf = ({ initContainers = [], containers = [], ephemeralContainers = [] }: PodSpec): readonly AnyContainer[] => [
  ...initContainers,
  ...containers,
  ...(ephemeralContainers as readonly AnyContainer[]),
];
const namesOf = ({ spec }: CheckedPod, isBad: (container: AnyContainer) => boolean): readonly string[] =>
  containersOf(spec)
    .filter(isBad)
    .map(({ name }) => name);

const quoted = (items: readonly string[]): string => (items.length === 0 ? '' : `"${items.join('", "')}"`);
const some = (one: string, many: string, { length }: readonly unknown[]): string => (length === 1 ? one : many);
const named = (names: readonly string[]): string => `${some('container', 'containers', names)} ${quoted(names)}`;
const sorted = (texts: Iterable<string>): readonly string[] => [...new Set(texts)].sort();
/** The pod itself and its containers, as far as they are to blame. */
const setters = (isPod: boolean, names: readonly string[]): string =>
  [...(isPod ? ['pod'] : []), ...(names.length > 0 ? [named(names)] : [])].join(' and ');

/** Not asked of pods for Windows, which know no such thing. */
export const unlessWindows =
  (check: Check): Check =>
  (pod) =>
    pod.spec.os?.name === 'windows' ? undefined : check(pod);
/** Not asked of pods in a user namespace (KEP-127). */
export const unlessUserNamespace =
  (check: Check): Check =>
  (pod) =>
    pod.spec.hostUsers === false ? undefined : check(pod);

export const allowPrivilegeEscalation: Check = (pod) => {
  const names = namesOf(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  const detail = `${named(names)} must set securityContext.allowPrivilegeEscalation=false`;
  return names.length === 0 ? undefined : { reason: 'allowPrivilegeEscalation != false', detail };
};

const appArmorAnnotation = 'container.apparmor.security.beta.kubernetes.io/';
export const appArmorProfile: Check = (pod) => {
  const badType = (context: { readonly appArmorProfile?: { readonly type: string } | undefined } | undefined): string | undefined => {
    const type = context?.appArmorProfile?.type;
    return type === undefined || type === 'RuntimeDefault' || type === 'Localhost' ? undefined : type;
  };
  const ofPod = badType(pod.spec.securityContext);
  const names = namesOf(pod, ({ securityContext }) => badType(securityContext) !== undefined);
  const types = containersOf(pod.spec).map(({ securityContext }) => badType(securityContext));
  const annotations = Object.entries(pod.annotations)
    .filter(
      ([key, value]) =>
        key.startsWith(appArmorAnnotation) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'),
    )
    .map(([key, value]) => `${key}=${goQuote(value)}`)
    .sort();
  const values = [...sorted([ofPod, ...types].filter((type) => type !== undefined)), ...annotations];
  if (values.length === 0) return undefined;
  const who = [setters(ofPod !== undefined, names), annotations.length > 0 ? some('annotation', 'annotations', annotations) : ''];
  return {
    reason: some('forbidden AppArmor profile', 'forbidden AppArmor profiles', values),
    detail: `${who.filter((one) => one !== '').join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  };
};

const defaultCapabilities: ReadonlySet<string> = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' '),
);
function addedBeyond(pod: CheckedPod, isAllowed: (capability: string) => boolean) {
  const bad = ({ securityContext }: AnyContainer) => (securityContext?.capabilities?.add ?? []).filter((one) => !isAllowed(one));
  const names = namesOf(pod, (container) => bad(container).length > 0);
  return { names, capabilities: sorted(containersOf(pod.spec).flatMap(bad)) };
}
export const capabilitiesBaseline: Check = (pod) => {
  const { names, capabilities } = addedBeyond(pod, (capability) => defaultCapabilities.has(capability));
  const detail = `${named(names)} must not include ${quoted(capabilities)} in securityContext.capabilities.add`;
  return names.length === 0 ? undefined : { reason: 'non-default capabilities', detail };
};
export const capabilitiesRestricted: Check = (pod) => {
  const keeping = namesOf(pod, ({ securityContext }) => securityContext?.capabilities?.drop?.includes('ALL') !== true);
  const { names, capabilities } = addedBeyond(pod, (capability) => capability === 'NET_BIND_SERVICE');
  const details = [
    ...(keeping.length > 0 ? [`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(names.length > 0 ? [`${named(names)} must not include ${quoted(capabilities)} in securityContext.capabilities.add`] : []),
  ];
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

export const hostNamespaces: Check = ({ spec }) => {
  const found = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field] === true).map((field) => `${field}=true`);
  return found.length === 0 ? undefined : { reason: 'host namespaces', detail: found.join(', ') };
};

export const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
  return names.length === 0 ? undefined : { reason: 'hostPath volumes', detail: `${some('volume', 'volumes', names)} ${quoted(names)}` };
};

export const hostPorts: Check = (pod) => {
  const bad = ({ ports = [] }: AnyContainer) => ports.flatMap(({ hostPort = 0 }) => (hostPort === 0 ? [] : [String(hostPort)]));
  const names = namesOf(pod, (container) => bad(container).length > 0);
  const ports = sorted(containersOf(pod.spec).flatMap(bad));
  if (names.length === 0) return undefined;
  const detail = `${named(names)} ${some('uses', 'use', names)} ${some('hostPort', 'hostPorts', ports)} ${ports.join(', ')}`;
  return { reason: 'hostPort', detail };
};

interface Handler {
  readonly httpGet?: { readonly host?: string | undefined } | undefined;
  readonly tcpSocket?: { readonly host?: string | undefined } | undefined;
}
export const hostProbesAndHostLifecycle: Check = (pod) => {
  const bad = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: AnyContainer): readonly string[] =>
    ([livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop] as readonly (Handler | undefined)[])
      .flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host])
      .filter((host) => host !== undefined && host !== '') as readonly string[];
  const names = sorted(namesOf(pod, (container) => bad(container).length > 0));
  const hosts = sorted(containersOf(pod.spec).flatMap(bad));
  if (names.length === 0) return undefined;
  const what = some('probe or lifecycle host', 'probe or lifecycle hosts', hosts);
  return { reason: 'probe or lifecycle host', detail: `${named(names)} ${some('uses', 'use', names)} ${what} ${quoted(hosts)}` };
};

export const privileged: Check = (pod) => {
  const names = namesOf(pod, ({ securityContext }) => securityContext?.privileged === true);
  return names.length === 0 ? undefined : { reason: 'privileged', detail: `${named(names)} must not set securityContext.privileged=true` };
};

export const procMount: Check = (pod) => {
  const bad = ({ securityContext }: AnyContainer) => {
    const type = securityContext?.procMount;
    return type === undefined || type === 'Default' ? [] : [type as string];
  };
  const names = namesOf(pod, (container) => bad(container).length > 0);
  const types = sorted(containersOf(pod.spec).flatMap(bad));
  const detail = `${named(names)} must not set securityContext.procMount to ${quoted(types)}`;
  return names.length === 0 ? undefined : { reason: 'procMount', detail };
};

const plainVolumes = 'configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret'.split(' ');
const otherVolumes = (
  'hostPath gcePersistentDisk awsElasticBlockStore gitRepo nfs iscsi glusterfs rbd flexVolume cinder cephfs flocker fc azureFile ' +
  'vsphereVolume quobyte azureDisk photonPersistentDisk portworxVolume scaleIO storageos'
).split(' ');
export const restrictedVolumes: Check = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter((volume) => !plainVolumes.some((type) => (volume as any)[type] !== undefined));
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map((volume) => otherVolumes.find((type) => (volume as any)[type] !== undefined) ?? 'unknown'));
  const names = bad.map(({ name }) => name);
  const volumes = `${some('volume', 'volumes', names)} ${quoted(names)} ${some('uses', 'use', names)}`;
  const detail = `${volumes} ${some('restricted volume type', 'restricted volume types', types)} ${quoted(types)}`;
  return { reason: 'restricted volume types', detail };
};

export const runAsNonRoot: Check = (pod) => {
  const reason = 'runAsNonRoot != true';
  const ofPod = pod.spec.securityContext?.runAsNonRoot;
  const refusing = namesOf(pod, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  const who = setters(ofPod === false, refusing);
  if (who !== '') return { reason, detail: `${who} must not set securityContext.runAsNonRoot=false` };
  const silent = namesOf(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (ofPod === true || silent.length === 0) return undefined;
  return { reason, detail: `pod or ${named(silent)} must set securityContext.runAsNonRoot=true` };
};

export const runAsUser: Check = (pod) => {
  const names = namesOf(pod, ({ securityContext }) => securityContext?.runAsUser === 0);
  const who = setters(pod.spec.securityContext?.runAsUser === 0, names);
  return who === '' ? undefined : { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` };
};

/** `types`: what is allowed beside none. */
export const seLinuxOptions = (types: readonly string[]): Check => {
  const isTypeFine = (type = '') => type === '' || types.includes(type);
  return (pod) => {
    const ofPod = pod.spec.securityContext?.seLinuxOptions;
    const isBad = (options: typeof ofPod) =>
      options !== undefined && (!isTypeFine(options.type) || (options.user ?? '') !== '' || (options.role ?? '') !== '');
    const names = namesOf(pod, ({ securityContext }) => isBad(securityContext?.seLinuxOptions));
    const who = setters(isBad(ofPod), names);
    if (who === '') return undefined;
    const all = [ofPod, ...containersOf(pod.spec).map(({ securityContext }) => securityContext?.seLinuxOptions)];
    const bad = sorted(all.flatMap((options) => (isTypeFine(options?.type) ? [] : [options!.type!])));
    const what = [
      ...(bad.length > 0 ? [`${some('type', 'types', bad)} ${quoted(bad)}`] : []),
      ...(all.some((options) => (options?.user ?? '') !== '') ? ['user may not be set'] : []),
      ...(all.some((options) => (options?.role ?? '') !== '') ? ['role may not be set'] : []),
    ];
    return { reason: 'seLinuxOptions', detail: `${who} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}` };
  };
};

const isSeccompFine = (type: string) => type === 'Localhost' || type === 'RuntimeDefault';
const isSeccompAnnotationFine = (value: string) =>
  value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/');
export const seccompAnnotations: Check = ({ annotations, spec }) => {
  const keys = [
    'seccomp.security.alpha.kubernetes.io/pod',
    ...containersOf(spec).map(({ name }) => `container.seccomp.security.alpha.kubernetes.io/${name}`),
  ];
  const bad = sorted(
    keys
      .filter((key) => Object.hasOwn(annotations, key) && !isSeccompAnnotationFine(annotations[key]!))
      .map((key) => `${key}=${goQuote(annotations[key]!)}`),
  );
  const detail = `forbidden ${some('annotation', 'annotations', bad)} ${bad.join(', ')}`;
  return bad.length === 0 ? undefined : { reason: 'seccompProfile', detail };
};
export const seccompProfile: Check = (pod) => {
  const ofPod = pod.spec.securityContext?.seccompProfile?.type;
  const bad = ({ securityContext }: AnyContainer) => {
    const type = securityContext?.seccompProfile?.type;
    return type === undefined || isSeccompFine(type) ? [] : [type as string];
  };
  const isPodBad = ofPod !== undefined && !isSeccompFine(ofPod);
  const who = setters(
    isPodBad,
    namesOf(pod, (container) => bad(container).length > 0),
  );
  if (who === '') return undefined;
  const values = sorted([...(isPodBad ? [ofPod] : []), ...containersOf(pod.spec).flatMap(bad)]);
  return { reason: 'seccompProfile', detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(values)}` };
};
export const seccompProfileRequired: Check = (pod) => {
  const forbidden = seccompProfile(pod);
  if (forbidden !== undefined || pod.spec.securityContext?.seccompProfile !== undefined) return forbidden;
  const silent = namesOf(pod, ({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (silent.length === 0) return undefined;
  const detail = `pod or ${named(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason: 'seccompProfile', detail };
};

export const sysctls =
  (allowed: readonly string[]): Check =>
  ({ spec }) => {
    const bad = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !allowed.includes(name));
    return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') };
  };

export const windowsHostProcess: Check = (pod) => {
  const names = namesOf(pod, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
  const who = setters(pod.spec.securityContext?.windowsOptions?.hostProcess === true, names);
  return who === '' ? undefined : { reason: 'hostProcess', detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` };
};
