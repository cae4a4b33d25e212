import { fstatSync, statSync } from 'node:fs';
import { UserError, defineCommand } from '../command.ts';
import { clusterFlags } from '../lib/cluster-flags.ts';
import { claimPid, currentState, ensureStateDir, readOptions, removePid } from '../state.ts';
import type { StartMessage } from '../lib/start.ts';

/** `skiff run`: the server in the foreground, for service managers and debugging. `up` starts it in the background. */
export const run = defineCommand({
  name: 'run',
  summary: 'Run the cluster in the foreground',
  configure: (program) => clusterFlags(program.option('--from-state', 'take the options of the last "up"')),
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
