import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A process is named by its number and start time, since numbers are used again. */
export interface ProcessId {
  readonly pid: number;
  readonly startTicks: string;
}

/** Undefined when there is no such process, or it only waits to be reaped. */
export function identify(pid: number): ProcessId | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : { pid, startTicks: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

export function isAlive(process: ProcessId | undefined): process is ProcessId {
  return process !== undefined && identify(process.pid)?.startTicks === process.startTicks;
}

/** The process a pid file names, when it still lives. */
export function readPidFile(path: string): ProcessId | undefined {
  try {
    const [pid, startTicks] = readFileSync(path, 'utf8').trim().split(' ');
    const found = { pid: Number(pid), startTicks: startTicks ?? '' };
    return isAlive(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Starts a process that outlives this one, in its own session, its output appended to `logPath`, and writes its pid file. */
export function startDetached(file: string, args: readonly string[], logPath: string, pidPath: string): ProcessId {
  mkdirSync(dirname(logPath), { recursive: true });
  const log = openSync(logPath, 'a', 0o640);
  try {
    const child = spawn(file, args, { detached: true, stdio: ['ignore', log, log], cwd: '/' });
    child.on('error', () => undefined);
    child.unref();
    const found = child.pid === undefined ? undefined : identify(child.pid);
    if (found === undefined) throw new Error(`${file} did not start; see ${logPath}`);
    writeFileSync(pidPath, `${found.pid} ${found.startTicks}\n`);
    return found;
  } finally {
    closeSync(log);
  }
}

/** Sends a signal; a process that is gone is fine. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
