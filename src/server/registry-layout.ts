/** Where upstream keeps what: kinds whose folder is not their plural (k8s.io/kubernetes kubeapiserver.SpecialDefaultResourcePrefixes). */
const specialFolders: Readonly<Record<string, string>> = {
  '/core/replicationcontrollers/': 'controllers/',
  '/core/endpoints/': 'services/endpoints/',
  '/core/nodes/': 'minions/',
  '/core/services/': 'services/specs/',
  '/networking.k8s.io/ingresses/': 'ingress/',
};
/** Groups of servers of their own, within upstream's: their kinds lie in a folder of the group, as custom resources do. */
const groupFolders = new Set(['apiregistration.k8s.io', 'apiextensions.k8s.io']);

/** Upstream's key of what lies here under `key`, without '/registry/'. */
export function registryPath(key: string, isBuiltIn: boolean): string {
  const second = key.indexOf('/', 1);
  const third = key.indexOf('/', second + 1);
  if (second < 0 || third < 0) return key.slice(1);
  const special = specialFolders[key.slice(0, third + 1)];
  if (special !== undefined) return special + key.slice(third + 1);
  return isBuiltIn && !groupFolders.has(key.slice(1, second)) ? key.slice(second + 1) : key.slice(1);
}

/** Between keys of the store, '/core/pods/shop/web', and the keys that upstream has for the same in etcd, '/registry/pods/shop/web' without '/registry/'. */
export class RegistryLayout {
  readonly #builtIn = new Set<string>();
  readonly #prefixes = new Map<string, string>();

  /** `kinds`: those that are built in. */
  constructor(kinds: Iterable<{ readonly group: string; readonly plural: string }>) {
    for (const { group, plural } of kinds) {
      const name = group === '' ? 'core' : group;
      this.#builtIn.add(name);
      // Events of both groups are stored as the core's.
      if (name === 'events.k8s.io') continue;
      const prefix = `/${name}/${plural}/`;
      this.#prefixes.set(this.toPath(prefix), prefix);
    }
  }
  /** Also of a prefix that ends with a slash: '/' is everything. */
  toPath(key: string): string {
    return registryPath(key, this.#builtIn.has(key.slice(1, key.indexOf('/', 1))));
  }
  /** undefined: nothing that is stored here. */
  toKey(path: string): string | undefined {
    const first = path.indexOf('/');
    const second = path.indexOf('/', first + 1);
    for (const end of [second, first]) {
      const prefix = end < 0 ? undefined : this.#prefixes.get(path.slice(0, end + 1));
      if (prefix !== undefined) return prefix + path.slice(end + 1);
    }
    return first > 0 && second > 0 && path.slice(0, first).includes('.') ? `/${path}` : undefined;
  }
}
