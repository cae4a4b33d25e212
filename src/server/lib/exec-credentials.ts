import { execFile } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { dirname, normalize, resolve } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { entriesIn, type Entry } from './entries.ts';

/** What a plugin gave: a token, a certificate with its key, or both. */
export interface Credentials {
  readonly token?: string | undefined;
  /** PEM */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}
/** A program that tells who the API server is to a remote service, as a kubeconfig names it (`user.exec`). */
export interface ExecPlan {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  readonly installHint: string;
  /** Of the program, where it wants to know: whom it gives credentials for. */
  readonly cluster: object | undefined;
  readonly isInteractive: boolean;
}

const group = 'client.authentication.k8s.io';
const versions = ['v1', 'v1beta1'].map((version) => `${group}/${version}`);
const modes = ['Never', 'IfAvailable', 'Always'];
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Reads `user.exec`. `path`: of the kubeconfig, which a command with a slash is told from. Throws Error in client-go's words. */
export function readExecPlan(user: string, exec: Entry, cluster: Entry, path: string): ExecPlan {
  const [command, apiVersion, mode] = [text(exec.command), text(exec.apiVersion), text(exec.interactiveMode)];
  const env = entriesIn(exec.env).map(({ name, value }) => [text(name), text(value)] as const);
  const needs = (what: string) => new Error(`${what} must be specified for ${user} to use exec authentication plugin`);
  if (command === '') throw needs('command');
  if (apiVersion === '') throw needs('apiVersion');
  if (env.some(([name]) => name === '')) throw needs('env variable name');
  const isInteractive = mode === '' && apiVersion === versions[1] ? 'IfAvailable' : mode;
  if (isInteractive === '') throw needs('interactiveMode');
  if (!modes.includes(isInteractive)) throw new Error(`invalid interactiveMode for ${user}: ${JSON.stringify(mode)}`);
  if (!versions.includes(apiVersion)) throw new Error(`exec plugin: invalid apiVersion ${JSON.stringify(apiVersion)}`);
  const { 'certificate-authority': _, extensions, ...rest } = cluster;
  const config = entriesIn(extensions).find(({ name }) => name === `${group}/exec`)?.extension;
  return {
    command: command.includes('/') ? resolve(dirname(path), command) : normalize(command),
    args: Array.isArray(exec.args) ? exec.args.map(String) : [],
    env: Object.fromEntries(env),
    apiVersion,
    installHint: text(exec.installHint),
    cluster: exec.provideClusterInfo === true ? { ...rest, ...(config === undefined ? {} : { config }) } : undefined,
    isInteractive: isInteractive === 'Always',
  };
}

const timeoutMs = 60_000;
const outputBytesMax = 1 << 20;

interface Answer {
  readonly kind?: unknown;
  readonly apiVersion?: unknown;
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string | null;
  } | null;
}

/** Runs the program when credentials are needed, and again when they have expired or were refused (KEP-541; client-go plugin/pkg/client/auth/exec). */
export class ExecCredentials {
  readonly #plan: ExecPlan;
  readonly #clock: Clock;
  #known: Credentials | undefined;
  #untilMs = Number.POSITIVE_INFINITY;
  #running: Promise<Credentials> | undefined;

  constructor(plan: ExecPlan, clock: Clock) {
    this.#plan = plan;
    this.#clock = clock;
  }
  /** Throws Error that begins with "getting credentials". */
  async get(): Promise<Credentials> {
    if (this.#known !== undefined && this.#clock.now() <= this.#untilMs) return this.#known;
    try {
      return await this.#renew();
    } catch (error) {
      throw new Error(`getting credentials: ${(error as Error).message}`);
    }
  }
  /** The remote service does not take them. */
  async refused(credentials: Credentials): Promise<void> {
    if (credentials === this.#known) await this.#renew().catch(() => undefined);
  }
  #renew(): Promise<Credentials> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }
  async #run(): Promise<Credentials> {
    const { command, apiVersion, cluster, isInteractive } = this.#plan;
    if (isInteractive) throw new Error('exec plugin cannot support interactive mode: standard input is not a terminal');
    const spec = { interactive: false, ...(cluster === undefined ? {} : { cluster }) };
    const output = await this.#execute(JSON.stringify({ kind: 'ExecCredential', apiVersion, spec }), command);
    const { credentials, untilMs } = readCredentials(output, apiVersion);
    this.#known = credentials;
    this.#untilMs = untilMs;
    return credentials;
  }
  #execute(info: string, command: string): Promise<string> {
    const { args, env, installHint } = this.#plan;
    return new Promise((resolvePromise, reject) => {
      const options = { env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: info }, maxBuffer: outputBytesMax, encoding: 'utf8' } as const;
      const child = execFile(command, args, options, (error, stdout) => {
        timer.cancel();
        if (error === null) resolvePromise(stdout);
        else if ((error as NodeJS.ErrnoException).code === 'ENOENT')
          reject(new Error(`exec: executable ${command} not found${installHint === '' ? '' : `\n\n${installHint}`}`));
        else reject(new Error(`exec: executable ${command} failed with exit code ${error.code ?? error.signal}`));
      });
      child.stdin?.on('error', () => undefined).end();
      const timer = this.#clock.setTimer(timeoutMs, () => child.kill('SIGKILL'));
    });
  }
}

/** What a plugin wrote. Throws Error in client-go's words. */
export function readCredentials(output: string, apiVersion: string): { readonly credentials: Credentials; readonly untilMs: number } {
  let answer: Answer;
  try {
    answer = JSON.parse(output) as Answer;
  } catch (error) {
    throw new Error(`decoding stdout: couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
  if (answer?.kind !== 'ExecCredential') throw new Error(`decoding stdout: no kind "${String(answer?.kind ?? '')}" is registered`);
  if (answer.apiVersion !== apiVersion)
    throw new Error(`exec plugin is configured to use API version ${apiVersion}, plugin returned version ${String(answer.apiVersion)}`);
  const { status } = answer;
  if (status === undefined || status === null) throw new Error("exec plugin didn't return a status field");
  const [token, certificate, key] = [text(status.token), text(status.clientCertificateData), text(status.clientKeyData)];
  if (token === '' && certificate === '' && key === '') throw new Error("exec plugin didn't return a token or cert/key pair");
  if ((certificate === '') !== (key === '')) throw new Error('exec plugin returned only certificate or key, not both');
  if (certificate !== '') checkPair(certificate, key);
  const untilMs = text(status.expirationTimestamp) === '' ? Number.POSITIVE_INFINITY : Date.parse(text(status.expirationTimestamp));
  if (Number.isNaN(untilMs)) throw new Error(`decoding stdout: parsing time ${JSON.stringify(status.expirationTimestamp)}`);
  return {
    credentials: { ...(token === '' ? {} : { token }), ...(certificate === '' ? {} : { certificate, key }) },
    untilMs,
  };
}
function checkPair(certificate: string, key: string): void {
  try {
    if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)))
      throw new Error('tls: private key does not match public key');
  } catch (error) {
    throw new Error(`failed parsing client key/certificate: ${(error as Error).message}`);
  }
}
