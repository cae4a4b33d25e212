import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineCommand } from '../command.ts';

/** `skiff version`: versions of Skiff, of the Kubernetes API it serves, and of Node.js. */
export const version = defineCommand({
  name: 'version',
  summary: 'Print versions',
  async run({ io }) {
    const { version: skiff } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../package.json'), 'utf8')) as {
      version: string;
    };
    io.out(`skiff ${skiff}\nKubernetes API v1.36\nNode.js ${process.version}\n`);
    return 0;
  },
});
