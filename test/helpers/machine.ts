import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
/** The process a pid file names; NaN without such a file. */
export const pidIn = (path: string): number => Number.parseInt(read(path), 10);
const namespaceOf = (pid: number | string): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
};

/** Processes that belong to the node: containerd, its shims, the keeper of their mount namespace, and what runs in pods' cgroups. */
export function nodeProcesses(): number[] {
  const home = namespaceOf(pidIn('/run/skiff/keeper.pid'));
  const own = namespaceOf('self');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter(
      (name) => (home !== own && home !== undefined && namespaceOf(name) === home) || read(`/proc/${name}/cgroup`).includes('/kubepods/'),
    )
    .map(Number);
}

export function kill(pids: readonly number[], signal: NodeJS.Signals = 'SIGKILL'): void {
  // 0 and negative numbers mean groups of processes.
  for (const pid of pids.filter((one) => one > 1)) {
    try {
      process.kill(pid, signal);
    } catch {
      // gone already
    }
  }
}

/** What a stopped node must not leave behind, one thing a line: '' when the machine is clean. */
export function leftovers(): string {
  const script = [
    'ip -o link show skiff0 2>/dev/null',
    'ip -o link show type veth 2>/dev/null | grep -E ": veth"',
    'ip route show 10.96.0.0/16',
    'nft list tables | grep -E "skiff|(ip|ip6) nat"',
    'ps -eo stat=,args= | grep -v "^Z" | grep -E "[c]ontainerd-shim|[c]ontainerd --config /.*skiff"',
    'find /sys/fs/cgroup -maxdepth 2 -name kubepods',
    'ls /run/netns 2>/dev/null | grep cni-',
    'grep -E "skiff|/kubelet/pods/" /proc/self/mounts',
    'ls -d /run/skiff/* /var/log/pods /var/log/containers 2>/dev/null',
    'true',
  ].join('; ');
  return spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout;
}
