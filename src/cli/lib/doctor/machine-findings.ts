import type { Finding, MachineState } from '../../backend.ts';

const mebibyte = 2 ** 20;
const dayMs = 86_400_000;
/** With less free than this the store refuses writes. */
const fullBelowBytes = 8 * mebibyte;
const scarceFraction = 0.1;
const scarceBytes = 2 * 2 ** 30;
const soonMs = 30 * dayMs;
const leastInotifyInstances = 64;

const megabytes = (bytes: number) => `${Math.floor(bytes / mebibyte)} MiB`;
const ok = (what: string): Finding => ({ level: 'ok', what });
const warning = (what: string, advice: string): Finding => ({ level: 'warning', what, advice });
const error = (what: string, advice: string): Finding => ({ level: 'error', what, advice });

/** What is wrong with a machine and with what a cluster keeps on it, and what to do. Pure. */
export function machineFindings(state: MachineState): readonly Finding[] {
  return [
    ...(state.local ? nodeFindings(state) : []),
    ...diskFindings(state),
    ...certificateFindings(state),
    ...storeFindings(state),
    ...serverFindings(state),
  ];
}

function* nodeFindings(state: MachineState): Generator<Finding> {
  yield state.isRoot
    ? ok('runs as root')
    : (state.hasState ? error : warning)(
        'a local node needs root, to run containers',
        'run this with sudo, or use pretended nodes: "skiff up --nodes simulated:3"',
      );
  const { missingPackages: packages, missingKernel: kernel } = state;
  yield packages.length === 0
    ? ok('the packages of a node are installed')
    : error(
        `Debian packages of a node are missing: ${packages.join(' ')}`,
        `"skiff up" installs them, or: apt-get install ${packages.join(' ')}`,
      );
  yield kernel.length === 0
    ? ok('the kernel has what containers need')
    : error(
        `the kernel lacks ${kernel.join(', ')}`,
        'load the modules (modprobe overlay br_netfilter nf_tables), or boot a kernel that has them; those of Debian do',
      );
  if (state.missingControllers.length > 0) {
    yield error(
      `cgroup controllers are missing: ${state.missingControllers.join(', ')}`,
      'limits of pods cannot be kept without them; enable them on the kernel command line (cgroup_enable=memory)',
    );
  } else if (state.hybridCgroups)
    yield warning(
      'cgroup v1 and v2 are mixed',
      'nodes work, by the rules of cgroup v1; systemd.unified_cgroup_hierarchy=1 on the kernel command line gives v2 alone',
    );
  for (const { name, value, wanted } of state.sysctls) {
    if (value === wanted) continue;
    const why = name.includes('bridge')
      ? 'Services do not reach pods of the same node without it'
      : 'pods reach nothing outside their node without it';
    yield warning(
      `${name} is ${value === '' ? 'not there' : value}, not ${wanted}`,
      `${why}. "skiff up" sets it; where something set it back: sysctl -w ${name}=${wanted}`,
    );
  }
  if (state.forwardDrops) {
    yield warning(
      'the firewall drops forwarded packets (iptables, chain FORWARD, policy DROP; Docker does that)',
      'pods cannot reach each other or the outside: iptables -P FORWARD ACCEPT, or allow the bridge skiff0',
    );
  }
  for (const { network, route } of state.overlaps) {
    yield error(
      `the network ${network} of the cluster is also a route of this machine: ${route}`,
      'packets for pods or Services go the wrong way; remove the route, or disconnect the network (a VPN?) it belongs to',
    );
  }
  if (state.nameservers.length === 0)
    yield warning('/etc/resolv.conf names no server', 'pods can resolve names of the cluster only; name one ("nameserver 9.9.9.9")');
  if (state.inotifyInstances < leastInotifyInstances) {
    yield warning(
      `fs.inotify.max_user_instances is ${state.inotifyInstances}`,
      'programs in containers will fail with "too many open files": sysctl -w fs.inotify.max_user_instances=512',
    );
  }
  if (state.owner !== undefined)
    yield error(
      `this machine is the node of another cluster, in ${state.owner}`,
      `stop that one first: SKIFF_HOME=${state.owner} skiff down`,
    );
  else yield containerdFinding(state);
}

