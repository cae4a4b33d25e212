import { fieldError } from '../../../api/status.ts';
import { goShown } from '../../lib/go-shown.ts';
import { type Errors, oneOf, within } from '../../lib/validate.ts';
import type { PodSpec } from '../shapes/pod-spec.ts';
import { type AppArmorProfile, type SeccompProfile, seccompProfile, type SecurityContext } from '../shapes/security-context.ts';
import { descendingPath } from './validate-paths.ts';
import { validateWindowsOptions } from './validate-windows-options.ts';

const longestId = 2147483647;
const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const longestProfile = 4095;

function* validateSeccomp(profile: SeccompProfile | undefined, path: string): Errors {
  if (profile === undefined) return;
  if (profile.type === '') yield fieldError.required(`${path}.type`, 'type is required when seccompProfile is set');
  else yield* oneOf(`${path}.type`, profile.type, profileTypes);
  const at = `${path}.localhostProfile`;
  if (profile.type === 'Localhost') {
    if (profile.localhostProfile === undefined) yield fieldError.required(at, 'must be set when seccomp type is Localhost');
    else yield* descendingPath(at, profile.localhostProfile);
  } else if (profile.localhostProfile !== undefined)
    yield fieldError.invalid(at, goShown(seccompProfile, profile), 'can only be set when seccomp type is Localhost');
}

function* validateAppArmor(profile: AppArmorProfile | undefined, path: string): Errors {
  if (profile === undefined) return;
  const at = `${path}.localhostProfile`;
  const local = profile.localhostProfile;
  if (profile.type === '') yield fieldError.required(`${path}.type`, 'type is required when appArmorProfile is set');
  else if (!profileTypes.includes(profile.type)) yield fieldError.notSupported(`${path}.type`, profile.type, profileTypes);
  else if (profile.type === 'Localhost') {
    if (local !== undefined && local !== local.trim()) yield fieldError.invalid(at, local, 'must not be padded with whitespace');
    else if (!local) yield fieldError.required(at, 'must be set when AppArmor type is Localhost');
    if ((local ?? '').length > longestProfile) yield fieldError.tooLong(at, longestProfile);
  } else if (local !== undefined) yield fieldError.invalid(at, local, 'can only be set when AppArmor type is Localhost');
}

function* validateIds(
  context: { readonly runAsUser?: number | undefined; readonly runAsGroup?: number | undefined },
  path: string,
): Errors {
  for (const field of ['runAsUser', 'runAsGroup'] as const)
    if (context[field] !== undefined) yield* within(`${path}.${field}`, context[field], 0, longestId);
}

export function* validateSecurityContext(context: SecurityContext | undefined, path: string, hostUsers: boolean): Errors {
  if (context === undefined) return;
  yield* validateIds(context, path);
  if (context.procMount !== undefined) {
    yield* oneOf(`${path}.procMount`, context.procMount, ['Default', 'Unmasked']);
    if (hostUsers && context.procMount === 'Unmasked')
      yield fieldError.invalid(`${path}.procMount`, context.procMount, '`hostUsers` must be false to use `Unmasked`');
  }
  yield* validateSeccomp(context.seccompProfile, `${path}.seccompProfile`);
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged === true)
      yield fieldError.invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true');
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN'))
      yield fieldError.invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN');
  }
  yield* validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`);
  yield* validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`);
}

const sysctlPattern = '([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const sysctlRegex = new RegExp(`^${sysctlPattern}$`);
const longestSysctl = 253;
const ipcSysctl = /^(kernel\.(sem|shm|msg)|fs\.mqueue\.)/;

function* validateSysctls(spec: PodSpec, path: string): Errors {
  const seen = new Set<string>();
  for (const [index, { name }] of (spec.securityContext?.sysctls ?? []).entries()) {
    const at = `${path}[${index}].name`;
    if (name === '') yield fieldError.required(at);
    else if (name.length > longestSysctl || !sysctlRegex.test(name))
      yield fieldError.invalid(at, name, `must have at most ${longestSysctl} characters and match regex ^${sysctlPattern}$`);
    else if (seen.has(name)) yield fieldError.duplicate(at, name);
    seen.add(name);
    const dotted = name.replaceAll('/', '.');
    if (spec.hostNetwork === true && dotted.startsWith('net.'))
      yield fieldError.invalid(at, name, "may not be specified when 'hostNetwork' is true");
    else if (spec.hostIPC === true && ipcSysctl.test(dotted))
      yield fieldError.invalid(at, name, "may not be specified when 'hostIPC' is true");
  }
}

/** The pod's own context. */
export function* validatePodSecurityContext(spec: PodSpec, path: string, old?: PodSpec): Errors {
  const context = spec.securityContext;
  if (spec.shareProcessNamespace === true && spec.hostPID === true)
    yield fieldError.invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled');
  if (context === undefined) return;
  if (context.fsGroup !== undefined) yield* within(`${path}.fsGroup`, context.fsGroup, 0, longestId);
  yield* validateIds(context, path);
  for (const [index, group] of (context.supplementalGroups ?? []).entries())
    yield* within(`${path}.supplementalGroups[${index}]`, group, 0, longestId);
  yield* validateSysctls(spec, `${path}.sysctls`);
  yield* oneOf(`${path}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']);
  yield* validateSeccomp(context.seccompProfile, `${path}.seccompProfile`);
  yield* validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`);
  yield* validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`);
  yield* oneOf(`${path}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ['Merge', 'Strict']);
  // MountOption takes the feature gate SELinuxMount, which is off; what has a policy may have any.
  const policies = old?.securityContext?.seLinuxChangePolicy === undefined ? ['Recursive'] : ['MountOption', 'Recursive'];
  yield* oneOf(`${path}.seLinuxChangePolicy`, context.seLinuxChangePolicy, policies);
}
