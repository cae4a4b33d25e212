import { spawn } from 'node:child_process';
import type { Programs } from './apply.ts';

const longestErrorBytes = 4096;

/** Runs the machine's own programs, one process per call. */
export const machinePrograms: Programs = {
  run(program, args, input) {
    return new Promise((resolve, reject) => {
      const child = spawn(program, [...args], { stdio: ['pipe', 'ignore', 'pipe'] });
      let errorText = '';
      child.stderr.on('data', (chunk: Buffer) => {
        if (errorText.length < longestErrorBytes) errorText += chunk.toString();
      });
      child.once('error', reject);
      child.once('close', (code) =>
        code === 0 ? resolve() : reject(new Error(`${program} ${args.join(' ')}: exit code ${code}: ${errorText.trim()}`)),
      );
      child.stdin.on('error', () => undefined);
      child.stdin.end(input ?? '');
    });
  },
};
