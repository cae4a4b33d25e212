import { defineCommand } from '../command.ts';
import { currentState, logTail, runningPid } from '../state.ts';

const marks = { ok: '✓', warning: '!', error: '✗' } as const;

/** `skiff doctor`: what is wrong with this machine or cluster, and what to do. Exit code 1 when something is. */
export const doctor = defineCommand({
  name: 'doctor',
  summary: 'Explain what is wrong with this machine or cluster',
  async run({ io }) {
    const state = currentState(io);
    const findings = [...(await (await io.backend()).inspectMachine(state.dir))];
    findings.push(
      runningPid(state) === undefined
        ? {
            level: 'warning',
            what: 'the cluster is not running',
            advice: `start it with "skiff up"${logTail(state, 1) === '' ? '' : `; its last log line: ${logTail(state, 1)}`}`,
          }
        : { level: 'ok', what: 'the server runs' },
    );
    for (const { level, what, advice } of findings) io.out(`${marks[level]} ${what}${advice === undefined ? '' : `\n    ${advice}`}\n`);
    return findings.some((finding) => finding.level === 'error') ? 1 : 0;
  },
});
