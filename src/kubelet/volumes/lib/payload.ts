import { fieldValue, resourceValue } from '../../field-ref.ts';
import type { Pod, Volume } from '../../types.ts';
import { allContainersOf } from '../../types.ts';
import type { ProjectedFile } from './atomic-writer.ts';
import type { VolumeContext } from './volume.ts';

type Items = NonNullable<NonNullable<Volume['configMap']>['items']>;
type DownwardItems = NonNullable<NonNullable<Volume['downwardAPI']>['items']>;
export const defaultFileMode = 0o644;

function pick(
  all: ReadonlyMap<string, Uint8Array>,
  items: Items | undefined,
  mode: number,
  optional: boolean,
  what: string,
): Map<string, ProjectedFile> {
  const files = new Map<string, ProjectedFile>();
  if (items === undefined || items.length === 0) {
    for (const [name, data] of all) files.set(name, { data, mode });
    return files;
  }
  for (const { key, path, mode: own } of items) {
    const data = all.get(key);
    if (data !== undefined) files.set(path, { data, mode: own ?? mode });
    else if (!optional) throw new Error(`references non-existent ${what} key: ${key}`);
  }
  return files;
}

interface Source {
  readonly name: string;
  readonly items?: Items | undefined;
  readonly optional?: boolean | undefined;
}
/** Files of a ConfigMap. Throws when it or a key is missing and not optional. */
export async function configMapFiles(context: VolumeContext, source: Source, mode: number): Promise<Map<string, ProjectedFile>> {
  const found = await context.reader.configMap(context.pod.metadata.namespace ?? '', source.name);
  if (found === undefined && !source.optional) throw new Error(`configmap "${source.name}" not found`);
  const all = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(found?.data ?? {})) all.set(key, Buffer.from(text));
  for (const [key, text] of Object.entries(found?.binary ?? {})) all.set(key, Buffer.from(text, 'base64'));
  return withPrefix('configmap', () => pick(all, source.items, mode, source.optional === true, 'config'));
}
export async function secretFiles(context: VolumeContext, source: Source, mode: number): Promise<Map<string, ProjectedFile>> {
  const found = await context.reader.secret(context.pod.metadata.namespace ?? '', source.name);
  if (found === undefined && !source.optional) throw new Error(`secret "${source.name}" not found`);
  const all = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(found?.data ?? {})) all.set(key, Buffer.from(text, 'base64'));
  return pick(all, source.items, mode, source.optional === true, 'secret');
}
function withPrefix<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${prefix} ${(error as Error).message}`);
  }
}

export function downwardFiles(context: VolumeContext, items: DownwardItems, mode: number): Map<string, ProjectedFile> {
  const { pod, allocatable } = context;
  const files = new Map<string, ProjectedFile>();
  for (const item of items) {
    let text = '';
    if (item.fieldRef !== undefined) text = fieldValue(pod, item.fieldRef.fieldPath, { podIps: context.podIps, hostIps: context.hostIps });
    else if (item.resourceFieldRef !== undefined) text = resourceValue(pod, item.resourceFieldRef, undefined, allocatable);
    files.set(item.path, { data: Buffer.from(text), mode: item.mode ?? mode });
  }
  return files;
}

/** The user that owns tokens: the one all containers run as, if there is one. */
export function commonUser(pod: Pod): number | undefined {
  const users = new Set(allContainersOf(pod).map((one) => one.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser));
  return users.size === 1 ? [...users][0] : undefined;
}
