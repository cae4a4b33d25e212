import { formatDuration } from '../api/gotime.ts';
import type { Clock } from '../base/clock.ts';
import type { EventRecorder } from '../client/events.ts';
import { BackoffTable } from '../base/backoff-table.ts';
import { withDefaultTag } from './lib/image-name.ts';
import { credentialsFor, type PullSecret } from './pull-secrets.ts';
import type { RegistryAuth, Runtime } from './runtime.ts';
import type { AnyContainer, Pod } from './types.ts';
import { containerFieldPath } from './types.ts';

/** Why a container waits for its image; `reason` is what its waiting state shows. */
export class ImageError extends Error {
  readonly reason: string;
  /** When it makes sense to try again, on the monotonic clock. */
  readonly retryAtMs: number | undefined;
  constructor(reason: string, message: string, retryAtMs?: number) {
    super(message);
    this.name = 'ImageError';
    this.reason = reason;
    this.retryAtMs = retryAtMs;
  }
}
export interface ImagePuller {
  /** Gives the reference to create the container with. Throws ImageError. */
  ensure(pod: Pod, container: AnyContainer, secrets: () => Promise<readonly PullSecret[]>): Promise<string>;
  forget(podUid: string): void;
}

/** Pulls one image at a time, by the pull policy of each container, with back-off for each pod and image. */
export function createImagePuller(deps: { readonly runtime: Runtime; readonly clock: Clock; readonly events: EventRecorder }): ImagePuller {
  const { runtime, clock, events } = deps;
  const backoff = new BackoffTable();
  const failures = new Map<string, string>();
  let queue: Promise<unknown> = Promise.resolve();
  const oneByOne = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work, work);
    queue = done.catch(() => undefined);
    return done;
  };

  async function pull(
    pod: Pod,
    container: AnyContainer,
    reference: string,
    secrets: () => Promise<readonly PullSecret[]>,
  ): Promise<string> {
    const image = container.image ?? '';
    const say = (type: 'Normal' | 'Warning', reason: string, message: string) =>
      events.event(pod, type, reason, message, containerFieldPath(pod, container.name));
    const key = `${pod.metadata.uid}_${image}`;
    if (backoff.isWaitingSinceUpdate(key, clock.monotonic())) {
      const message = `Back-off pulling image "${image}"`;
      say('Normal', 'BackOff', message);
      const before = failures.get(key);
      throw new ImageError('ImagePullBackOff', before === undefined ? message : `${message}: ${before}`, backoff.untilMs(key));
    }
    failures.delete(key);
    say('Normal', 'Pulling', `Pulling image "${image}"`);
    const waitedFrom = clock.monotonic();
    const credentials = credentialsFor(image, await secrets());
    return await oneByOne(async () => {
      const from = clock.monotonic();
      try {
        const id = await pullWith(reference, credentials);
        const size = (await runtime.imageStatus(id).catch(() => undefined))?.sizeBytes ?? 0;
        const took = formatDuration(Math.floor(clock.monotonic() - from));
        const waited = formatDuration(Math.floor(clock.monotonic() - waitedFrom));
        say(
          'Normal',
          'Pulled',
          `Successfully pulled image "${image}" in ${took} (${waited} including waiting). Image size: ${size} bytes.`,
        );
        return id;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        say('Warning', 'Failed', `Failed to pull image "${image}": ${message}`);
        backoff.next(key, clock.monotonic());
        failures.set(key, `ErrImagePull: ${message}`);
        throw new ImageError('ErrImagePull', message, clock.monotonic());
      }
    });
  }
  async function pullWith(reference: string, credentials: readonly RegistryAuth[]): Promise<string> {
    let last: unknown;
    for (const auth of credentials.length === 0 ? [undefined] : credentials) {
      try {
        return await runtime.pullImage(reference, auth);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  return {
    async ensure(pod, container, secrets) {
      const image = container.image ?? '';
      const say = (type: 'Normal' | 'Warning', reason: string, message: string) =>
        events.event(pod, type, reason, message, containerFieldPath(pod, container.name));
      let reference: string;
      try {
        reference = withDefaultTag(image);
      } catch (error) {
        const message = `Failed to apply default image tag "${image}": ${(error as Error).message}`;
        say('Warning', 'InspectFailed', message);
        throw new ImageError('InvalidImageName', message);
      }
      const policy = container.imagePullPolicy || (reference.endsWith(':latest') ? 'Always' : 'IfNotPresent');
      if (policy === 'Always') return await pull(pod, container, reference, secrets);
      const present = await runtime.imageStatus(reference).catch((error: Error) => {
        const message = `Failed to inspect image "${reference}": ${error.message}`;
        say('Warning', 'InspectFailed', message);
        throw new ImageError('ImageInspectError', message);
      });
      if (present !== undefined) {
        say('Normal', 'Pulled', `Container image "${image}" already present on machine and can be accessed by the pod`);
        return present.id;
      }
      if (policy === 'Never') {
        const message = `Container image "${image}" is not present with pull policy of Never`;
        say('Warning', 'ErrImageNeverPull', message);
        throw new ImageError('ErrImageNeverPull', message);
      }
      return await pull(pod, container, reference, secrets);
    },
    forget(podUid) {
      backoff.forget(`${podUid}_`);
      for (const key of failures.keys()) if (key.startsWith(`${podUid}_`)) failures.delete(key);
    },
  };
}
