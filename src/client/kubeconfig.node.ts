import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { load } from 'js-yaml';
import type { Clock } from '../base/clock.ts';
import type { HttpOptions } from './http.node.ts';

type Named<K extends string, V> = { readonly name: string } & { readonly [key in K]?: V };
interface ClusterEntry {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
}
interface ExecEntry {
  readonly apiVersion?: string;
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}
interface UserEntry {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly 'as-uid'?: string;
  readonly 'as-groups'?: readonly string[];
  readonly exec?: ExecEntry;
}
interface ContextEntry {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}
/** A kubeconfig file (kind Config, v1). */
export interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly clusters?: readonly Named<'cluster', ClusterEntry>[];
  readonly users?: readonly Named<'user', UserEntry>[];
  readonly contexts?: readonly Named<'context', ContextEntry>[];
}
/** What a context of a kubeconfig says. */
export interface KubeconfigTarget {
  readonly context: string;
  readonly namespace: string;
  readonly http: Omit<HttpOptions, 'clock'>;
}

const tokenFreshMs = 60_000;

/** $KUBECONFIG, else ~/.kube/config. */
export function kubeconfigPaths(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const listed = (environment.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  return listed.length > 0 ? listed : [join(environment.HOME ?? homedir(), '.kube', 'config')];
}

const mergeNamed = <T extends { readonly name: string }>(first: readonly T[] = [], second: readonly T[] = []): readonly T[] => [
  ...first,
  ...second.filter((entry) => !first.some(({ name }) => name === entry.name)),
];

/** Relative file names in a kubeconfig are relative to its folder. */
function absolute<T extends object>(entry: T | undefined, fields: readonly (keyof T)[], folder: string): T | undefined {
  if (entry === undefined) return undefined;
  const fixed = fields.filter((field) => entry[field]).map((field) => [field, resolve(folder, String(entry[field]))]);
  return { ...entry, ...Object.fromEntries(fixed) };
}

/** Reads and merges files; of two entries of one name the first holds. Files that don't exist are left out, if one does. */
export async function readKubeconfig(paths: readonly string[]): Promise<Kubeconfig> {
  let merged: Kubeconfig | undefined;
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) continue;
    const read = (load(text) ?? {}) as Kubeconfig;
    const folder = dirname(resolve(path));
    const clusters = (read.clusters ?? []).map((each) => ({
      ...each,
      cluster: absolute(each.cluster, ['certificate-authority'], folder) ?? {},
    }));
    const files = ['client-certificate', 'client-key', 'tokenFile'] as const;
    const users = (read.users ?? []).map((each) => ({ ...each, user: absolute(each.user, files, folder) ?? {} }));
    merged = {
      'current-context': merged?.['current-context'] || (read['current-context'] ?? ''),
      clusters: mergeNamed(merged?.clusters, clusters),
      users: mergeNamed(merged?.users, users),
      contexts: mergeNamed(merged?.contexts, read.contexts),
    };
  }
  if (merged === undefined) throw new Error(`no kubeconfig found (looked at ${paths.join(', ')})`);
  return merged;
}

const dataOrFile = async (data: string | undefined, file: string | undefined) =>
  data ? Buffer.from(data, 'base64') : file ? await readFile(file) : undefined;

/** A credential plugin (client.authentication.k8s.io): run when there is no token, or it is about to expire. */
function execToken(
  entry: ExecEntry,
  clock: Clock,
  environment: Readonly<Record<string, string | undefined>>,
): () => Promise<string | undefined> {
  let held: { readonly token: string; readonly untilMs: number } | undefined;
  return async () => {
    if (held !== undefined && clock.now() < held.untilMs) return held.token;
    const info = {
      apiVersion: entry.apiVersion ?? 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { interactive: false },
    };
    const env = Object.fromEntries((entry.env ?? []).map(({ name, value }) => [name, value]));
    const { stdout } = await promisify(execFile)(entry.command, [...(entry.args ?? [])], {
      env: { ...environment, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    });
    const { status } = JSON.parse(stdout) as { readonly status?: { readonly token?: string; readonly expirationTimestamp?: string } };
    if (!status?.token) throw new Error(`${entry.command} gave no token`);
    const untilMs = status.expirationTimestamp ? Date.parse(status.expirationTimestamp) - tokenFreshMs : Number.POSITIVE_INFINITY;
    held = { token: status.token, untilMs };
    return held.token;
  };
}

/** Tokens in files are read again once a minute, since they are rotated. */
function fileToken(path: string, clock: Clock): () => Promise<string> {
  let held: { readonly token: string; readonly untilMs: number } | undefined;
  return async () => {
    if (held === undefined || clock.monotonic() >= held.untilMs) {
      held = { token: (await readFile(path, 'utf8')).trim(), untilMs: clock.monotonic() + tokenFreshMs };
    }
    return held.token;
  };
}

/** Resolves a context (default: the current one) to what a connection needs. Throws an Error that says what is missing. */
export async function kubeconfigTarget(
  config: Kubeconfig,
  clock: Clock,
  environment: Readonly<Record<string, string | undefined>>,
  contextName: string = config['current-context'] ?? '',
): Promise<KubeconfigTarget> {
  const context = config.contexts?.find(({ name }) => name === contextName)?.context;
  if (context === undefined) {
    throw new Error(contextName === '' ? 'current-context is not set' : `context ${JSON.stringify(contextName)} does not exist`);
  }
  const cluster = config.clusters?.find(({ name }) => name === context.cluster)?.cluster;
  if (!cluster?.server) throw new Error(`cluster ${JSON.stringify(context.cluster ?? '')} has no server`);
  const user = config.users?.find(({ name }) => name === context.user)?.user ?? {};
  const groups = user['as-groups'] ?? [];
  const token =
    user.token || (user.tokenFile ? fileToken(user.tokenFile, clock) : user.exec ? execToken(user.exec, clock, environment) : undefined);
  return {
    context: contextName,
    namespace: context.namespace || 'default',
    http: {
      server: cluster.server.replace(/\/$/, ''),
      ca: await dataOrFile(cluster['certificate-authority-data'], cluster['certificate-authority']),
      cert: await dataOrFile(user['client-certificate-data'], user['client-certificate']),
      key: await dataOrFile(user['client-key-data'], user['client-key']),
      insecure: cluster['insecure-skip-tls-verify'] ?? false,
      serverName: cluster['tls-server-name'],
      token,
      username: user.username,
      password: user.password,
      headers: {
        ...(user.as ? { 'impersonate-user': user.as } : {}),
        ...(user['as-uid'] ? { 'impersonate-uid': user['as-uid'] } : {}),
        ...(groups.length === 0 ? {} : { 'impersonate-group': groups }),
      },
    },
  };
}
