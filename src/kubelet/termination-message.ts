import { annotationNames } from './labels.ts';
import type { PodFiles } from './files.ts';
import type { ObservedPod } from './observed.ts';
import type { ContainerStatus } from './runtime.ts';
import type { Pod } from './types.ts';

const maxMessageBytes = 4096;

/** The last words of ended containers: the file at terminationMessagePath, or the end of the log. Read once for each instance. */
export class TerminationMessages {
  readonly #files: PodFiles;
  readonly #texts = new Map<string, string>();
  constructor(files: PodFiles) {
    this.#files = files;
  }
  of(containerId: string): string {
    return this.#texts.get(containerId) ?? '';
  }
  async collect(_pod: Pod, observed: ObservedPod): Promise<void> {
    for (const one of observed.containers) {
      if (one.state === 'EXITED' && !this.#texts.has(one.id)) this.#texts.set(one.id, await this.#read(one));
    }
    for (const id of this.#texts.keys()) if (!observed.containers.some((one) => one.id === id)) this.#texts.delete(id);
  }
  async #read(status: ContainerStatus): Promise<string> {
    const path = status.annotations[annotationNames.terminationMessagePath];
    const mount = path === undefined || path === '' ? undefined : status.mounts.find((one) => one.containerPath === path);
    const fallback = status.annotations[annotationNames.terminationMessagePolicy] === 'FallbackToLogsOnError';
    let text = mount === undefined ? '' : (await this.#files.terminationMessage(mount.hostPath)).slice(0, maxMessageBytes);
    if (text === '' && fallback && status.exitCode !== 0) text = await this.#files.logTail(status.logPath);
    return text === '' ? status.message : text;
  }
}