function containerdFinding({ containerd, serverRuns, containerdLog }: MachineState): Finding {
  if (containerd === 'hangs')
    return error(
      'containerd does not answer',
      `it hangs: kill it (kill -9 $(cut -d" " -f1 /run/skiff/containerd.pid)), and the server starts it again; pods go on meanwhile. Its log: ${containerdLog}`,
    );
  if (containerd === 'runs')
    return serverRuns
      ? ok('containerd runs')
      : warning('containers still run without a server', '"skiff up" takes them over, "skiff down" ends them');
  return serverRuns
    ? error('containerd of the node does not run', `the server starts it again and again; its log says why it ends: ${containerdLog}`)
    : ok('no containers are left from before');
}

function* diskFindings({ disks, memory, stateDir }: MachineState): Generator<Finding> {
  let fine = true;
  for (const { path, what, availableBytes, capacityBytes, inodes, inodesFree } of disks) {
    if (availableBytes < fullBelowBytes) {
      fine = false;
      yield error(
        `the disk of ${path} is full (${megabytes(availableBytes)} free): ${what}`,
        path === stateDir
          ? 'the server refuses writes and answers reads until there is room again; make some: "skiff image ls", old logs, other files of that disk'
          : 'make room on it',
      );
    } else if (inodes > 0 && inodesFree < inodes * 0.01) {
      fine = false;
      yield error(
        `the disk of ${path} has no room for more files (${inodesFree} inodes free): ${what}`,
        'remove small files that nobody needs',
      );
    } else if (availableBytes < Math.min(capacityBytes * scarceFraction, scarceBytes)) {
      fine = false;
      yield warning(
        `the disk of ${path} has ${megabytes(availableBytes)} left: ${what}`,
        'pods are evicted and new ones refused (DiskPressure) until more than a tenth of it, or 2 GiB, is free',
      );
    }
  }
  if (fine) yield ok('the disk has room');
  if (memory.availableBytes < 200 * mebibyte)
    yield warning(
      `only ${megabytes(memory.availableBytes)} of memory are available`,
      'pods are evicted below 100 MiB (MemoryPressure); stop something, or give pods limits',
    );
}

function* certificateFindings({ certificates, nowMs, stateDir }: MachineState): Generator<Finding> {
  if (certificates.length === 0) return;
  let fine = true;
  for (const { name, notBeforeMs, notAfterMs } of certificates) {
    const date = (ms: number) => new Date(ms).toISOString().slice(0, 10);
    const isAuthority = name.endsWith('ca');
    if (nowMs < notBeforeMs) {
      fine = false;
      yield error(
        `the certificate ${name} is not valid before ${date(notBeforeMs)}, and this machine's clock says ${date(nowMs)}`,
        'set the clock right; clients refuse the server until then',
      );
    } else if (nowMs > notAfterMs) {
      fine = false;
      yield error(
        `the certificate ${name} ended on ${date(notAfterMs)}`,
        isAuthority
          ? `the cluster's own authority is over: move ${stateDir}/pki away, then "skiff down" and "skiff up" make new ones; kubeconfigs given to others must be given anew`
          : 'the server makes a new one when it starts: "skiff down", then "skiff up"',
      );
    } else if (notAfterMs - nowMs < soonMs) {
      fine = false;
      yield warning(
        `the certificate ${name} ends on ${date(notAfterMs)}`,
        'the server makes a new one when it starts: "skiff down", then "skiff up"',
      );
    }
  }
  if (fine) yield ok('the certificates are valid');
}

function* storeFindings({ store, storeDir }: MachineState): Generator<Finding> {
  if (store.state === 'damaged') {
    yield error(
      `the store is damaged: ${store.message}`,
      `restore ${storeDir} from a backup, or, to begin with an empty cluster, move it away. Nothing was changed.`,
    );
  } else if (store.state === 'good') yield ok('the store can be read');
}

function* serverFindings({ serverRuns, hasState, takenPorts, lastLog, stalePid }: MachineState): Generator<Finding> {
  if (serverRuns) yield ok('the server runs');
  else if (!hasState) yield ok('there is no cluster yet; "skiff up" makes one');
  else {
    const how = stalePid ? 'the server was killed or this machine was restarted' : 'the cluster is not running';
    yield warning(how, `start it with "skiff up"${lastLog === '' ? '' : `; its last words: ${lastLog}`}`);
  }
  for (const { number, of, by } of takenPorts) {
    const what = `the port ${number} of the ${of} is taken${by === '' ? '' : ` by ${by}`}`;
    if (of === 'API') yield error(what, 'stop that program, or choose another port: "skiff up --port 6444"');
    else
      yield warning(
        what,
        'stop that program, or choose another port in the file of --kubelet-config; nobody can scrape this node meanwhile',
      );
  }
}
