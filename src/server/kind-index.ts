import type { AnyKind } from '../api/kind.ts';
import type { KindIndex } from './types.ts';

/** GA before beta before alpha, then the higher number (kubernetes.io: version priority). */
export function compareVersions(a: string, b: string): number {
  const parse = (text: string) => /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(text);
  const left = parse(a);
  const right = parse(b);
  if (left === null || right === null) return left === right ? (a < b ? -1 : 1) : left === null ? 1 : -1;
  const stage = (match: RegExpExecArray) => (match[2] === undefined ? 0 : match[2] === 'beta' ? 1 : 2);
  return stage(left) - stage(right) || Number(right[1]) - Number(left[1]) || Number(right[3] ?? 0) - Number(left[3] ?? 0);
}

/** An index of kinds that can be told a new list. */
export function createKindIndex(initial: readonly AnyKind[]): KindIndex & { replace(kinds: readonly AnyKind[]): void } {
  let all: readonly AnyKind[] = [];
  let revision = 0;
  let byResource = new Map<string, AnyKind>();
  let byKind = new Map<string, AnyKind[]>();
  let versions = new Map<string, readonly string[]>();
  const replace = (kinds: readonly AnyKind[]) => {
    all = kinds;
    revision++;
    byResource = new Map();
    byKind = new Map();
    const groups = new Map<string, Set<string>>();
    for (const kind of kinds) {
      const place = `${kind.group}/${kind.version}/${kind.plural}`;
      // Bodies of subresources (Eviction) may share a resource's plural; what can be read is the resource.
      if (!byResource.has(place) || kind.verbs.includes('get')) byResource.set(place, kind);
      const name = `${kind.group}/${kind.kind}`;
      byKind.set(
        name,
        [...(byKind.get(name) ?? []), kind].sort((a, b) => compareVersions(a.version, b.version)),
      );
      groups.set(kind.group, (groups.get(kind.group) ?? new Set()).add(kind.version));
    }
    versions = new Map([...groups].map(([group, set]) => [group, [...set].sort(compareVersions)]));
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
