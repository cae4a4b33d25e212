import { chmod, lstat, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { ObjectReader } from './context.ts';
import { expand } from './expand.ts';
import type { Allocatable } from './field-ref.ts';
import type { ContainerInstance, PodFiles } from './files.ts';
import { hostsFile, mountsHosts } from './hosts.ts';
import type { Mounter } from './mounter.ts';
import type { Mount } from './runtime.ts';
import { podLogFolder } from './sandbox-config.ts';
import type { AnyContainer, BackedVolume, Pod, Volume, VolumeMount } from './types.ts';
import { configMapVolume } from './volumes/config-map.ts';
import { downwardApiVolume } from './volumes/downward-api.ts';
import { emptyDirVolume } from './volumes/empty-dir.ts';
import { hostPathVolume } from './volumes/host-path.ts';
import { imageVolume } from './volumes/image.ts';
import { localVolume } from './volumes/local.ts';
import { bindSubPath } from './volumes/lib/sub-path.ts';
import type { VolumeContext, VolumeType } from './volumes/lib/volume.ts';
import { projectedVolume } from './volumes/projected.ts';
import { secretVolume } from './volumes/secret.ts';

const volumeTypes: readonly VolumeType[] = [
  configMapVolume,
  downwardApiVolume,
  emptyDirVolume,
  hostPathVolume,
  imageVolume,
  localVolume,
  projectedVolume,
  secretVolume,
];

export interface DiskFilesOptions {
  readonly stateDir: string;
  readonly podLogDir: string;
  readonly mounts: Mounter;
  readonly reader: ObjectReader;
  readonly clock: Clock;
  readonly clusterDomain: string;
  readonly nodeIps: readonly string[];
  readonly allocatable: Allocatable;
  readonly pullImage: (pod: Pod, volume: Volume) => Promise<string>;
  readonly addressesOf: (podUid: string) => readonly string[];
}
const tailBytes = 2048;
const tailLines = 80;
const messageBytes = 4096;

const typeOf = (volume: BackedVolume) => volumeTypes.find((one) => (volume as unknown as Record<string, unknown>)[one.type] !== undefined);
const propagation = { HostToContainer: 'HOST_TO_CONTAINER', Bidirectional: 'BIDIRECTIONAL', None: 'PRIVATE' } as const;

/** Volumes and other files of pods under the node's state folder: pods/<uid>/{volumes,volume-subpaths,containers,etc-hosts}. */
export function createDiskFiles(options: DiskFilesOptions): PodFiles {
  const { stateDir, podLogDir, mounts, reader, clock, nodeIps, allocatable } = options;
  const podDir = (uid: string) => join(stateDir, 'pods', uid);
  const volumeDir = (uid: string, type: string, name: string) => join(podDir(uid), 'volumes', `kubernetes.io~${type.toLowerCase()}`, name);
  /** Volumes of pods that are set up, by the pods' uid. */
  const backed = new Map<string, readonly BackedVolume[]>();
  const locate = (pod: Pod, volume: BackedVolume, type: VolumeType) =>
    type.hostPath?.(volume) ?? volumeDir(pod.metadata.uid, type.type, volume.name);

  async function setUp(pod: Pod, volume: BackedVolume): Promise<void> {
    const type = typeOf(volume);
    if (type === undefined) {
      throw new Error(
        `Unable to attach or mount volumes: unmounted volumes=[${volume.name}]: this node does not support volumes of that type`,
      );
    }
    const context: VolumeContext = {
      pod,
      volume,
      path: volumeDir(pod.metadata.uid, type.type, volume.name),
      reader,
      mounts,
      clock,
      allocatable,
      podIps: options.addressesOf(pod.metadata.uid),
      hostIps: nodeIps,
      pullImage: () => options.pullImage(pod, volume),
    };
    try {
      await type.setUp(context);
    } catch (error) {
      throw new Error(`MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`);
    }
  }

  async function volumeMount(
    pod: Pod,
    container: AnyContainer,
    mount: VolumeMount,
    index: number,
    environment: ReadonlyMap<string, string>,
  ): Promise<Mount> {
    const volume = backed.get(pod.metadata.uid)?.find((one) => one.name === mount.name);
    const type = volume && typeOf(volume);
    if (volume === undefined || type === undefined)
      throw new Error(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
    let hostPath = locate(pod, volume, type);
    let subPath = mount.subPath ?? '';
    if (mount.subPathExpr) {
      const missing = new Set<string>();
      subPath = expand(mount.subPathExpr, (name) => {
        const text = environment.get(name);
        if (!text) missing.add(name);
        return text ?? '';
      });
      if (missing.size > 0) throw new Error(`missing value for ${[...missing].sort().join(', ')}`);
    }
    if (subPath !== '') {
      const target = join(podDir(pod.metadata.uid), 'volume-subpaths', volume.name, container.name, String(index));
      hostPath = await bindSubPath(mounts, hostPath, subPath, target);
    } else if (type === hostPathVolume && (await lstat(`${mounts.pathPrefix?.() ?? ''}${hostPath}`).catch(() => undefined)) === undefined) {
      await mkdir(`${mounts.pathPrefix?.() ?? ''}${hostPath}`, { recursive: true, mode: 0o755 });
    }
    const readonly =
      mount.readOnly === true ||
      volume.readOnly === true ||
      ['configMap', 'secret', 'downwardAPI', 'projected', 'image'].includes(type.type);
    return {
      containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
      hostPath,
      readonly,
      propagation: propagation[(mount.mountPropagation || 'None') as keyof typeof propagation] ?? 'PRIVATE',
    };
  }

  async function hostsMount(pod: Pod, container: AnyContainer, instance: ContainerInstance): Promise<readonly Mount[]> {
    if (mountsHosts((container.volumeMounts ?? []).map((one) => one.mountPath))) return [];
    const hostPath = join(podDir(pod.metadata.uid), 'etc-hosts');
    const nodeHosts = pod.spec?.hostNetwork ? await readFile('/etc/hosts', 'utf8').catch(() => '') : '';
    await writeFile(hostPath, hostsFile(pod, instance.podIps, instance.hostname, instance.domain, nodeHosts));
    await chmod(hostPath, 0o644);
    return [{ containerPath: '/etc/hosts', hostPath, readonly: false, propagation: 'PRIVATE' }];
  }

  async function terminationMount(pod: Pod, container: AnyContainer, instance: ContainerInstance): Promise<readonly Mount[]> {
    const containerPath = container.terminationMessagePath || '';
    if (containerPath === '') return [];
    const folder = join(podDir(pod.metadata.uid), 'containers', container.name);
    await mkdir(folder, { recursive: true });
    const hostPath = join(folder, `${instance.attempt}-${clock.now().toString(16)}`);
    await writeFile(hostPath, '');
    await chmod(hostPath, 0o666);
    return [{ containerPath, hostPath, readonly: false, propagation: 'PRIVATE' }];
  }

  async function unmountAll(uid: string): Promise<void> {
    const subPaths = join(podDir(uid), 'volume-subpaths');
    for (const entry of await readdir(subPaths, { recursive: true, withFileTypes: true }).catch(() => [])) {
      const path = join(entry.parentPath, entry.name);
      if (path.slice(subPaths.length + 1).split('/').length === 3) await mounts.unmount(path);
    }
    const volumes = join(podDir(uid), 'volumes');
    for (const kind of await readdir(volumes).catch(() => [])) {
      const type = volumeTypes.find((one) => `kubernetes.io~${one.type.toLowerCase()}` === kind);
      for (const name of await readdir(join(volumes, kind)).catch(() => []))
        await type?.tearDown?.({ path: join(volumes, kind, name), mounts });
    }
  }

  return {
    async logDirectory(pod) {
      const path = join(podLogDir, podLogFolder(pod));
      await mkdir(path, { recursive: true, mode: 0o755 });
      return path;
    },
    async setUpVolumes(pod, volumes) {
      await mkdir(podDir(pod.metadata.uid), { recursive: true, mode: 0o750 });
      for (const volume of volumes) await setUp(pod, volume);
      backed.set(pod.metadata.uid, volumes);
    },
    async mountsFor(pod, container, environment, instance) {
      const list: Mount[] = [];
      for (const [index, mount] of (container.volumeMounts ?? []).entries())
        list.push(await volumeMount(pod, container, mount, index, environment));
      return [...list, ...(await hostsMount(pod, container, instance)), ...(await terminationMount(pod, container, instance))];
    },
    async terminationMessage(path) {
      const file = await open(path, 'r').catch(() => undefined);
      if (file === undefined) return '';
      try {
        const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(messageBytes), position: 0 });
        return buffer.subarray(0, bytesRead).toString('utf8');
      } finally {
        await file.close();
      }
    },
    async logTail(path) {
      const file = await open(path, 'r').catch(() => undefined);
      if (file === undefined) return '';
      try {
        const { size } = await file.stat();
        const length = Math.min(size, 16 * tailBytes);
        const { buffer } = await file.read({ buffer: Buffer.alloc(length), position: size - length });
        const lines = buffer
          .toString('utf8')
          .split('\n')
          .filter((line) => line !== '')
          .slice(-tailLines);
        const text = lines
          .map((line) => /^\S+ std(?:out|err) ([FP])\S* ?(.*)$/s.exec(line))
          .map((match) => (match ? `${match[2]}${match[1] === 'F' ? '\n' : ''}` : ''))
          .join('');
        return Buffer.from(text).subarray(-tailBytes).toString('utf8');
      } finally {
        await file.close();
      }
    },
    async tearDown(uid) {
      backed.delete(uid);
      if ((await lstat(podDir(uid)).catch(() => undefined)) === undefined) return;
      await unmountAll(uid);
      await rm(podDir(uid), { recursive: true, force: true });
    },
    async removeLogs({ namespace, name, uid }) {
      if (uid !== '') await rm(join(podLogDir, `${namespace}_${name}_${uid}`), { recursive: true, force: true });
    },
    podUids: async () => await readdir(join(stateDir, 'pods')).catch(() => []),
  };
}
