/** What the commands ask of the rest of Skiff. Implemented by src/cluster.ts, which the CLI may not import itself. */
export interface ClusterOptions {
  readonly stateDir: string;
  /** TCP port of the API. */
  readonly apiPort: number;
  /** Address the API listens on. */
  readonly bindAddress: string;
  readonly nodes: { readonly type: 'local' } | { readonly type: 'simulated'; readonly count: number };
  readonly nodeName: string;
  /** Path of a KubeletConfiguration for the local node. */
  readonly kubeletConfig?: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** A step of starting; `done` false when it begins, true when it ended. */
export interface Progress {
  readonly step: string;
  readonly done: boolean;
  readonly detail?: string;
}

export interface RunningCluster {
  readonly apiUrl: string;
  /** Stops every part in order; containers keep running. */
  stop(): Promise<void>;
}

export interface Finding {
  readonly level: 'ok' | 'warning' | 'error';
  readonly what: string;
  /** What to do about it. */
  readonly advice?: string;
}

export interface Backend {
  /** Starts a cluster in this process; returns when the API answers and the nodes are Ready. */
  runCluster(options: ClusterOptions, onProgress: (progress: Progress) => void): Promise<RunningCluster>;
  /** Debian packages a local node needs and this machine lacks. */
  missingPackages(): Promise<readonly string[]>;
  /** Removes containers, shims, namespaces, bridges, nft tables, mounts and cgroups of the node; `purge` removes its data too. */
  tearDownNode(stateDir: string, purge: boolean, onProgress: (progress: Progress) => void): Promise<void>;
  /** What is wrong with this machine for running a local node. */
  inspectMachine(stateDir: string): Promise<readonly Finding[]>;
  packImage(
    folder: string,
    reference: string,
    stateDir: string,
    output: string | undefined,
  ): Promise<{ readonly reference: string; readonly sizeBytes: number }>;
  loadImage(archive: string, stateDir: string): Promise<readonly string[]>;
  listImages(stateDir: string): Promise<readonly { readonly reference: string; readonly id: string; readonly sizeBytes: number }[]>;
}
