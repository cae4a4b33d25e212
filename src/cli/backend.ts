import type { ElectionTimes } from '../client/election-times.ts';

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
  /** Flags of kube-apiserver, `name=value`. */
  readonly apiServerArgs?: readonly string[];
  /** Controllers and scheduler run only on the one that leads. Default: where the store is an etcd, which others may share. */
  readonly leaderElect?: boolean;
  readonly electionTimes?: ElectionTimes;
  /** Folder that relative paths are meant from. */
  readonly workDir?: string;
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

/** What there is to know of a machine, and of what a cluster keeps on it. Sizes in bytes. */
export interface MachineState {
  readonly nowMs: number;
  readonly stateDir: string;
  readonly storeDir: string;
  /** Whether this machine is to be a node. */
  readonly local: boolean;
  /** Whether a cluster was started here before. */
  readonly hasState: boolean;
  readonly serverRuns: boolean;
  /** The file of the server's process is there, the process is not. */
  readonly stalePid: boolean;
  /** Last line of the server's log. */
  readonly lastLog: string;
  readonly isRoot: boolean;
  readonly missingPackages: readonly string[];
  readonly missingKernel: readonly string[];
  readonly missingControllers: readonly string[];
  readonly hybridCgroups: boolean;
  /** '' for a value: the kernel does not have it. */
  readonly sysctls: readonly { readonly name: string; readonly value: string; readonly wanted: string }[];
  readonly forwardDrops: boolean;
  /** Routes of this machine that are within the cluster's networks. */
  readonly overlaps: readonly { readonly network: string; readonly route: string }[];
  readonly nameservers: readonly string[];
  readonly inotifyInstances: number;
  /** State folder of another cluster whose node this machine is. */
  readonly owner: string | undefined;
  readonly containerd: 'runs' | 'hangs' | 'stopped';
  readonly containerdLog: string;
  readonly disks: readonly {
    readonly path: string;
    /** What is kept there. */
    readonly what: string;
    readonly availableBytes: number;
    readonly capacityBytes: number;
    readonly inodes: number;
    readonly inodesFree: number;
  }[];
  readonly memory: { readonly availableBytes: number; readonly totalBytes: number };
  readonly certificates: readonly { readonly name: string; readonly notBeforeMs: number; readonly notAfterMs: number }[];
  /** 'unknown' while the server runs, and before there is one. */
  readonly store: { readonly state: 'good' | 'damaged' | 'unknown'; readonly message: string };
  /** Ports that the server needs and somebody else has. `by`: the program that holds it, '' when that cannot be told. */
  readonly takenPorts: readonly { readonly number: number; readonly of: 'API' | 'kubelet'; readonly by: string }[];
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
  /** State folder of the cluster whose node runs on this machine, or has left traces on it; be the folder there or not. */
  nodeOwner(): Promise<string | undefined>;
  /** Removes containers, shims, namespaces, bridges, nft tables, mounts and cgroups of the node; `purge` removes its data too. */
  tearDownNode(stateDir: string, purge: boolean, onProgress: (progress: Progress) => void): Promise<void>;
  /** Looks at this machine and at what the cluster in `stateDir` keeps on it; changes nothing. */
  inspectMachine(asked: {
    readonly stateDir: string;
    readonly local: boolean;
    readonly apiPort: number;
    readonly bindAddress: string;
    readonly serverRuns: boolean;
  }): Promise<Omit<MachineState, 'hasState' | 'stalePid' | 'lastLog'>>;
  packImage(
    folder: string,
    reference: string,
    stateDir: string,
    output: string | undefined,
  ): Promise<{ readonly reference: string; readonly sizeBytes: number }>;
  loadImage(archive: string, stateDir: string): Promise<readonly string[]>;
  listImages(stateDir: string): Promise<readonly { readonly reference: string; readonly id: string; readonly sizeBytes: number }[]>;
}
