import { existsSync, rmSync } from 'node:fs';
import { defineCommand } from '../command.ts';
import { progressPrinter } from '../lib/progress.ts';
import { currentState, readOptions, removePid, runningPid } from '../state.ts';

/** A server that has not stopped by then is killed. */
const longestStopMs = 30_000;

/** `skiff down`: stops the cluster and leaves the machine as it was; data stays unless --purge. */
export const down = defineCommand({
  name: 'down',
  summary: 'Stop the cluster and all its containers; keep its data',
  configure: (program) => program.option('--purge', 'remove its data too: objects, images, keys, logs'),
  async run({ options, io }) {
    const { readKubeconfig, userKubeconfig, withoutCluster, writeKubeconfig } = await import('../lib/kubeconfig.ts');
    const state = currentState(io);
    const print = progressPrinter(io);
    const pid = runningPid(state);
    if (pid !== undefined) {
      print({ step: 'Stopping the server', done: false });
      process.kill(pid, 'SIGTERM');
      const until = io.clock.monotonic() + longestStopMs;
      while (runningPid(state) !== undefined) {
        // Nothing acknowledged is lost by this.
        if (io.clock.monotonic() > until) process.kill(pid, 'SIGKILL');
        await io.clock.sleep(50);
      }
      print({ step: 'Stopping the server', done: true });
    }
    const backend = await io.backend();
    const owner = await backend.nodeOwner();
    const nodes = readOptions(state)?.nodes;
    // A node whose cluster's folder somebody has removed is still its.
    if (nodes?.type === 'local' || owner === state.dir) await backend.tearDownNode(state.dir, options.purge === true, print);
    else if (nodes === undefined && owner !== undefined)
      io.err(`The node on this machine is of another cluster: "SKIFF_HOME=${owner} skiff down" ends it.\n`);
    removePid(state);
    const path = userKubeconfig(io);
    if (existsSync(path) && path !== state.kubeconfig) {
      const config = readKubeconfig(path);
      const rest = withoutCluster(config, readKubeconfig(state.kubeconfig));
      if (rest !== config) writeKubeconfig(path, rest);
    }
    if (options.purge === true) rmSync(state.dir, { recursive: true, force: true });
    io.err(
      options.purge === true
        ? 'The cluster is gone.\n'
        : `The cluster is down. Its data is kept in ${state.dir}; "skiff up" brings it back, "skiff down --purge" removes it.\n`,
    );
    return 0;
  },
});
