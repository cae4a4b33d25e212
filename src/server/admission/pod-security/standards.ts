import * as checks from './checks.ts';
import type { Check, CheckedPod, Violation } from './checks.ts';
import type { LevelVersion, Version } from './levels.ts';

/** Which checks make up the levels of the Pod Security Standards, from which minor version of Kubernetes on. */
interface Row {
  readonly id: string;
  readonly level: 'baseline' | 'restricted';
  /** From oldest to newest. */
  readonly versions: readonly (readonly [since: Version, check: Check])[];
  /** A baseline check that this one makes pointless. */
  readonly overrides?: string;
}

const selinuxTypes = ['container_t', 'container_init_t', 'container_kvm_t'];
const sysctls = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const sysctls27 = [...sysctls, 'net.ipv4.ip_local_reserved_ports'];
const keepalive = ['tcp_keepalive_time', 'tcp_fin_timeout', 'tcp_keepalive_intvl', 'tcp_keepalive_probes'];
const sysctls29 = [...sysctls27, ...keepalive.map((name) => `net.ipv4.${name}`)];
const sysctls32 = [...sysctls29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];

/** In the order in which violations are told. */
const rows: readonly Row[] = [
  { id: 'appArmorProfile', level: 'baseline', versions: [[0, checks.appArmorProfile]] },
  { id: 'capabilities_baseline', level: 'baseline', versions: [[0, checks.capabilitiesBaseline]] },
  { id: 'hostNamespaces', level: 'baseline', versions: [[0, checks.hostNamespaces]] },
  { id: 'hostPathVolumes', level: 'baseline', versions: [[0, checks.hostPathVolumes]] },
  { id: 'hostPorts', level: 'baseline', versions: [[0, checks.hostPorts]] },
  { id: 'hostProbesAndHostLifecycle', level: 'baseline', versions: [[34, checks.hostProbesAndHostLifecycle]] },
  { id: 'privileged', level: 'baseline', versions: [[0, checks.privileged]] },
  {
    id: 'procMount',
    level: 'baseline',
    versions: [
      [0, checks.procMount],
      [35, checks.unlessUserNamespace(checks.procMount)],
    ],
  },
  {
    id: 'seLinuxOptions',
    level: 'baseline',
    versions: [
      [0, checks.seLinuxOptions(selinuxTypes)],
      [31, checks.seLinuxOptions([...selinuxTypes, 'container_engine_t'])],
    ],
  },
  {
    id: 'seccompProfile_baseline',
    level: 'baseline',
    versions: [
      [0, checks.seccompAnnotations],
      [19, checks.seccompProfile],
    ],
  },
  {
    id: 'sysctls',
    level: 'baseline',
    versions: [
      [0, checks.sysctls(sysctls)],
      [27, checks.sysctls(sysctls27)],
      [29, checks.sysctls(sysctls29)],
      [32, checks.sysctls(sysctls32)],
    ],
  },
  { id: 'windowsHostProcess', level: 'baseline', versions: [[0, checks.windowsHostProcess]] },
  {
    id: 'allowPrivilegeEscalation',
    level: 'restricted',
    versions: [
      [8, checks.allowPrivilegeEscalation],
      [25, checks.unlessWindows(checks.allowPrivilegeEscalation)],
    ],
  },
  {
    id: 'capabilities_restricted',
    level: 'restricted',
    versions: [
      [22, checks.capabilitiesRestricted],
      [25, checks.unlessWindows(checks.capabilitiesRestricted)],
    ],
    overrides: 'capabilities_baseline',
  },
  { id: 'procMount_restricted', level: 'restricted', versions: [[35, checks.procMount]], overrides: 'procMount' },
  { id: 'restrictedVolumes', level: 'restricted', versions: [[0, checks.restrictedVolumes]], overrides: 'hostPathVolumes' },
  {
    id: 'runAsNonRoot',
    level: 'restricted',
    versions: [
      [0, checks.runAsNonRoot],
      [35, checks.unlessUserNamespace(checks.runAsNonRoot)],
    ],
  },
  {
    id: 'runAsUser',
    level: 'restricted',
    versions: [
      [23, checks.runAsUser],
      [35, checks.unlessUserNamespace(checks.runAsUser)],
    ],
  },
  {
    id: 'seccompProfile_restricted',
    level: 'restricted',
    versions: [
      [19, checks.seccompProfileRequired],
      [25, checks.unlessWindows(checks.seccompProfileRequired)],
    ],
    overrides: 'seccompProfile_baseline',
  },
];

const checkAt = ({ versions }: Row, version: Version): Check | undefined => versions.findLast(([since]) => since <= version)?.[1];

function checksOf({ level, version }: LevelVersion): readonly Check[] {
  if (level === 'privileged') return [];
  const held = rows
    .filter((row) => level === 'restricted' || row.level === 'baseline')
    .filter((row) => checkAt(row, version) !== undefined);
  const overridden = held.map(({ overrides }) => overrides);
  return held.filter(({ id }) => !overridden.includes(id)).map((row) => checkAt(row, version)!);
}

/** What a pod does that the level forbids. */
export const violationsOf = (level: LevelVersion, pod: CheckedPod): readonly Violation[] =>
  checksOf(level).flatMap((check) => check(pod) ?? []);

export const detailsText = (violations: readonly Violation[]): string =>
  violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
export const reasonsText = (violations: readonly Violation[]): string => violations.map(({ reason }) => reason).join(', ');
