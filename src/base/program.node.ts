import { execFile } from 'node:child_process';

const largestOutputBytes = 16 << 20;
const longestErrorText = 2000;

/** Runs a program of the machine to its end, with `input` on its stdin, and gives what it wrote to stdout. Throws with what it wrote to stderr. */
export function runProgram(
  file: string,
  args: readonly string[],
  { timeoutMs = 60_000, input = '' }: { readonly timeoutMs?: number; readonly input?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { timeout: timeoutMs, maxBuffer: largestOutputBytes, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args.slice(0, 4).join(' ')}: ${stderr.trim().slice(0, longestErrorText) || error.message}`));
    });
    // A program that ends without reading its input is no error of its own.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
