import { existsSync } from 'node:fs';
import { defineCommand } from '../command.ts';
import { currentState, logTail, readOptions, runningPid } from '../state.ts';

const marks = { ok: '✓', warning: '!', error: '✗' } as const;
const defaultPort = 6443;

/** `skiff doctor`: what is wrong with this machine or cluster, and what to do. Exit code 1 when something is. */
export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Explain what is wrong with this machine or cluster',
  async run({ io }) {
    const state = currentState(io);
    const [{ machineFindings }, { askCluster }] = await Promise.all([
      import('../lib/doctor/machine-findings.ts'),
      import('../lib/doctor/read-cluster.ts'),
    ]);
    const options = readOptions(state);
    const serverRuns = runningPid(state) !== undefined;
    const machine = await (await io.backend()).inspectMachine({
      stateDir: state.dir,
      local: (options?.nodes.type ?? 'local') === 'local',
      apiPort: options?.apiPort ?? defaultPort,
      bindAddress: options?.bindAddress ?? '0.0.0.0',
      serverRuns,
    });
    const findings = [
      ...machineFindings({
        ...machine,
        hasState: existsSync(state.optionsFile),
        stalePid: !serverRuns && existsSync(state.pidFile),
        lastLog: logTail(state, 1),
      }),
      ...(serverRuns && existsSync(state.kubeconfig) ? await askCluster(state.kubeconfig, io.clock) : []),
    ];
    for (const { level, what, advice } of findings) io.out(`${marks[level]} ${what}${advice === undefined ? '' : `\n    ${advice}`}\n`);
    return findings.some((finding) => finding.level === 'error') ? 1 : 0;
  },
});
