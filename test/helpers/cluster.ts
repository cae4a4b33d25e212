import { type ChildProcessWithoutNullStreams, spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { toolPath } from '../../src/cli/lib/tools.ts';

interface RunOptions {
  readonly input?: string;
  /** How long the input waits, as somebody does who reads before he types. */
  readonly inputAfterMs?: number;
  readonly tty?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}
interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
const project = resolve(import.meta.dirname, '../..');

async function finished(child: ChildProcessWithoutNullStreams): Promise<RunResult> {
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, stdout, stderr };
}

/** A cluster of its own, driven from outside as a user would: by the launcher and the real kubectl. */
export class TestCluster implements AsyncDisposable {
  readonly home: string = mkdtempSync(join(tmpdir(), 'skiff-e2e-'));
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;

  constructor(port: number) {
    this.port = port;
    this.env = { ...process.env, SKIFF_HOME: join(this.home, 'state'), HOME: this.home, KUBECONFIG: join(this.home, 'kubeconfig') };
  }
  /** Runs `./skiff` with arguments; never throws. */
  skiff(...args: string[]): SpawnSyncReturns<string> {
    return spawnSync(join(project, 'skiff'), args, {
      encoding: 'utf8',
      env: this.env,
      cwd: project,
      timeout: 180_000,
      maxBuffer: 64 << 20,
    });
  }
  /** As `skiff`, without holding up others. */
  async skiffAsync(...args: string[]): Promise<RunResult> {
    return await finished(spawn(join(project, 'skiff'), args, { env: this.env, cwd: project, timeout: 180_000 }));
  }
  up(...args: string[]): SpawnSyncReturns<string> {
    return this.skiff('up', '--port', String(this.port), ...args);
  }
  /** Runs kubectl; throws with what it printed unless it succeeds. */
  kubectl(...args: string[]): string {
    const result = this.try(...args);
    if (result.status !== 0) throw new Error(`kubectl ${args.join(' ')}: exit code ${result.status}\n${result.stdout}${result.stderr}`);
    return result.stdout;
  }
  try(...args: string[]): SpawnSyncReturns<string> {
    return spawnSync(toolPath('kubectl'), args, { encoding: 'utf8', env: this.env, cwd: project, timeout: 120_000, maxBuffer: 64 << 20 });
  }
  /** kubectl with text on its standard input. */
  feed(input: string, ...args: string[]): string {
    const result = spawnSync(toolPath('kubectl'), args, { encoding: 'utf8', env: this.env, cwd: project, timeout: 120_000, input });
    if (result.status !== 0) throw new Error(`kubectl ${args.join(' ')}: exit code ${result.status}\n${result.stdout}${result.stderr}`);
    return result.stdout;
  }
  /** Runs kubectl without holding up others; throws with what it printed unless it succeeds. */
  async ask(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: exit code ${code}\n${stdout}${stderr}`);
    return stdout;
  }
  /** kubectl with text on its standard input and, with `tty`, on a terminal of 100 columns and 30 rows; never throws. */
  async run(args: readonly string[], { input = '', inputAfterMs = 0, tty = false, env = {} }: RunOptions = {}): Promise<RunResult> {
    const quoted = [toolPath('kubectl'), ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    const [file, words] = tty ? ['script', ['-qefc', `stty cols 100 rows 30; ${quoted}`, '/dev/null']] : [toolPath('kubectl'), [...args]];
    const child = spawn(file, words, { env: { ...this.env, ...env }, cwd: project, timeout: 120_000 });
    child.stdin.on('error', () => undefined);
    const over = finished(child);
    if (inputAfterMs > 0) await new Promise((done) => setTimeout(done, inputAfterMs));
    // A terminal's end of input is a character; closing the pipe would hang up.
    if (tty) child.stdin.write(input);
    else child.stdin.end(input);
    const result = await over;
    child.stdin.destroy();
    return result;
  }
  /** Creates or changes objects. */
  async apply(...objects: readonly object[]): Promise<void> {
    const input = objects.map((one) => JSON.stringify(one)).join('\n---\n');
    const { code, stderr } = await this.run(['apply', '-f', '-'], { input });
    if (code !== 0) throw new Error(`kubectl apply: exit code ${code}\n${stderr}`);
  }
  async get(...args: string[]): Promise<any> {
    return JSON.parse(await this.ask('get', ...args, '-o', 'json'));
  }
  /** kubectl in the background, for what runs until it is ended. */
  start(...args: string[]) {
    return spawn(toolPath('kubectl'), args, { env: this.env, cwd: project, stdio: ['ignore', 'pipe', 'pipe'] });
  }
  json(...args: string[]): any {
    return JSON.parse(this.kubectl(...args, '-o', 'json'));
  }
  /** Tries until `test` gives something truthy; throws with the last error after `limitMs`. */
  async until<T>(what: string, test: () => T | Promise<T>, limitMs = 60_000): Promise<Exclude<T, false | undefined | null | 0 | ''>> {
    const deadline = performance.now() + limitMs;
    let last: unknown;
    for (;;) {
      try {
        last = await test();
        if (last) return last as Exclude<T, false | undefined | null | 0 | ''>;
      } catch (error) {
        last = error;
      }
      if (performance.now() > deadline)
        throw new Error(`${what}: not within ${limitMs / 1000} s; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
      await new Promise((done) => setTimeout(done, 100));
    }
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.skiff('down', '--purge');
    rmSync(this.home, { recursive: true, force: true });
  }
}
