import { existsSync } from 'node:fs';
import { UserError, defineCommand } from '../command.ts';
import { currentState } from '../state.ts';

/** `skiff logs`: the server's own log. Containers' logs are `kubectl logs`. */
export const logs = defineCommand({
  name: 'logs',
  summary: "Print the server's log",
  configure: (program) =>
    program.option('-f, --follow', 'keep printing what is added').option('-n, --lines <count>', 'how many of the last lines', '100'),
  async run({ options, io }) {
    const { spawn } = await import('node:child_process');
    const state = currentState(io);
    if (!existsSync(state.logFile)) throw new UserError('there is no log yet. Start a cluster with "skiff up".');
    const child = spawn('tail', ['-n', String(Number(options.lines) || 100), ...(options.follow === true ? ['-F'] : []), state.logFile], {
      stdio: 'inherit',
    });
    io.signal.addEventListener('abort', () => child.kill(), { once: true });
    return await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 0)));
  },
});
