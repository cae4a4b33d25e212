import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatYaml, parseYaml } from '../../base/yaml.ts';
import type { Io } from '../command.ts';

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

/** The user's kubeconfig without our entries. */
export function withoutCluster(config: Kubeconfig): Kubeconfig {
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

export function readKubeconfig(path: string): Kubeconfig {
  return existsSync(path) ? ((parseYaml(readFileSync(path, 'utf8'))[0] ?? {}) as Kubeconfig) : {};
}

/** Writes whole or not at all; keys inside, so only the owner may read it. */
export function writeKubeconfig(path: string, config: Kubeconfig): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, formatYaml(config), { mode: 0o600 });
  renameSync(partial, path);
}
