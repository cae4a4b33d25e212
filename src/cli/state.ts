import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterOptions } from './backend.ts';
import { UserError, type Io } from './command.ts';

/** Where one cluster keeps everything: keys, store, log, process id, images. */
export interface State {
  readonly dir: string;
  readonly kubeconfig: string;
  readonly logFile: string;
  readonly pidFile: string;
  readonly optionsFile: string;
}

/** SKIFF_HOME, else /var/lib/skiff as root, else the user's data folder (XDG). */
export function stateOf(io: Pick<Io, 'env'>, isRoot: boolean): State {
  const home = io.env.SKIFF_HOME;
  const dir = home ? home : isRoot ? '/var/lib/skiff' : join(io.env.XDG_DATA_HOME ?? join(io.env.HOME ?? '/', '.local/share'), 'skiff');
  return {
    dir,
    kubeconfig: join(dir, 'admin.kubeconfig'),
    logFile: join(dir, 'skiff.log'),
    pidFile: join(dir, 'skiff.pid'),
    optionsFile: join(dir, 'options.json'),
  };
}

export function currentState(io: Pick<Io, 'env'>): State {
  return stateOf(io, process.getuid?.() === 0);
}

/**
 * Process id of the running server, if one runs. The file holds the id and the process's start time, so that an id the
 * system gave to another process since is not taken for ours.
 */
export function runningPid(state: State): number | undefined {
  if (!existsSync(state.pidFile)) return undefined;
  const [pid, started] = readFileSync(state.pidFile, 'utf8').trim().split(' ');
  return pid !== undefined && started !== undefined && startTimeOf(Number(pid)) === started ? Number(pid) : undefined;
}

/** Start time of a process in clock ticks since boot (proc(5), field 22), or undefined when there is none. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Makes this process the server of the folder. Gives the process id of another one that is in the way. */
export function claimPid(state: State): number | undefined {
  const mine = `${state.pidFile}.${process.pid}`;
  const aside = `${mine}.stale`;
  writeFileSync(mine, `${process.pid} ${startTimeOf(process.pid)}\n`, { mode: 0o600 });
  try {
    for (;;) {
      try {
        // A link is made only where nothing is: of two that start together one gets it.
        linkSync(mine, state.pidFile);
        return undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const other = runningPid(state);
      if (other !== undefined) return other;
      // What is taken away may be the file of one that came in between.
      try {
        renameSync(state.pidFile, aside);
        if (runningPid({ ...state, pidFile: aside }) !== undefined) linkSync(aside, state.pidFile);
      } catch (error) {
        if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      }
    }
  } finally {
    rmSync(mine, { force: true });
    rmSync(aside, { force: true });
  }
}

/** Says that no server runs; only the server itself, or who saw it end, may say so. */
export function removePid(state: State): void {
  const running = runningPid(state);
  if (running === undefined || running === process.pid) rmSync(state.pidFile, { force: true });
}

export function ensureStateDir(state: State): void {
  try {
    mkdirSync(state.dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UserError(
      `cannot create the state folder ${state.dir}: ${(error as Error).message}\nSet SKIFF_HOME to a folder you may write to.`,
    );
  }
}

/** Options of the last `up`; `down`, `status` and the next `up` go by them. */
export function readOptions(state: State): ClusterOptions | undefined {
  if (!existsSync(state.optionsFile)) return undefined;
  return JSON.parse(readFileSync(state.optionsFile, 'utf8')) as ClusterOptions;
}
export function writeOptions(state: State, options: ClusterOptions): void {
  writeFileSync(state.optionsFile, `${JSON.stringify(options, null, 2)}\n`, { mode: 0o600 });
}

/** Last lines of the server's log, for errors. */
export function logTail(state: State, lines: number): string {
  if (!existsSync(state.logFile)) return '';
  return readFileSync(state.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
