import { dirname, resolve } from 'node:path';
import { parseYamlBody } from '../../base/yaml.ts';
import { readText } from './configuration.ts';
import { readExecPlan } from './exec-credentials.ts';
import type { RemoteOptions } from './remote.ts';

/** Where a webhook is that a kubeconfig tells of. */
export interface RemoteTarget extends Omit<RemoteOptions, 'clock'> {
  readonly url: string;
}
interface Named<K extends string> {
  readonly name?: string;
  readonly entry: Readonly<Record<K, unknown>>;
}
type Entry = Readonly<Record<string, unknown>>;

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const decoded = (value: unknown): string | undefined => {
  const base64 = text(value);
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('utf8');
};
function named(list: unknown, kind: string, name: string): Entry | undefined {
  const entries: readonly Named<string>[] = Array.isArray(list) ? list : [];
  const found = entries.find((one) => one?.name === name) as Entry | undefined;
  return found?.[kind] as Entry | undefined;
}

/**
 * Reads the current context of a kubeconfig: `cluster` says where the remote service is, `user` how the API server shows who it is. Throws
 * Error that names what is missing. A program that gives credentials (`exec`) is run when they are needed; of `auth-provider` there are none, as upstream.
 */
export function readRemoteKubeconfig(path: string): RemoteTarget {
  const { value } = parseYamlBody(readText(path));
  const config = (value ?? {}) as Entry;
  const fail = (why: string): never => {
    throw new Error(`invalid configuration: ${why} (in ${path})`);
  };
  const contextName = text(config['current-context']);
  const clusters = (Array.isArray(config.clusters) ? config.clusters : []) as readonly { name?: string }[];
  const context = contextName === undefined ? undefined : named(config.contexts, 'context', contextName);
  if (contextName !== undefined && context === undefined) fail(`context was not found for specified context: ${contextName}`);
  const clusterName = text(context?.cluster) ?? clusters[0]?.name;
  if (clusterName === undefined) return fail('no configuration has been provided, try setting KUBERNETES_MASTER environment variable');
  const cluster = named(config.clusters, 'cluster', clusterName);
  const server = text(cluster?.server);
  if (cluster === undefined || server === undefined) return fail(`no server found for cluster ${JSON.stringify(clusterName)}`);
  const users = (Array.isArray(config.users) ? config.users : []) as readonly { name?: string }[];
  const userName = context === undefined ? users[0]?.name : text(context.user);
  const user = userName === undefined ? {} : (named(config.users, 'user', userName) ?? {});
  const provider = user['auth-provider'] as Entry | undefined | null;
  if (provider) fail(`no Auth Provider found for name ${JSON.stringify(text(provider.name) ?? '')}`);
  const file = (name: unknown) => {
    const given = text(name);
    return given === undefined ? undefined : resolve(dirname(path), given);
  };
  const pem = (entry: Entry, name: string) => {
    const inline = decoded(entry[`${name}-data`]);
    const at = file(entry[name]);
    return inline ?? (at === undefined ? undefined : readText(at));
  };
  const execOf = (exec: Entry) => {
    try {
      const known = { ...cluster, server, 'certificate-authority-data': pemBase64(pem(cluster, 'certificate-authority')) };
      return readExecPlan(userName ?? '', exec, known, path);
    } catch (error) {
      return fail((error as Error).message);
    }
  };
  const authorization = authorizationOf(user, file(user.tokenFile));
  const [certificate, key] = [pem(user, 'client-certificate'), pem(user, 'client-key')];
  // What is written down goes before what a program gives.
  const isGiven = authorization !== undefined || certificate !== undefined;
  const exec = user.exec ? execOf(user.exec as Entry) : undefined;
  return {
    url: server.includes('://') ? server : `https://${server}`,
    ca: pem(cluster, 'certificate-authority'),
    serverName: text(cluster['tls-server-name']),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    certificate,
    key,
    authorization,
    exec: isGiven ? undefined : exec,
  };
}

const pemBase64 = (pem: string | undefined): string | undefined => (pem === undefined ? undefined : Buffer.from(pem).toString('base64'));

function authorizationOf(user: Entry, tokenFile: string | undefined): (() => string) | undefined {
  if (tokenFile !== undefined) return () => `Bearer ${readText(tokenFile).trim()}`;
  const token = text(user.token);
  if (token !== undefined) return () => `Bearer ${token}`;
  const name = text(user.username);
  if (name === undefined) return undefined;
  const basic = Buffer.from(`${name}:${text(user.password) ?? ''}`).toString('base64');
  return () => `Basic ${basic}`;
}
