import { parseYamlBody } from '../../base/yaml.ts';
import { readText } from './configuration.ts';
import type { RemoteOptions } from './remote.ts';
import { entriesIn, type Entry, entryIn, textIn } from './entries.ts';
import { pemIn, readUser } from './remote-user.ts';

/** Where a webhook is that a kubeconfig tells of. */
export interface RemoteTarget extends Omit<RemoteOptions, 'clock'> {
  readonly url: string;
}

/** What a kubeconfig's list has under a name: its member of this kind. */
export function named(list: unknown, kind: string, name: string): Entry | undefined {
  const found = entriesIn(list).find((one) => one.name === name);
  return found && entryIn(found[kind]);
}

/**
 * Reads the current context of a kubeconfig: `cluster` says where the remote service is, `user` how the API server shows who it is. Throws
 * Error that names what is missing.
 */
export const readRemoteKubeconfig = (path: string): RemoteTarget => parseRemoteKubeconfig(readText(path), path);
/** The same of a text; files that it names are told from `path`. */
export function parseRemoteKubeconfig(content: string, path: string): RemoteTarget {
  const { value } = parseYamlBody(content);
  const config = entryIn(value);
  const fail = (why: string): never => {
    throw new Error(`invalid configuration: ${why} (in ${path})`);
  };
  const contextName = textIn(config['current-context']);
  const context = contextName === undefined ? undefined : named(config.contexts, 'context', contextName);
  if (contextName !== undefined && context === undefined) fail(`context was not found for specified context: ${contextName}`);
  const clusterName = textIn(context?.cluster) ?? textIn(entriesIn(config.clusters)[0]?.name);
  if (clusterName === undefined) return fail('no configuration has been provided, try setting KUBERNETES_MASTER environment variable');
  const cluster = named(config.clusters, 'cluster', clusterName);
  const server = textIn(cluster?.server);
  if (cluster === undefined || server === undefined) return fail(`no server found for cluster ${JSON.stringify(clusterName)}`);
  const userName = context === undefined ? textIn(entriesIn(config.users)[0]?.name) : textIn(context.user);
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
