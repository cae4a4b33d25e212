import { defineCommand } from '../command.ts';
import { clusterFlags } from '../lib/cluster-flags.ts';

/** `skiff up`: a Ready cluster in the background. A second `up` changes nothing. */
export const up = defineCommand({
  name: 'up',
  summary: 'Start a cluster on this machine, in the background',
  configure: (program) =>
    clusterFlags(program)
      .option('--no-kubeconfig', "leave the user's kubeconfig alone")
      .option('--no-install', 'do not install missing Debian packages; say which instead'),
  async run({ options, io }) {
    const { startInBackground } = await import('../lib/start.ts');
    return await startInBackground(options, io);
  },
});
