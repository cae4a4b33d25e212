import { defineCommand } from '../command.ts';
import { currentState, readOptions, runningPid } from '../state.ts';

/** `skiff status`: whether the cluster runs, where, and whether it is ready. Exit code 0 only when it is. */
export const status = defineCommand({
  name: 'status',
  summary: 'Tell whether the cluster runs and is ready',
  async run({ io }) {
    const { spawnSync } = await import('node:child_process');
    const { toolPath } = await import('../lib/tools.ts');
    const state = currentState(io);
    const pid = runningPid(state);
    if (pid === undefined) {
      io.out('The cluster is not running. Start it with "skiff up".\n');
      return 1;
    }
    const options = readOptions(state);
    io.out(
      `server      running, process ${pid}\nAPI         https://127.0.0.1:${options?.apiPort}\nstate       ${state.dir}\nlog         ${state.logFile}\nkubeconfig  ${state.kubeconfig}\n`,
    );
    const answer = spawnSync(toolPath('kubectl'), ['--kubeconfig', state.kubeconfig, '--request-timeout=5s', 'get', '--raw', '/readyz'], {
      encoding: 'utf8',
    });
    io.out(`ready       ${answer.status === 0 ? 'yes' : `no: ${answer.stderr.trim()}`}\n`);
    return answer.status === 0 ? 0 : 1;
  },
});
