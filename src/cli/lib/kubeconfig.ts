import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../base/objects.ts';
import { formatYaml, parseYaml } from '../../base/yaml.ts';
import { type Io, UserError } from '../command.ts';

interface Named {
  readonly name: string;
}
interface Kubeconfig {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly clusters?: readonly Named[] | null;
  readonly users?: readonly Named[] | null;
  readonly contexts?: readonly Named[] | null;
  readonly 'current-context'?: string;
}

/** Name of the context, cluster and user that Skiff keeps in the user's kubeconfig. */
export const contextName = 'skiff';
const lists = ['clusters', 'users', 'contexts'] as const;

/** The user's kubeconfig with our entries put in or replaced, and our context made the current one. */
export function withCluster(config: Kubeconfig, ours: Kubeconfig): Kubeconfig {
  const merged: Record<string, unknown> = { apiVersion: 'v1', kind: 'Config', ...config, 'current-context': ours['current-context'] };
  for (const list of lists) merged[list] = [...(config[list] ?? []).filter((entry) => entry.name !== contextName), ...(ours[list] ?? [])];
  return merged;
}

const clusterIn = (config: Kubeconfig) => config.clusters?.find((entry) => entry.name === contextName);

/** The user's kubeconfig without our entries; as it is where those under our name are of another cluster. */
export function withoutCluster(config: Kubeconfig, ours: Kubeconfig): Kubeconfig {
  if (!isDeepStrictEqual(clusterIn(config), clusterIn(ours))) return config;
  const rest: Record<string, unknown> = { ...config };
  for (const list of lists) rest[list] = (config[list] ?? []).filter((entry) => entry.name !== contextName);
  if (rest['current-context'] === contextName) rest['current-context'] = '';
  return rest;
}

/** The file kubectl would write to: the first of $KUBECONFIG, else ~/.kube/config. */
export function userKubeconfig(io: Pick<Io, 'env'>): string {
  const first = io.env.KUBECONFIG?.split(':').find((path) => path !== '');
  return first ?? join(io.env.HOME ?? '/root', '.kube/config');
}

export const readKubeconfig = (path: string): Kubeconfig => (existsSync(path) ? parseKubeconfig(readFileSync(path, 'utf8'), path) : {});
/** Throws UserError for a text that is something else: nothing of it must be lost by writing it anew. */
export function parseKubeconfig(text: string, path: string): Kubeconfig {
  const config = parseYaml(text)[0] ?? {};
  if (!isObject(config)) throw new UserError(`${path} is no kubeconfig: it holds no object; it is left as it is`);
  for (const list of lists) {
    const entries = config[list] ?? [];
    if (!Array.isArray(entries) || !entries.every(isObject)) {
      throw new UserError(`${path} is no kubeconfig: "${list}" is no list of objects; it is left as it is`);
    }
  }
  return config as Kubeconfig;
}

/** Writes whole or not at all; keys inside, so only the owner may read it. */
export function writeKubeconfig(path: string, config: Kubeconfig): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, formatYaml(config), { mode: 0o600 });
  renameSync(partial, path);
}
