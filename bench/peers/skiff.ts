import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '../load.ts';
import { cpuMs, residentMib, type Running, start, stop, untilReady } from './running.ts';

const root = join(import.meta.dirname, '../..');

/** As the launcher has them; and further flags for the server's node, such as --cpu-prof, in SKIFF_BENCH_NODE_FLAGS. */
const launcherFlags = ['--max-semi-space-size=16'];
const launcherEnvironment = { MALLOC_ARENA_MAX: '1' };
const nodeFlags = [...launcherFlags, ...(process.env.SKIFF_BENCH_NODE_FLAGS ?? '').split(' ').filter((flag) => flag !== '')];

export interface Launched {
  readonly child: ChildProcess;
  readonly target: Target;
  readonly readyMs: number;
}
/** Skiff's API and store in a process of their own, without controllers. */
export async function launch(dir: string): Promise<Launched> {
  mkdirSync(dir, { recursive: true });
  const log = join(dir, 'skiff.log');
  const env = {
    ...process.env,
    ...launcherEnvironment,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/skiff/compile'),
  };
  const fromMs = performance.now();
  const child = start(process.execPath, [...nodeFlags, join(import.meta.dirname, 'api-only.ts'), dir], log, env);
  const address = join(dir, 'address');
  while (!existsSync(address) || !readFileSync(address, 'utf8').endsWith('\n')) {
    if (child.exitCode !== null) throw new Error(`the API did not start:\n${readFileSync(log, 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const pki = (name: string) => readFileSync(join(dir, 'pki', name));
  const target = { url: readFileSync(address, 'utf8').trim(), ca: pki('ca.crt'), cert: pki('admin.crt'), key: pki('admin.key') };
  await untilReady(target);
  return { child, target, readyMs: performance.now() - fromMs };
}

/** The same, to be measured: a first start fills the compile cache. */
export async function startSkiff(dir: string): Promise<Running> {
  const first = await launch(join(dir, 'first'));
  await stop(first.child);
  const { child, target, readyMs } = await launch(join(dir, 'measured'));
  const turns = join(dir, 'measured', 'turns');
  return {
    target,
    readyMs,
    memoryMib: () => residentMib(child.pid!),
    cpuMs: () => cpuMs(child.pid!),
    async longest() {
      rmSync(turns, { force: true });
      child.kill('SIGUSR2');
      const text = () => (existsSync(turns) ? readFileSync(turns, 'utf8') : '');
      while (!text().endsWith('\n')) await new Promise((resolve) => setTimeout(resolve, 5));
      const [turnMs = 0, pauseMs = 0] = text().split(' ').map(Number);
      return { turnMs, pauseMs };
    },
    stop: () => stop(child),
  };
}
