import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { UserError, type Io } from '../command.ts';
import { currentState } from '../state.ts';
import { toolPath } from './tools.ts';

/** Runs the real kubectl or helm with the terminal as it is, pointed at this cluster; its exit code. */
export async function runTool(name: 'kubectl' | 'helm', args: readonly string[], io: Io): Promise<number> {
  const state = currentState(io);
  if (!existsSync(state.kubeconfig)) throw new UserError('there is no cluster yet. Start one with "skiff up".');
  const child = spawn(toolPath(name), [...args], {
    stdio: 'inherit',
    cwd: io.cwd,
    env: { ...io.env, KUBECONFIG: kubeconfigFor(io, state.kubeconfig) } as NodeJS.ProcessEnv,
  });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 128));
  });
}

/** kubectl keeps the current namespace in the kubeconfig: the user's own file serves when it is about this cluster. */
function kubeconfigFor(io: Io, own: string): string {
  return io.env.KUBECONFIG ?? own;
}
