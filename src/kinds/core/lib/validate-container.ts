import { isPortName } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { dnsLabel, type Errors, invalidIf, oneOf, portNumber, required } from '../../lib/validate.ts';
import type { Container, ContainerPort, EphemeralContainer, VolumeDevice, VolumeMount } from '../shapes/container.ts';
import type { PodSpec } from '../shapes/pod-spec.ts';
import type { Volume } from '../shapes/volumes.ts';
import { validateEnv, validateEnvFrom } from './validate-environment.ts';
import { descendingPath, noBacksteps } from './validate-paths.ts';
import { validateLifecycle, validateProbes } from './validate-probes.ts';
import { validateResources } from './validate-resources.ts';
import { validateSecurityContext } from './validate-security-context.ts';

/** What containers are checked against. */
export interface ContainerContext {
  readonly spec: PodSpec;
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly claimNames: ReadonlySet<string>;
}
const protocols = ['SCTP', 'TCP', 'UDP'];
const restartPolicies = ['Always', 'Never', 'OnFailure'];

function* validatePorts(ports: readonly ContainerPort[], path: string): Errors {
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `${path}[${index}]`;
    if (port.name) {
      const wrong = isPortName(port.name);
      if (wrong.length > 0) yield* invalidIf(wrong, `${at}.name`, port.name);
      else if (names.has(port.name)) yield fieldError.duplicate(`${at}.name`, port.name);
      names.add(port.name);
    }
    if (port.containerPort === 0) yield fieldError.required(`${at}.containerPort`);
    else yield* portNumber(`${at}.containerPort`, port.containerPort);
    if (port.hostPort) yield* portNumber(`${at}.hostPort`, port.hostPort);
    yield* required(`${at}.protocol`, port.protocol, protocols);
  }
}
/** A port of the host goes to one container. */
function* hostPortConflicts(containers: readonly Container[], path: string): Errors {
  const taken = new Set<string>();
  for (const [index, container] of containers.entries()) {
    if (container.ports === undefined) continue;
    for (const [position, port] of container.ports.entries()) {
      if (!port.hostPort) continue;
      const text = `${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(text)) yield fieldError.duplicate(`${path}[${index}].ports[${position}].hostPort`, text);
      taken.add(text);
    }
  }
}

function* validateMount(mount: VolumeMount, container: Container | EphemeralContainer, path: string): Errors {
  if (mount.subPath) yield* descendingPath(`${path}.subPath`, mount.subPath);
  if (mount.mountPropagation !== undefined) {
    yield* oneOf(`${path}.mountPropagation`, mount.mountPropagation, ['Bidirectional', 'HostToContainer', 'None']);
    if (mount.mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true)
      yield fieldError.forbidden(`${path}.mountPropagation`, 'Bidirectional mount propagation is available only to privileged containers');
  }
  const recursive = mount.recursiveReadOnly;
  if (recursive === undefined || recursive === 'Disabled') return;
  const at = `${path}.recursiveReadOnly`;
  if (recursive !== 'Enabled' && recursive !== 'IfPossible')
    return yield fieldError.notSupported(at, recursive, ['Disabled', 'Enabled', 'IfPossible']);
  if (mount.readOnly !== true) yield fieldError.forbidden(at, 'may only be specified when readOnly is true');
  if (mount.mountPropagation !== undefined && mount.mountPropagation !== 'None')
    yield fieldError.forbidden(at, 'may only be specified when mountPropagation is None or not specified');
}

function* validateMounts(container: Container | EphemeralContainer, volumes: ContainerContext['volumes'], path: string): Errors {
  const paths = new Set<string>();
  const devices = container.volumeDevices ?? [];
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (mount.name === '') yield fieldError.required(`${at}.name`);
    if (!volumes.has(mount.name)) yield fieldError.notFound(`${at}.name`, mount.name);
    if (mount.mountPath === '') yield fieldError.required(`${at}.mountPath`);
    if (paths.has(mount.mountPath)) yield fieldError.invalid(`${at}.mountPath`, mount.mountPath, 'must be unique');
    paths.add(mount.mountPath);
    if (devices.some((device) => device.name === mount.name))
      yield fieldError.invalid(`${at}.name`, mount.name, 'must not already exist in volumeDevices');
    if (devices.some((device) => device.devicePath === mount.mountPath))
      yield fieldError.invalid(`${at}.mountPath`, mount.mountPath, 'must not already exist as a path in volumeDevices');
    if (mount.subPathExpr) {
      if (mount.subPath) yield fieldError.invalid(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive');
      yield* descendingPath(`${path}.subPathExpr`, mount.subPathExpr);
    }
    yield* validateMount(mount, container, path);
  }
}
function* validateDevices(
  devices: readonly VolumeDevice[],
  mounts: readonly VolumeMount[],
  volumes: ContainerContext['volumes'],
  path: string,
): Errors {
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const [index, { name, devicePath }] of devices.entries()) {
    const at = `${path}[${index}]`;
    const volume = volumes.get(name);
    if (name === '') yield fieldError.required(`${at}.name`);
    if (names.has(name)) yield fieldError.invalid(`${at}.name`, name, 'must be unique');
    if (volume === undefined) yield fieldError.notFound(`${at}.name`, name);
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
      const rule = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      yield fieldError.invalid(`${at}.name`, name, rule);
    }
    if (devicePath === '') yield fieldError.required(`${at}.devicePath`);
    if (paths.has(devicePath)) yield fieldError.invalid(`${at}.devicePath`, devicePath, 'must be unique');
    if (devicePath !== '' && [...noBacksteps('', devicePath)].length > 0)
      yield fieldError.invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (mounts.some((mount) => mount.name === name)) yield fieldError.invalid(`${at}.name`, name, 'must not already exist in volumeMounts');
    if (mounts.some((mount) => mount.mountPath === devicePath))
      yield fieldError.invalid(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts');
    if (name !== '') names.add(name);
  }
}

function* validateResizePolicy(container: Container | EphemeralContainer, podRestartPolicy: string | undefined, path: string): Errors {
  const seen = new Set<string>();
  for (const [index, { resourceName, restartPolicy }] of (container.resizePolicy ?? []).entries()) {
    if (seen.has(resourceName)) yield fieldError.duplicate(`${path}[${index}]`, resourceName);
    seen.add(resourceName);
    yield* required(path, resourceName, ['cpu', 'memory']);
    yield* required(path, restartPolicy, ['NotRequired', 'RestartContainer']);
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired')
      yield fieldError.invalid(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
  }
}

function* validateRestartPolicy({ restartPolicy, restartPolicyRules = [] }: Container, path: string): Errors {
  const at = `${path}.restartPolicyRules`;
  if (restartPolicy === undefined) {
    if (restartPolicyRules.length === 0) return;
    yield fieldError.required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used');
  } else yield* oneOf(`${path}.restartPolicy`, restartPolicy, restartPolicies);
  if (restartPolicyRules.length > 20) yield fieldError.tooMany(at, restartPolicyRules.length, 20);
  for (const [index, { action, exitCodes }] of restartPolicyRules.entries()) {
    yield* oneOf(`${at}[${index}].action`, action ?? '', ['Restart', 'RestartAllContainers']);
    if (exitCodes === undefined) {
      yield fieldError.required(`${at}[${index}].exitCodes`, 'must be specified');
      continue;
    }
    yield* oneOf(`${at}[${index}].exitCodes.operator`, exitCodes.operator ?? '', ['In', 'NotIn']);
    if ((exitCodes.values ?? []).length > 255) yield fieldError.tooMany(`${at}[${index}].exitCodes.values`, exitCodes.values!.length, 255);
  }
}

/** Of every type of container. */
function* validateCommon(container: Container | EphemeralContainer, context: ContainerContext, path: string): Errors {
  if (container.name === '') yield fieldError.required(`${path}.name`);
  else yield* dnsLabel(`${path}.name`, container.name);
  if (!container.image) yield fieldError.required(`${path}.image`);
  yield* required(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, ['File', 'FallbackToLogsOnError'], 'as given');
  if (container.ports !== undefined) yield* validatePorts(container.ports, `${path}.ports`);
  if (container.env !== undefined) yield* validateEnv(container.env, `${path}.env`);
  if (container.envFrom !== undefined) yield* validateEnvFrom(container.envFrom, `${path}.envFrom`);
  if (container.volumeMounts !== undefined) yield* validateMounts(container, context.volumes, `${path}.volumeMounts`);
  if (container.volumeDevices !== undefined)
    yield* validateDevices(container.volumeDevices, container.volumeMounts ?? [], context.volumes, `${path}.volumeDevices`);
  yield* required(`${path}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']);
  yield* validateResources(container.resources, context.claimNames, `${path}.resources`);
  if (container.resizePolicy !== undefined) yield* validateResizePolicy(container, context.spec.restartPolicy, `${path}.resizePolicy`);
  if (container.securityContext !== undefined)
    yield* validateSecurityContext(container.securityContext, `${path}.securityContext`, context.spec.hostUsers !== false);
}
/** Pods only: templates made before this rule stay valid. */
export function* validateImageSpace(containers: readonly (Container | EphemeralContainer)[], path: string): Errors {
  for (const [index, { image = '' }] of containers.entries())
    if (image !== image.trim()) yield fieldError.invalid(`${path}[${index}].image`, image, 'must not have leading or trailing whitespace');
}

const lifeOf = ({ spec }: ContainerContext) => ({ graceSeconds: spec.terminationGracePeriodSeconds, os: spec.os?.name });

export function* validateContainers(context: ContainerContext, path: string): Errors {
  const { containers } = context.spec;
  if (containers.length === 0) return yield fieldError.required(path);
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const at = `${path}[${index}]`;
    yield* validateCommon(container, context, at);
    if (names.has(container.name)) yield fieldError.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    if (container.lifecycle !== undefined) yield* validateLifecycle(container.lifecycle, lifeOf(context), `${at}.lifecycle`);
    yield* validateProbes(container, at);
    if (container.restartPolicy !== undefined || container.restartPolicyRules !== undefined) yield* validateRestartPolicy(container, at);
  }
  yield* hostPortConflicts(containers, path);
}

export function* validateInitContainers(context: ContainerContext, path: string): Errors {
  const names = new Set(context.spec.containers.map((container) => container.name));
  for (const [index, container] of (context.spec.initContainers ?? []).entries()) {
    const at = `${path}[${index}]`;
    const isSidecar = container.restartPolicy === 'Always';
    yield* validateCommon(container, context, at);
    yield* validateRestartPolicy(container, at);
    if (names.has(container.name)) yield fieldError.duplicate(`${at}.name`, container.name);
    if (container.name !== '') names.add(container.name);
    yield* hostPortConflicts([container], path);
    if (isSidecar) {
      if (container.lifecycle !== undefined) yield* validateLifecycle(container.lifecycle, lifeOf(context), `${at}.lifecycle`);
      yield* validateProbes(container, at);
      continue;
    }
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
      if (container[field] !== undefined)
        yield fieldError.forbidden(`${at}.${field}`, 'may not be set for init containers without restartPolicy=Always');
    for (const [position, { restartPolicy }] of (container.resizePolicy ?? []).entries()) {
      const rule = "must not be set to 'RestartContainer' for non-sidecar initContainers";
      if (restartPolicy === 'RestartContainer')
        yield fieldError.invalid(`${at}.resizePolicy[${position}].restartPolicy`, restartPolicy, rule);
    }
  }
}

/** In the order in which upstream's containers have them. */
const notEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;

export function* validateEphemeralContainers(context: ContainerContext, path: string): Errors {
  const { containers, initContainers = [], ephemeralContainers = [] } = context.spec;
  const others = new Set([...containers, ...initContainers].map((container) => container.name));
  const names = new Set(others);
  for (const [index, container] of ephemeralContainers.entries()) {
    const at = `${path}[${index}]`;
    yield* validateCommon(container, context, at);
    const image = container.image ?? '';
    if (image !== image.trim()) yield fieldError.invalid(`${at}.image`, image, 'must not have leading or trailing whitespace');
    if (names.has(container.name)) yield fieldError.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    if (container.targetContainerName && !others.has(container.targetContainerName))
      yield fieldError.notFound(`${at}.targetContainerName`, container.targetContainerName);
    for (const field of notEphemeral)
      if (field === 'resources' ? Object.keys(container.resources).length > 0 : container[field] !== undefined)
        yield fieldError.forbidden(`${at}.${field}`, 'cannot be set for an Ephemeral Container');
    for (const [position, mount] of (container.volumeMounts ?? []).entries())
      for (const field of ['subPath', 'subPathExpr'] as const)
        if (mount[field])
          yield fieldError.forbidden(`${at}.volumeMounts[${position}].${field}`, 'cannot be set for an Ephemeral Container');
  }
}
