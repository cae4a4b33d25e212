import { watch } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { formatTime } from '../../api/gotime.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { InformerHandler } from '../../client/informer.ts';
import type { Pod } from '../types.ts';
import { parseManifest } from './manifest.ts';

const largestManifestBytes = 10 << 20;
/** An editor writes a file in several steps. */
const settleMs = 100;

export interface StaticPodsOptions {
  /** A folder of manifests, or one manifest. */
  readonly path: string;
  readonly nodeName: string;
  /** How often to look when nobody tells of a change. */
  readonly checkMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The pods that files on this machine ask for: https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/ */
export class StaticPods {
  readonly #options: StaticPodsOptions;
  readonly #handlers = new Set<InformerHandler<Pod>>();
  #pods: ReadonlyMap<string, Pod> = new Map();
  /** Files that were complained about, with their content's age: once is enough. */
  readonly #refused = new Map<string, number>();

  constructor(options: StaticPodsOptions) {
    this.#options = options;
  }
  list(): readonly Pod[] {
    return [...this.#pods.values()];
  }
  /** As with informers: present pods are told as added. Gives how to stop. */
  subscribe(handler: InformerHandler<Pod>): () => void {
    this.#handlers.add(handler);
    for (const pod of this.#pods.values()) handler.added?.(pod);
    return () => this.#handlers.delete(handler);
  }
  /** Reads the files and tells of what has changed. What cannot be read is left as it was. */
  async read(): Promise<void> {
    const { path, log } = this.#options;
    if (path === '') return;
    let files: readonly string[];
    try {
      files = (await stat(path)).isDirectory() ? (await readdir(path)).sort().map((name) => join(path, name)) : [path];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return log.warn('the folder of static pods cannot be read', { path, error });
      files = [];
    }
    const pods = new Map<string, Pod>();
    for (const file of files) {
      if (basename(file).startsWith('.')) continue;
      const pod = await this.#readFile(file);
      if (pod !== undefined) pods.set(pod.metadata.uid, pod);
    }
    const before = this.#pods;
    this.#pods = pods;
    for (const [uid, pod] of before) if (!pods.has(uid)) for (const handler of this.#handlers) handler.deleted?.(pod);
    for (const [uid, pod] of pods) if (!before.has(uid)) for (const handler of this.#handlers) handler.added?.(pod);
  }
  async #readFile(file: string): Promise<Pod | undefined> {
    const { nodeName, clock, log } = this.#options;
    try {
      const { size, mtimeMs } = await stat(file);
      if (this.#refused.get(file) === mtimeMs) return undefined;
      try {
        if (size > largestManifestBytes) throw new Error(`the file is larger than ${largestManifestBytes} bytes`);
        const pod = parseManifest(await readFile(file, 'utf8'), file, nodeName, formatTime(clock.now()));
        this.#refused.delete(file);
        // The same object while the content stays, with the time when it was first seen.
        return this.#pods.get(pod.metadata.uid) ?? pod;
      } catch (error) {
        this.#refused.set(file, mtimeMs);
        log.error('a file of the folder of static pods is no pod', { file, error: (error as Error).message });
      }
    } catch {
      this.#refused.delete(file);
    }
    return undefined;
  }
  async run(signal: AbortSignal): Promise<void> {
    const { path, clock, checkMs } = this.#options;
    if (path === '') return;
    while (!signal.aborted) {
      const nap = new AbortController();
      let watcher: { close(): void } | undefined;
      try {
        watcher = watch(path, () => nap.abort()).on('error', () => nap.abort());
      } catch {
        // not there yet: it is looked for again and again
      }
      await this.read();
      await clock.sleep(checkMs, AbortSignal.any([signal, nap.signal])).catch(() => undefined);
      watcher?.close();
      await clock.sleep(settleMs, signal).catch(() => undefined);
    }
  }
}
