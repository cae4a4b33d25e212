import { defineCommand } from '../command.ts';

/** `skiff kubectl ...`: the real kubectl 1.36 that comes with the project, pointed at this cluster. */
export const kubectl = defineCommand({
  name: 'kubectl',
  summary: 'Run the kubectl that comes with Skiff',
  passThrough: true,
  run: async ({ args, io }) => (await import('../lib/pass-through.ts')).runTool('kubectl', args, io),
});
