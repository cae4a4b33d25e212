import { fstatSync, statSync } from 'node:fs';
import { UserError, defineCommand, gather } from '../command.ts';
import { claimPid, currentState, ensureStateDir, readOptions, removePid } from '../state.ts';
import type { StartMessage } from '../lib/start.ts';

/** `skiff run`: the server in the foreground, for service managers and debugging. `up` starts it in the background. */
export const run = defineCommand({
  name: 'run',
  summary: 'Run the cluster in the foreground',
  configure: (program) =>
    program
      .option('--from-state', 'take the options of the last "up"')
      .option('--nodes <kind>', 'local or simulated:N', 'local')
      .option('--port <port>', 'TCP port of the API', '6443')
      .option('--bind <address>', 'address the API listens on')
      .option('--node-name <name>', 'name of the local node; default: the host name')
      .option('--kubelet-config <file>', 'a KubeletConfiguration (kubelet.config.k8s.io/v1beta1) for the local node')
      .option('--kube-apiserver-arg <name=value>', 'a flag of kube-apiserver; may be given again', gather)
      .option('--leader-elect [truth]', 'run controllers and scheduler only while this one leads; default: true with etcd-servers')
      .option('--leader-elect-lease-duration <time>', 'how long others wait for a leader that is silent; default: 15s')
      .option('--leader-elect-renew-deadline <time>', 'how long a leader tries to stay one; default: 10s')
      .option('--leader-elect-retry-period <time>', 'time between tries; default: 2s')
      .option('--log-level <level>', 'debug, info, warn or error', 'info'),
  async run({ options, io }) {
    const { parseClusterOptions } = await import('../lib/options.ts');
    const state = currentState(io);
    const wanted = (options.fromState ? readOptions(state) : undefined) ?? parseClusterOptions(options, state, io.cwd);
    ensureStateDir(state);
    const pid = claimPid(state);
    if (pid !== undefined) throw new UserError(`a server already runs on ${state.dir} (process ${pid}); "skiff down" stops it`);
    const tell = (message: StartMessage) => {
      if (process.connected) process.send?.(message);
    };
    process.on('disconnect', () => undefined);
    if (isStdout(state.logFile)) void (await import('../../base/log-limit.node.ts')).limitLog(state.logFile, io.clock, io.signal);
    try {
      const backend = await io.backend();
      const cluster = await backend.runCluster(wanted, (progress) => tell({ type: 'progress', progress }));
      tell({ type: 'ready', apiUrl: cluster.apiUrl });
      if (!io.signal.aborted) await new Promise((resolve) => io.signal.addEventListener('abort', resolve, { once: true }));
      await cluster.stop();
      return 0;
    } catch (error) {
      tell({ type: 'failed', message: error instanceof UserError ? error.message : String((error as Error).stack ?? error) });
      throw error;
    } finally {
      // An open channel to the parent would keep this process.
      if (process.connected) process.disconnect?.();
      removePid(state);
    }
  },
});

/** Whether what this process prints goes to that file, as when `up` started it. */
function isStdout(path: string): boolean {
  try {
    return fstatSync(1).ino === statSync(path).ino;
  } catch {
    return false;
  }
}
