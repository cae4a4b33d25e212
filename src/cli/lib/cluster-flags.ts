import type { Command as Program } from 'commander';
import { gather } from '../command.ts';

/** The options of whatever starts a cluster; `parseClusterOptions` reads them. */
export const clusterFlags = (program: Program): Program =>
  program
    .option('--nodes <kind>', 'local: this machine runs containers; simulated:N: N pretended nodes, no root needed', 'local')
    .option('--port <port>', 'TCP port of the API', '6443')
    .option('--bind <address>', 'address the API listens on')
    .option('--node-name <name>', 'name of the local node; default: the host name')
    .option('--kubelet-config <file>', 'a KubeletConfiguration (kubelet.config.k8s.io/v1beta1) for the local node')
    .option('--kube-apiserver-arg <name=value>', 'a flag of kube-apiserver; may be given again', gather)
    .option('--leader-elect [truth]', 'run controllers and scheduler only while this one leads; default: true with etcd-servers')
    .option('--leader-elect-lease-duration <time>', 'how long others wait for a leader that is silent; default: 15s')
    .option('--leader-elect-renew-deadline <time>', 'how long a leader tries to stay one; default: 10s')
    .option('--leader-elect-retry-period <time>', 'time between tries; default: 2s')
    .option('--log-level <level>', 'debug, info, warn or error', 'info');
