import { existsSync, readFileSync } from 'node:fs';
import { UserError, defineCommand } from '../command.ts';
import { currentState } from '../state.ts';

/** `skiff kubeconfig`: the administrator's kubeconfig, as text or as a path. */
export const kubeconfig = defineCommand({
  name: 'kubeconfig',
  summary: "Print the administrator's kubeconfig",
  configure: (program) => program.option('--path', 'print where the file is instead'),
  async run({ options, io }) {
    const state = currentState(io);
    if (!existsSync(state.kubeconfig)) throw new UserError('there is no cluster yet. Start one with "skiff up".');
    io.out(options.path === true ? `${state.kubeconfig}\n` : readFileSync(state.kubeconfig, 'utf8'));
    return 0;
  },
});
