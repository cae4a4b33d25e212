import type { Field, Shape } from '../../api/schema.ts';

const initials: Readonly<Record<string, string>> = {
  uid: 'UID',
  apiVersion: 'APIVersion',
  apiGroup: 'APIGroup',
  apiGroups: 'APIGroups',
  awsElasticBlockStore: 'AWSElasticBlockStore',
  cel: 'CEL',
  cephfs: 'CephFS',
  chapAuthDiscovery: 'DiscoveryCHAPAuth',
  chapAuthSession: 'SessionCHAPAuth',
  csi: 'CSI',
  diskURI: 'DataDiskURI',
  dnsConfig: 'DNSConfig',
  dnsPolicy: 'DNSPolicy',
  fc: 'FC',
  fsGroup: 'FSGroup',
  fsGroupChangePolicy: 'FSGroupChangePolicy',
  fsType: 'FSType',
  gcePersistentDisk: 'GCEPersistentDisk',
  gmsaCredentialSpec: 'GMSACredentialSpec',
  gmsaCredentialSpecName: 'GMSACredentialSpecName',
  grpc: 'GRPC',
  httpGet: 'HTTPGet',
  httpHeaders: 'HTTPHeaders',
  ip: 'IP',
  iqn: 'IQN',
  iscsi: 'ISCSI',
  iscsiInterface: 'ISCSIInterface',
  nfs: 'NFS',
  os: 'OS',
  pdName: 'PDName',
  rbd: 'RBD',
  seLinuxChangePolicy: 'SELinuxChangePolicy',
  seLinuxOptions: 'SELinuxOptions',
  sslEnabled: 'SSLEnabled',
  storageos: 'StorageOS',
  tcpSocket: 'TCPSocket',
  tty: 'TTY',
  wwids: 'WWIDs',
};
const ofRbd = { monitors: 'CephMonitors', image: 'RBDImage', pool: 'RBDPool', user: 'RadosUser' };
const ofGlusterfs = { endpoints: 'EndpointsName' };

/** Where an internal type is not the published one with Go's names. */
interface Internal {
  readonly names?: Readonly<Record<string, string>>;
  /** Fields that stand right after another. */
  readonly after?: Readonly<Record<string, string>>;
  /** Fields that are no pointers in it. */
  readonly values?: readonly string[];
  /** Fields that it does not have. */
  readonly without?: readonly string[];
}
const hostFields = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'];
const internals: Readonly<Record<string, Internal>> = {
  RBDVolumeSource: { names: ofRbd },
  RBDPersistentVolumeSource: { names: ofRbd },
  GlusterfsVolumeSource: { names: ofGlusterfs },
  GlusterfsPersistentVolumeSource: { names: ofGlusterfs },
  Volume: { after: { quobyte: 'rbd' } },
  RollingUpdateDeployment: { values: ['maxUnavailable', 'maxSurge'] },
  RollingUpdateDaemonSet: { values: ['maxUnavailable', 'maxSurge'] },
  PersistentVolumeSpec: { after: { quobyte: 'rbd', flexVolume: 'iscsi' } },
  PersistentVolumeSource: { after: { quobyte: 'rbd', flexVolume: 'iscsi' } },
  PodSecurityContext: { after: { fsGroupChangePolicy: 'fsGroup' } },
  PodSpec: {
    after: { setHostnameAsFQDN: 'subdomain', preemptionPolicy: 'priority', overhead: 'runtimeClassName' },
    without: ['serviceAccount', ...hostFields],
  },
};

interface Plan {
  readonly field: string;
  readonly goName: string;
  readonly of: Field;
}
const plans = new WeakMap<Shape, readonly Plan[]>();
function planOf(shape: Shape): readonly Plan[] {
  const known = plans.get(shape);
  if (known !== undefined) return known;
  const { names = {}, after = {}, values = [], without = [] } = internals[shape.name.slice(shape.name.lastIndexOf('.') + 1)] ?? {};
  const fields = Object.keys(shape.fields).filter((field) => after[field] === undefined && !without.includes(field));
  for (const [field, before] of Object.entries(after)) fields.splice(fields.indexOf(before) + 1, 0, field);
  const goName = (field: string) => names[field] ?? initials[field] ?? `${field[0]!.toUpperCase()}${field.slice(1)}`;
  const inner = (field: string): Field => {
    const { presence: _, ...plain } = shape.fields[field]!;
    return values.includes(field) ? plain : shape.fields[field]!;
  };
  const plan = fields.map((field) => ({ field, goName: goName(field), of: inner(field) }));
  plans.set(shape, plan);
  return plan;
}

/** Types of the machinery have JSON names wherever they are. */
const isTagged = ({ name }: Shape): boolean => name.includes('.apimachinery.');

const zeros: Readonly<Record<string, unknown>> = { bool: false, int32: 0, int64: 0, quantity: '0', intOrString: 0, string: '' };
function shownField(field: Field, value: unknown): unknown {
  if (field.type === 'object') return value === undefined && field.presence === 'ptr' ? null : goShown(field.shape!, value ?? {});
  if (value === undefined) return field.presence === 'ptr' ? null : (zeros[field.type] ?? null);
  // A list that Go would write in any case is there whether it was given or not
  if (field.type === 'list' && field.presence === undefined && (value as readonly unknown[]).length === 0) return null;
  if (field.type === 'list') return (value as readonly unknown[]).map((item) => shownField(field.of!, item));
  if (field.type !== 'map') return value;
  const entries = Object.entries(value as object).map(([key, item]) => [key, shownField(field.of!, item)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * A value as upstream's validation shows values of its internal types, which have no JSON names: every field, by its Go name.
 * `undefined` stays for a missing pointer.
 */
export function goShown(shape: Shape, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (isTagged(shape)) return value;
  const shown: Record<string, unknown> = {};
  for (const { field, goName, of } of planOf(shape)) {
    const given = (value as Record<string, unknown>)[field];
    if (of.type === 'object' && of.shape!.name.endsWith('.ObjectMeta')) Object.assign(shown, given);
    else shown[goName] = shownField(of, given);
  }
  return shown;
}

/** The part of the internal type of pods that is elsewhere in the published one. */
export function goShownPodSpec(shape: Shape, spec: Readonly<Record<string, any>>): unknown {
  const shown = goShown(shape, spec) as Record<string, unknown>;
  const host = { HostNetwork: spec.hostNetwork ?? false, HostPID: spec.hostPID ?? false, HostIPC: spec.hostIPC ?? false };
  const context = goShown(shape.fields.securityContext!.shape!, spec.securityContext ?? {}) as object;
  const shared = { ShareProcessNamespace: spec.shareProcessNamespace ?? null, HostUsers: spec.hostUsers ?? null };
  return { ...shown, SecurityContext: { ...host, ...shared, ...context } };
}
