import type { AnyKind } from '../api/kind.ts';
import type { ServedSubresource } from '../api/openapi/routes.ts';
import type { RequestInfo } from './request-info.ts';

/** HTTP methods of a path. */
type Methods = ReadonlySet<string>;

const methodOf: Readonly<Record<string, string>> = {
  list: 'GET',
  get: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};
const methodsOf = (verbs: readonly string[], among: readonly string[]): Methods =>
  new Set(verbs.flatMap((verb) => (among.includes(verb) ? [methodOf[verb]!] : [])));
const reading: Methods = new Set(['GET']);
const proxied: Methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']);

interface KindRoutes {
  readonly everywhere: Methods;
  readonly collection: Methods;
  readonly object: Methods;
  readonly isWatched: boolean;
  readonly subresources: ReadonlyMap<string, { readonly methods: Methods; readonly hasPaths: boolean }>;
}

/**
 * Which paths built-in kinds have, and which methods. Upstream finds the path first and then looks at the method, the body's type and what is
 * accepted (go-restful's CurlyRouter; k8s.io/apiserver endpoints/installer.go), so a fault is told before those that come later.
 */
export class Routes {
  readonly #subresourcesOf: (kind: AnyKind) => readonly ServedSubresource[];
  readonly #byKind = new WeakMap<AnyKind, KindRoutes>();
  constructor(subresourcesOf: (kind: AnyKind) => readonly ServedSubresource[]) {
    this.#subresourcesOf = subresourcesOf;
  }
  /** undefined: there is no such path. */
  methodsAt(kind: AnyKind, { parts, resource }: RequestInfo): Methods | undefined {
    const routes = this.#of(kind);
    const from = parts[0] === 'watch' && parts.length > 1 ? 1 : 0;
    const isWithin = parts[from] === 'namespaces' && parts.length > from + 2 && parts[from + 2] === resource;
    const at = isWithin ? from + 2 : from;
    const [name, subresource] = [parts[at + 1], parts[at + 2]];
    if (parts[at] !== resource || (isWithin && kind.scope === 'Cluster')) return undefined;
    if (name !== undefined && !isWithin && kind.scope === 'Namespaced') return undefined;
    if (from > 0) return subresource === undefined && routes.isWatched ? reading : undefined;
    if (subresource !== undefined) {
      const found = routes.subresources.get(subresource);
      return found?.hasPaths === false && parts.length > at + 3 ? undefined : found?.methods;
    }
    const { everywhere, collection, object } = routes;
    const found = name !== undefined ? object : isWithin || kind.scope === 'Cluster' ? collection : everywhere;
    return found.size === 0 ? undefined : found;
  }
  #of(kind: AnyKind): KindRoutes {
    let routes = this.#byKind.get(kind);
    if (routes === undefined) this.#byKind.set(kind, (routes = this.#build(kind)));
    return routes;
  }
  #build(kind: AnyKind): KindRoutes {
    const { verbs } = kind;
    return {
      everywhere: methodsOf(verbs, ['list']),
      collection: methodsOf(verbs, ['list', 'create', 'deletecollection']),
      object: methodsOf(verbs, ['get', 'update', 'patch', 'delete']),
      isWatched: (verbs as readonly string[]).includes('watch'),
      subresources: new Map(
        this.#subresourcesOf(kind).map(({ name, verbs: own, connects }) => {
          const hasPaths = connects === 'path';
          return [name, { methods: hasPaths ? proxied : methodsOf(own, own), hasPaths }];
        }),
      ),
    };
  }
}
