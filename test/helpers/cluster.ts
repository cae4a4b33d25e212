import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { toolPath } from '../../src/cli/lib/tools.ts';

const project = resolve(import.meta.dirname, '../..');

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
