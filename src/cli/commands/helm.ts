import { defineCommand } from '../command.ts';

/** `skiff helm ...`: the real Helm 4 that comes with the project, pointed at this cluster. */
export const helm = defineCommand({
  name: 'helm',
  summary: 'Run the Helm that comes with Skiff',
  passThrough: true,
  run: async ({ args, io }) => (await import('../lib/pass-through.ts')).runTool('helm', args, io),
});
