import { parseYamlBody } from '../../base/yaml.ts';
import { readText } from './configuration.ts';
import type { RemoteOptions } from './remote.ts';
import { type Entry, pemIn, readUser, textIn } from './remote-user.ts';

/** Where a webhook is that a kubeconfig tells of. */
export interface RemoteTarget extends Omit<RemoteOptions, 'clock'> {
  readonly url: string;
}
interface Named<K extends string> {
  readonly name?: string;
  readonly entry: Readonly<Record<K, unknown>>;
}

export function named(list: unknown, kind: string, name: string): Entry | undefined {
  const entries: readonly Named<string>[] = Array.isArray(list) ? list : [];
  const found = entries.find((one) => one?.name === name) as Entry | undefined;
  return found?.[kind] as Entry | undefined;
}

/**
 * Reads the current context of a kubeconfig: `cluster` says where the remote service is, `user` how the API server shows who it is. Throws
 * Error that names what is missing.
 */
export function readRemoteKubeconfig(path: string): RemoteTarget {
  const { value } = parseYamlBody(readText(path));
  const config = (value ?? {}) as Entry;
  const fail = (why: string): never => {
    throw new Error(`invalid configuration: ${why} (in ${path})`);
  };
  const contextName = textIn(config['current-context']);
  const clusters = (Array.isArray(config.clusters) ? config.clusters : []) as readonly { name?: string }[];
  const context = contextName === undefined ? undefined : named(config.contexts, 'context', contextName);
  if (contextName !== undefined && context === undefined) fail(`context was not found for specified context: ${contextName}`);
  const clusterName = textIn(context?.cluster) ?? clusters[0]?.name;
  if (clusterName === undefined) return fail('no configuration has been provided, try setting KUBERNETES_MASTER environment variable');
  const cluster = named(config.clusters, 'cluster', clusterName);
  const server = textIn(cluster?.server);
  if (cluster === undefined || server === undefined) return fail(`no server found for cluster ${JSON.stringify(clusterName)}`);
  const users = (Array.isArray(config.users) ? config.users : []) as readonly { name?: string }[];
  const userName = context === undefined ? users[0]?.name : textIn(context.user);
  const user = userName === undefined ? {} : (named(config.users, 'user', userName) ?? {});
  const ca = pemIn(cluster, 'certificate-authority', path);
  const told = { ...cluster, server, ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }) };
  const readAs = (name: string) => {
    try {
      return readUser(name, user, told, path);
    } catch (error) {
      return fail((error as Error).message);
    }
  };
  return {
    url: server.includes('://') ? server : `https://${server}`,
    ca,
    serverName: textIn(cluster['tls-server-name']),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    ...readAs(userName ?? ''),
  };
}
