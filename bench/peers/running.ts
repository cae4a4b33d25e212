import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { LoadClient, type Target } from '../load.ts';

export interface Longest {
  readonly turnMs: number;
  readonly pauseMs: number;
}
/** A server under test, running. */
export interface Running {
  readonly target: Target;
  readonly readyMs: number;
  /** Resident memory of all its processes, in MiB. */
  memoryMib(): number;
  /** CPU time that all its processes have used so far. */
  cpuMs(): number;
  /** How long its event loop was held up at most since this was last asked, and by one garbage collection; if it has them. */
  longest?(): Promise<Longest>;
  stop(): Promise<void>;
}

export const residentMib = (pid: number): number => {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / 1024;
};

const ticksPerSecond = 100;
/** User and system time of a process (proc_pid_stat(5), fields 14 and 15). */
export function cpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1000;
}

export const start = (program: string, args: readonly string[], log: string, env: NodeJS.ProcessEnv = process.env): ChildProcess => {
  const file = openSync(log, 'w');
  return spawn(program, [...args], { stdio: ['ignore', file, file], env });
};
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** Long, since the machine may be busy with other work. */
const readyLimitMs = 180_000;
/** Waits until /readyz says ok. */
export async function untilReady(target: Target): Promise<void> {
  const deadline = performance.now() + readyLimitMs;
  for (;;) {
    try {
      await using client = new LoadClient(target, 1);
      await client.call('GET', '/readyz');
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
