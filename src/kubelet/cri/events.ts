import { Channel } from '../../base/channel.ts';
import type { Clock } from '../../base/clock.ts';
import { RuntimeError, type RuntimeEvent } from '../runtime.ts';
import type { CriClient } from './client.ts';
import { type Decoded, decodeMessage } from '../../base/protobuf.ts';
import { anyEvent, streams, taskExit } from './messages.ts';

type Envelope = Decoded<typeof streams.taskEvents.reply>;

/** The CRI status follows containerd's exit event after some 25 ms: how long and how often to look for it. */
const settleLimitMs = 500;
const settleStepMs = 5;
const statusTimeoutMs = 2000;
const bound = 4096;

const byTopic: Readonly<Record<string, RuntimeEvent['type']>> = {
  '/containers/create': 'created',
  '/tasks/start': 'started',
  '/tasks/oom': 'oom',
  '/tasks/exit': 'exited',
  '/containers/delete': 'deleted',
};

/** What one of containerd's own events means for a container; undefined when it means nothing (execs, updates). */
export function runtimeEventFrom({ topic, event }: Pick<Envelope, 'topic' | 'event'>): RuntimeEvent | undefined {
  const type = byTopic[topic];
  if (type === undefined || event === undefined) return undefined;
  if (type !== 'exited') return { type, containerId: decodeMessage(anyEvent, event.value).containerId };
  const exit = decodeMessage(taskExit, event.value);
  return exit.id === exit.containerId ? { type, containerId: exit.containerId } : undefined;
}

/**
 * Containers' lives from containerd's event service (CRI's GetContainerEvents is not in containerd 1.6). An 'exited' is
 * held back until CRI's status says so too, so that its reader sees the exit code.
 */
export async function* containerEvents(client: CriClient, clock: Clock, signal: AbortSignal): AsyncIterable<RuntimeEvent> {
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const out = new Channel<RuntimeEvent>(bound);
  const read = async () => {
    const filters = ['namespace==k8s.io,topic~=^/tasks/(start|oom|exit)$', 'namespace==k8s.io,topic~=^/containers/(create|delete)$'];
    for await (const envelope of client.stream(streams.taskEvents, { filters }, both)) {
      const event = runtimeEventFrom(envelope);
      if (event?.type === 'exited') void settled(client, clock, event.containerId, both).then(() => out.push(event));
      else if (event !== undefined) out.push(event);
    }
  };
  const done = read()
    .catch((error) => {
      if (!(error instanceof RuntimeError && error.code === 'Unimplemented')) throw error;
      return readCri(client, out, both);
    })
    .then(
      () => out.close(),
      (error) => out.fail(error),
    );
  try {
    yield* out;
  } finally {
    ended.abort();
    await done;
  }
}

/** For runtimes that are not containerd. */
async function readCri(client: CriClient, out: Channel<RuntimeEvent>, signal: AbortSignal): Promise<void> {
  const types = {
    CONTAINER_CREATED_EVENT: 'created',
    CONTAINER_STARTED_EVENT: 'started',
    CONTAINER_STOPPED_EVENT: 'exited',
    CONTAINER_DELETED_EVENT: 'deleted',
  } as const;
  for await (const { containerId, containerEventType } of client.stream(streams.containerEvents, {}, signal)) {
    const type = types[containerEventType];
    if (type !== undefined) out.push({ type, containerId });
  }
}

/** Resolves when CRI no longer calls the container running, at the latest after `settleLimitMs`. Sandboxes are unknown to it: at once. */
async function settled(client: CriClient, clock: Clock, containerId: string, signal: AbortSignal): Promise<void> {
  const untilMs = clock.monotonic() + settleLimitMs;
  try {
    while (clock.monotonic() < untilMs) {
      const { status } = await client.call('ContainerStatus', { containerId }, statusTimeoutMs);
      if (status?.state !== 'CONTAINER_RUNNING' && status?.state !== 'CONTAINER_CREATED') return;
      await clock.sleep(settleStepMs, signal);
    }
  } catch {
    // gone, or the runtime went away: the event is told all the same
  }
}
