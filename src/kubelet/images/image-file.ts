import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { ImageConfig } from './oci.ts';

/** What a folder says about the image made of it. */
export interface ImageFile {
  readonly base: 'busybox' | 'scratch';
  readonly config: ImageConfig;
}
export const imageFileNames = ['image.yaml', 'image.yml', 'image.json'] as const;
const known = ['base', 'entrypoint', 'cmd', 'env', 'user', 'workingDir', 'exposedPorts', 'labels', 'stopSignal'];

/** Reads `image.yaml` or `image.json` of a folder; without one the folder is the whole image. Throws with what is wrong. */
export async function readImageFile(folder: string): Promise<ImageFile> {
  const name = imageFileNames.find((candidate) => existsSync(join(folder, candidate)));
  if (name === undefined) return { base: 'scratch', config: {} };
  try {
    return parseImageFile(load(await readFile(join(folder, name), 'utf8')));
  } catch (error) {
    throw new Error(`${join(folder, name)}: ${(error as Error).message}`);
  }
}

export function parseImageFile(value: unknown): ImageFile {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('must be an object');
  const from = new Map(Object.entries(value));
  for (const key of from.keys()) if (!known.includes(key)) throw new Error(`unknown field "${key}"; known are ${known.join(', ')}`);
  const text = (key: string) => {
    const item = from.get(key) ?? '';
    if (typeof item !== 'string' && typeof item !== 'number') throw new Error(`${key} must be text`);
    return String(item);
  };
  const words = (key: string) => {
    const item = from.get(key) ?? [];
    if (typeof item === 'string') return ['/bin/sh', '-c', item];
    if (!Array.isArray(item) || !item.every((word) => typeof word === 'string')) throw new Error(`${key} must be text or a list of texts`);
    return item as readonly string[];
  };
  const pairs = (key: string) => {
    const item = from.get(key) ?? {};
    if (typeof item !== 'object' || Array.isArray(item)) throw new Error(`${key} must be an object`);
    return Object.entries(item as object).map(([name, entry]) => [name, String(entry)] as const);
  };
  const base = text('base') || 'scratch';
  if (base !== 'busybox' && base !== 'scratch') throw new Error(`base must be busybox or scratch, not "${base}"`);
  const ports = from.get('exposedPorts') ?? [];
  if (!Array.isArray(ports)) throw new Error('exposedPorts must be a list');
  const env = pairs('env').map(([name, entry]) => `${name}=${entry}`);
  const path = base === 'busybox' && !env.some((entry) => entry.startsWith('PATH=')) ? ['PATH=/bin:/usr/bin'] : [];
  return {
    base,
    config: {
      Entrypoint: words('entrypoint'),
      Cmd: words('cmd'),
      Env: [...path, ...env],
      User: text('user'),
      WorkingDir: text('workingDir'),
      ExposedPorts: Object.fromEntries(ports.map((port) => [/\//.test(String(port)) ? String(port) : `${port}/tcp`, {}])),
      Labels: Object.fromEntries(pairs('labels')),
      ...(text('stopSignal') !== '' && { StopSignal: text('stopSignal') }),
    },
  };
}
