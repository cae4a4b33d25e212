import type { AnyKind } from '../api/kind.ts';
import { compareVersions } from '../api/versions.ts';
import type { KindIndex } from './types.ts';

/** An index of kinds that can be told a new list. */
export function createKindIndex(initial: readonly AnyKind[]): KindIndex & { replace(kinds: readonly AnyKind[]): void } {
  let all: readonly AnyKind[] = [];
  let revision = 0;
  let byResource = new Map<string, AnyKind>();
  let byKind = new Map<string, AnyKind[]>();
  let versions: ReadonlyMap<string, readonly string[]> = new Map();
  const replace = (kinds: readonly AnyKind[]) => {
    all = kinds;
    revision++;
    byResource = new Map();
    byKind = new Map();
    const groups = new Map<string, string[]>();
    for (const kind of kinds) {
      const place = `${kind.group}/${kind.version}/${kind.plural}`;
      // Bodies of subresources (Eviction) may share a resource's plural; what can be read is the resource.
      if (!byResource.has(place) || kind.verbs.includes('get')) byResource.set(place, kind);
      const name = `${kind.group}/${kind.kind}`;
      const named = byKind.get(name);
      if (named === undefined) byKind.set(name, [kind]);
      else named.push(kind);
      const group = groups.get(kind.group);
      if (group === undefined) groups.set(kind.group, [kind.version]);
      else if (!group.includes(kind.version)) group.push(kind.version);
    }
    for (const named of byKind.values()) if (named.length > 1) named.sort((a, b) => compareVersions(a.version, b.version));
    for (const group of groups.values()) if (group.length > 1) group.sort(compareVersions);
    versions = groups;
  };
  replace(initial);
  return {
    get all() {
      return all;
    },
    get revision() {
      return revision;
    },
    byResource: (group, version, plural) => byResource.get(`${group}/${version}/${plural}`),
    byKind(group, kind, version) {
      const found = byKind.get(`${group}/${kind}`);
      return version === undefined ? found?.[0] : found?.find((one) => one.version === version);
    },
    versions: (group) => versions.get(group) ?? [],
    replace,
  };
}
