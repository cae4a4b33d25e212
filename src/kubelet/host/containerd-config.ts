import { join } from 'node:path';

export interface ContainerdConfiguration {
  /** Images and containers; survives a reboot. */
  readonly dataDir: string;
  /** Sockets and running tasks. */
  readonly runDir: string;
  readonly networkConfigDir: string;
  readonly pluginDir: string;
  readonly registryDir: string;
  readonly pauseImage: string;
  readonly crun: string | undefined;
  readonly runc: string | undefined;
  readonly defaultHandler: 'crun' | 'runc';
  readonly restrictOomScore: boolean;
  readonly disableApparmor: boolean;
}

export const socketOf = (runDir: string) => join(runDir, 'containerd.sock');
const quote = (text: string) => JSON.stringify(text);

function handler(name: string, program: string | undefined): string {
  if (program === undefined) return '';
  const table = `plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${name}`;
  return `    [${table}]\n      runtime_type = "io.containerd.runc.v2"\n      [${table}.options]\n        BinaryName = ${quote(program)}\n`;
}

/** containerd's config.toml, version 2 (read by containerd 1.6, 1.7 and 2). */
export function containerdToml(options: ContainerdConfiguration): string {
  const socket = socketOf(options.runDir);
  return `version = 2
root = ${quote(join(options.dataDir, 'root'))}
state = ${quote(join(options.runDir, 'state'))}
[debug]
  level = "warn"
[grpc]
  address = ${quote(socket)}
[ttrpc]
  address = ${quote(`${socket}.ttrpc`)}
[plugins."io.containerd.internal.v1.opt"]
  path = ${quote(join(options.dataDir, 'opt'))}
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = ${options.restrictOomScore}
  disable_apparmor = ${options.disableApparmor}
  sandbox_image = ${quote(options.pauseImage)}
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${quote(options.pluginDir)}
    conf_dir = ${quote(options.networkConfigDir)}
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = ${quote(options.registryDir)}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = ${quote(options.defaultHandler)}
${handler('runc', options.runc)}${handler('crun', options.crun)}`;
}
