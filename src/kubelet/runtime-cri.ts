import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { createCriClient } from './cri/client.ts';
import {
  containerConfigOf,
  containerFrom,
  containerStatusFrom,
  imageFrom,
  resourcesOf,
  sandboxConfigOf,
  sandboxFrom,
  sandboxStatusFrom,
  statsFrom,
} from './cri/convert.ts';
import { containerEvents } from './cri/events.ts';
import { type Runtime, RuntimeError } from './runtime.ts';
import { connectPortForward, connectRemoteCommand } from './streaming/remote-client.ts';

export interface CriRuntimeOptions {
  readonly socketPath: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of the node's pod CIDR, before the first pod: writes the network configuration. */
  readonly onPodCidr?: (cidr: string) => Promise<void>;
}

/** How long a call may take. Starting and stopping run programs and CNI plugins; a pull takes what it takes. */
const readTimeoutMs = 10_000;
const changeTimeoutMs = 120_000;
const pullTimeoutMs = 30 * 60_000;
/** Beyond the grace that a call itself waits. */
const slackMs = 30_000;
const podUidLabel = 'io.kubernetes.pod.uid';

/** The runtime behind a CRI socket (containerd). Everything throws RuntimeError. */
export function createCriRuntime({ socketPath, clock, onPodCidr }: CriRuntimeOptions): Runtime & { close(): void } {
  const client = createCriClient(socketPath, clock);
  const { call } = client;
  /** A container's sandbox never changes; CRI tells it in lists only. */
  const sandboxOf = new Map<string, string>();
  const listContainers: Runtime['listContainers'] = async (filter = {}) => {
    const { containers } = await call(
      'ListContainers',
      { filter: { podSandboxId: filter.sandboxId, labelSelector: filter.podUid === undefined ? {} : { [podUidLabel]: filter.podUid } } },
      readTimeoutMs,
    );
    const unfiltered = filter.sandboxId === undefined && filter.podUid === undefined;
    if (unfiltered) sandboxOf.clear();
    for (const { id, podSandboxId } of containers) sandboxOf.set(id, podSandboxId);
    return containers.map(containerFrom);
  };
  const streamUrl = (url: string) => {
    if (url === '') throw new RuntimeError('Internal', 'the runtime gave no streaming address');
    return new URL(url);
  };

  return {
    close: () => client.close(),
    async version() {
      const reply = await call('Version', { version: 'v1' }, readTimeoutMs);
      return { name: reply.runtimeName, version: reply.runtimeVersion, apiVersion: reply.runtimeApiVersion };
    },
    async status() {
      const reply = await call('Status', { verbose: true }, readTimeoutMs);
      const conditions = reply.status?.conditions ?? [];
      const failing = conditions.filter(({ status }) => !status);
      return {
        runtimeReady: conditions.some(({ type, status }) => type === 'RuntimeReady' && status),
        networkReady: conditions.some(({ type, status }) => type === 'NetworkReady' && status),
        message: failing.map(({ type, reason, message }) => `${type}=false reason:${reason} message:${message}`).join('; '),
        handlers: handlersFrom(
          reply.runtimeHandlers.map(({ name }) => name),
          reply.info.config,
        ),
      };
    },
    setPodCidr: (cidr) => onPodCidr?.(cidr) ?? Promise.resolve(),

    async runPodSandbox(config, runtimeHandler) {
      const { podSandboxId } = await call('RunPodSandbox', { config: sandboxConfigOf(config), runtimeHandler }, changeTimeoutMs * 2);
      return podSandboxId;
    },
    async stopPodSandbox(id) {
      await call('StopPodSandbox', { podSandboxId: id }, changeTimeoutMs);
    },
    async removePodSandbox(id) {
      await call('RemovePodSandbox', { podSandboxId: id }, changeTimeoutMs);
    },
    async listPodSandboxes(filter = {}) {
      const { items } = await call(
        'ListPodSandbox',
        {
          filter: {
            state: filter.state && { state: `SANDBOX_${filter.state}` as const },
            labelSelector: filter.podUid === undefined ? {} : { [podUidLabel]: filter.podUid },
          },
        },
        readTimeoutMs,
      );
      return items.map(sandboxFrom);
    },
    async podSandboxStatus(id) {
      const { status } = await call('PodSandboxStatus', { podSandboxId: id }, readTimeoutMs);
      if (status === undefined) throw new RuntimeError('NotFound', `sandbox "${id}": not found`);
      return sandboxStatusFrom(status);
    },

    async createContainer(sandboxId, config, sandbox) {
      const { containerId } = await call(
        'CreateContainer',
        { podSandboxId: sandboxId, config: containerConfigOf(config), sandboxConfig: sandboxConfigOf(sandbox) },
        changeTimeoutMs,
      );
      sandboxOf.set(containerId, sandboxId);
      return containerId;
    },
    async startContainer(id) {
      await call('StartContainer', { containerId: id }, changeTimeoutMs);
    },
    async stopContainer(id, graceMs) {
      const timeout = Math.max(0, Math.ceil(graceMs / 1000));
      await call('StopContainer', { containerId: id, timeout }, timeout * 1000 + slackMs);
    },
    async removeContainer(id) {
      await call('RemoveContainer', { containerId: id }, changeTimeoutMs);
      sandboxOf.delete(id);
    },
    listContainers,
    async containerStatus(id) {
      const { status } = await call('ContainerStatus', { containerId: id }, readTimeoutMs);
      if (status === undefined) throw new RuntimeError('NotFound', `container "${id}": not found`);
      let sandboxId = sandboxOf.get(status.id);
      if (sandboxId === undefined) {
        const { containers } = await call('ListContainers', { filter: { id: status.id } }, readTimeoutMs);
        sandboxId = containers[0]?.podSandboxId ?? '';
        sandboxOf.set(status.id, sandboxId);
      }
      return containerStatusFrom(status, sandboxId);
    },
    async updateContainerResources(id, resources) {
      await call('UpdateContainerResources', { containerId: id, linux: resourcesOf(resources) }, changeTimeoutMs);
    },
    async reopenContainerLog(id) {
      await call('ReopenContainerLog', { containerId: id }, readTimeoutMs);
    },
    async execSync(id, command, timeoutMs) {
      const request = { containerId: id, cmd: command, timeout: Math.max(1, Math.ceil(timeoutMs / 1000)) };
      return await call('ExecSync', request, timeoutMs < 1000 ? Math.max(timeoutMs, 1) : timeoutMs + slackMs);
    },
    async exec(id, command, options) {
      const { url } = await call('Exec', { containerId: id, cmd: command, ...options }, readTimeoutMs);
      return await connectRemoteCommand(streamUrl(url), options, clock);
    },
    async attach(id, options) {
      const { url } = await call('Attach', { containerId: id, ...options }, readTimeoutMs);
      return await connectRemoteCommand(streamUrl(url), options, clock);
    },
    async portForward(sandboxId, port) {
      const { url } = await call('PortForward', { podSandboxId: sandboxId, port: [port] }, readTimeoutMs);
      return await connectPortForward(streamUrl(url), port, clock);
    },
    async listContainerStats() {
      const { stats } = await call('ListContainerStats', {}, readTimeoutMs);
      return stats.map(statsFrom);
    },
    async podNetworkStats(sandboxId) {
      const { stats } = await call('PodSandboxStats', { podSandboxId: sandboxId }, readTimeoutMs);
      const network = stats?.linux?.network?.defaultInterface;
      return network && { rxBytes: network.rxBytes?.value ?? 0, txBytes: network.txBytes?.value ?? 0 };
    },
    events: (signal) => containerEvents(client, clock, signal),

    async listImages() {
      const { images } = await call('ListImages', {}, readTimeoutMs);
      return images.map(imageFrom);
    },
    async imageStatus(reference) {
      const { image } = await call('ImageStatus', { image: { image: reference } }, readTimeoutMs);
      return image && imageFrom(image);
    },
    async pullImage(reference, auth) {
      const { imageRef } = await call('PullImage', { image: { image: reference }, auth }, pullTimeoutMs);
      return imageRef;
    },
    async removeImage(reference) {
      await call('RemoveImage', { image: { image: reference } }, changeTimeoutMs);
    },
    async imageFsInfo() {
      const { imageFilesystems } = await call('ImageFsInfo', {}, readTimeoutMs);
      const usage = imageFilesystems[0];
      return {
        mountpoint: usage?.fsId?.mountpoint ?? '',
        usedBytes: usage?.usedBytes?.value ?? 0,
        inodesUsed: usage?.inodesUsed?.value ?? 0,
      };
    },
  };
}

/** Newer runtimes list their handlers; containerd 1.6 tells them in its verbose configuration only. '' is the default one. */
function handlersFrom(listed: readonly string[], config: string | undefined): readonly string[] {
  if (listed.length > 0) return listed;
  try {
    const parsed = JSON.parse(config ?? '{}') as { containerd?: { runtimes?: Record<string, unknown> } };
    return ['', ...Object.keys(parsed.containerd?.runtimes ?? {})];
  } catch {
    return [''];
  }
}
