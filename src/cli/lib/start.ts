import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ClusterOptions, Progress } from '../backend.ts';
import { UserError, type Io } from '../command.ts';
import { currentState, ensureStateDir, logTail, readOptions, runningPid, writeOptions, type State } from '../state.ts';
import { readKubeconfig, userKubeconfig, withCluster, writeKubeconfig } from './kubeconfig.ts';
import { parseClusterOptions } from './options.ts';
import { progressPrinter } from './progress.ts';

/** What the server process tells its parent while it starts. */
export type StartMessage =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'ready'; readonly apiUrl: string }
  | { readonly type: 'failed'; readonly message: string };

export async function startInBackground(options: Readonly<Record<string, any>>, io: Io): Promise<number> {
  const state = currentState(io);
  const wanted = parseClusterOptions(options, state, io.cwd);
  if (runningPid(state) !== undefined) {
    const present = readOptions(state);
    io.err('The cluster is already running.\n');
    if (present !== undefined && JSON.stringify(present.nodes) !== JSON.stringify(wanted.nodes)) {
      io.err('It was started with other nodes; "skiff down" first to change them.\n');
      return 1;
    }
    if (present !== undefined) finish(state, present, options, io);
    return 0;
  }
  ensureStateDir(state);
  if (wanted.nodes.type === 'local') await prepareMachine(options, io);
  writeOptions(state, wanted);
  io.err('Starting Skiff\n');
  await launch(state, io);
  finish(state, wanted, options, io);
  return 0;
}

async function prepareMachine(options: Readonly<Record<string, any>>, io: Io): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new UserError(
      'a local node needs root, to run containers. Run "sudo ./skiff up", or "./skiff up --nodes simulated:3" for pretended nodes.',
    );
  }
  const backend = await io.backend();
  const missing = await backend.missingPackages();
  if (missing.length === 0) return;
  const command = `apt-get install ${missing.join(' ')}`;
  if (options.install === false)
    throw new UserError(`a local node needs these Debian packages: ${missing.join(' ')}\nInstall them with: ${command}`);
  io.err(`Installing Debian packages that a node needs: ${missing.join(' ')}\n`);
  const env = { ...io.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) => spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'pipe'], env, encoding: 'utf8' });
  apt('update', '-qq');
  const installed = apt('install', '-y', '-qq', '--no-install-recommends', ...missing);
  if (installed.status !== 0) {
    throw new UserError(
      `could not install them: ${installed.error?.message ?? installed.stderr.trim()}\nInstall them yourself (${command}), then run this again.`,
    );
  }
}

async function launch(state: State, io: Io): Promise<void> {
  const log = openSync(state.logFile, 'a', 0o600);
  const main = resolve(import.meta.dirname, '../..', `main${import.meta.filename.slice(-3)}`);
  const child = spawn(process.execPath, [...process.execArgv, main, 'run', '--from-state'], {
    cwd: state.dir,
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...io.env, SKIFF_HOME: state.dir } as NodeJS.ProcessEnv,
  });
  closeSync(log);
  const print = progressPrinter(io);
  const outcome = await new Promise<StartMessage>((resolve) => {
    child.on('message', (message: StartMessage) => (message.type === 'progress' ? print(message.progress) : resolve(message)));
    child.once('error', (error) => resolve({ type: 'failed', message: error.message }));
    child.once('exit', (code, signal) =>
      resolve({ type: 'failed', message: `the server ended with ${signal ?? `exit code ${code}`}. Its last lines:\n${logTail(state, 5)}` }),
    );
    io.signal.addEventListener('abort', () => resolve({ type: 'failed', message: 'interrupted' }), { once: true });
  });
  if (outcome.type !== 'ready') {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    const why = outcome.type === 'failed' ? outcome.message : '';
    throw new UserError(`the cluster did not start: ${why}\nThe whole log: ${state.logFile}. "skiff doctor" looks for causes.`);
  }
  child.disconnect();
  child.unref();
}

function finish(state: State, options: ClusterOptions, flags: Readonly<Record<string, any>>, io: Io): void {
  let how = '';
  if (flags.kubeconfig === false) how = `export KUBECONFIG=${state.kubeconfig}\n  `;
  else {
    const path = userKubeconfig(io);
    writeKubeconfig(path, withCluster(readKubeconfig(path), readKubeconfig(state.kubeconfig)));
  }
  const kubectl = spawnSync('sh', ['-c', 'command -v kubectl']).status === 0 ? 'kubectl' : `${launcherPath(io)} kubectl`;
  io.err(`\nThe cluster is Ready at https://127.0.0.1:${options.apiPort}. What to type next:\n`);
  io.out(`  ${how}${kubectl} get nodes -o wide\n`);
  if (options.nodes.type === 'local') io.out(`  ${launcherPath(io)} image pack examples/my-api/v1 -t my-api:v1\n`);
  io.out(`  ${launcherPath(io)} down\n`);
}

function launcherPath(io: Io): string {
  const path = resolve(import.meta.dirname, '../../..', 'skiff');
  return path === join(io.cwd, 'skiff') ? './skiff' : path;
}
