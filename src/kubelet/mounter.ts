/** Mount operations in the mount namespace where the container runtime runs; what it mounts, containers can see. */
export interface Mounter {
  /** Mounts a tmpfs on an existing folder. `sizeBytes` 0: the kernel's default. Harmless when already mounted. */
  tmpfs(path: string, sizeBytes: number): Promise<void>;
  /** Binds `source` (file or folder) onto the existing `target`. */
  bind(source: string, target: string, options?: { readonly readonly?: boolean }): Promise<void>;
  /** Harmless when nothing is mounted there. */
  unmount(path: string): Promise<void>;
  isMounted(path: string): Promise<boolean>;
  /** Mounts the content of a present image, read-only, on an existing folder; absent where the runtime cannot. */
  image?(reference: string, path: string): Promise<void>;
  /** How a path of that mount namespace is reached from this process; absent when it is the same. */
  pathPrefix?(): string;
}
