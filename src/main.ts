import { hastenImports } from './base/imports.node.ts';

hastenImports();
const [{ runProgram }, { systemClock }] = await Promise.all([import('./cli/program.ts'), import('./base/clock.ts')]);

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(new Error(name)));
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

process.exitCode = await runProgram(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTty: process.stdout.isTTY === true,
  env: process.env,
  cwd: process.cwd(),
  clock: systemClock,
  signal: stop.signal,
  backend: async () => (await import('./cluster.ts')).backend,
});
