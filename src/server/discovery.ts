import { createHash } from 'node:crypto';
import { type AnyKind, apiVersionOf, isSubresourceBody, type Verb } from '../api/kind.ts';
import type { ServedSubresource } from '../api/openapi/routes.ts';
import type { Subresources } from './dispatch.ts';
import type { KindIndex } from './types.ts';

/** The order of groups as upstream serves them; others follow in the order of their names. */
const groupOrder = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'storagemigration.k8s.io',
];
const statusVerbs = ['get', 'patch', 'update'];

/** base64 of the first 8 bytes of SHA-256 of '<group>/<stored version>/<kind>'. */
export function storageVersionHash(kind: Pick<AnyKind, 'group' | 'version' | 'kind'>): string {
  return createHash('sha256').update(`${kind.group}/${kind.version}/${kind.kind}`).digest().subarray(0, 8).toString('base64');
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The discovery documents, made from the kinds and remade when those change. */
export class Discovery {
  readonly #kinds: KindIndex;
  readonly #subresources: Subresources;
  #revision = -1;
  #documents = new Map<string, object>();

  constructor(kinds: KindIndex, subresources: Subresources) {
    this.#kinds = kinds;
    this.#subresources = subresources;
  }
  #memo(name: string, make: () => object | undefined): object | undefined {
    if (this.#revision !== this.#kinds.revision) {
      this.#documents.clear();
      this.#revision = this.#kinds.revision;
    }
    let document = this.#documents.get(name);
    if (document === undefined) {
      document = make();
      if (document !== undefined) this.#documents.set(name, document);
    }
    return document;
  }
  #served(): readonly AnyKind[] {
    return this.#kinds.all.filter(
      (kind) =>
        this.#kinds.byResource(kind.group, kind.version, kind.plural) === kind &&
        !isSubresourceBody(kind) &&
        (kind.custom === undefined || kind.custom.isEstablished),
    );
  }
  groups(): readonly string[] {
    const present = new Set(this.#served().map((kind) => kind.group));
    const known = groupOrder.filter((group) => present.has(group));
    return [...known, ...[...present].filter((group) => !groupOrder.includes(group)).sort()];
  }
  /** Served versions of a group in the order of preference. */
  versions(group: string): readonly string[] {
    const present = new Set(this.#served().flatMap((kind) => (kind.group === group ? [kind.version] : [])));
    return this.#kinds.versions(group).filter((version) => present.has(version));
  }
  /** /api */
  legacy(address: string): object {
    return {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
    };
  }
  /** /apis */
  groupList(): object {
    return this.#memo('/apis', () => ({
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: this.groups().flatMap((group) => (group === '' ? [] : [this.#group(group)])),
    }))!;
  }
  #group(group: string) {
    const versions = this.versions(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
    return { name: group, versions, preferredVersion: versions[0]! };
  }
  /** /apis/<group> */
  group(group: string): object | undefined {
    return this.#memo(`/apis/${group}`, () =>
      group === '' || this.versions(group).length === 0 ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...this.#group(group) },
    );
  }
  /** /api/v1 and /apis/<group>/<version> */
  resources(group: string, version: string): object | undefined {
    return this.#memo(`${group}/${version}`, () => {
      const kinds = this.#of(group, version);
      if (kinds.length === 0) return undefined;
      const resources = kinds.flatMap((kind) => this.#rows(kind));
      const groupVersion = apiVersionOf({ group, version });
      return { kind: 'APIResourceList', ...(group === '' ? {} : { apiVersion: 'v1' }), groupVersion, resources };
    });
  }
  #of(group: string, version: string): readonly AnyKind[] {
    return this.#served()
      .filter((kind) => kind.group === group && kind.version === version)
      .sort((a, b) => (a.plural < b.plural ? -1 : 1));
  }
  #rows(kind: AnyKind) {
    const main = {
      name: kind.plural,
      singularName: kind.singular,
      namespaced: kind.scope === 'Namespaced',
      kind: kind.kind,
      verbs: verbsOf(kind),
      ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
      ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
      ...(kind.verbs.includes('get') && kind.verbs.includes('create')
        ? { storageVersionHash: storageVersionHash(this.#stored(kind)) }
        : {}),
    };
    const rows = this.subresources(kind).map(({ name, verbs, body }) => ({
      name: `${kind.plural}/${name}`,
      singularName: '',
      namespaced: main.namespaced,
      ...(body.group === kind.group && body.version === kind.version ? {} : { group: body.group, version: body.version }),
      kind: body.kind,
      verbs,
    }));
    return [main, ...rows];
  }
  #stored(kind: AnyKind): GroupVersionKind {
    if (kind.custom !== undefined) return kind.custom.versions.get(kind.custom.storage)!;
    if (kind.storageVersion !== undefined) return { ...kind, version: kind.storageVersion };
    return (kind.storedAs && this.#kinds.byKind(kind.storedAs.group, kind.storedAs.kind)) || kind;
  }
  subresources(kind: AnyKind): readonly ServedSubresource[] {
    const names = kind.custom === undefined ? [...kind.subresources].sort() : kind.subresources;
    return names.flatMap((name): ServedSubresource[] => {
      const handler = this.#subresources.find(kind, name);
      if (handler === undefined) {
        if (name !== 'finalize' && !Object.hasOwn(kind.resets, name)) return [];
        return [{ name, verbs: name === 'finalize' ? ['update'] : statusVerbs, body: kind }];
      }
      const { options, produces, connect, connectVerbs } = handler;
      const body = handler.body ?? (connect === undefined || options === undefined ? kind : { ...kind, kind: options });
      const connects = connect === undefined ? undefined : connectVerbs?.includes('delete') === true ? 'path' : 'plain';
      return [{ name, verbs: handlerVerbs(handler), body, options, produces, connects }];
    });
  }
  /** apidiscovery.k8s.io/v2: everything under /api or /apis at once. */
  aggregated(legacy: boolean): object {
    return this.#memo(`aggregated ${legacy}`, () => ({
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      metadata: {},
      items: this.groups()
        .filter((group) => (group === '') === legacy)
        .map((group) => ({
          metadata: group === '' ? {} : { name: group },
          versions: this.versions(group).map((version) => ({
            version,
            resources: this.#of(group, version).map((kind) => this.#aggregatedRow(kind)),
            freshness: 'Current',
          })),
        })),
    }))!;
  }
  #aggregatedRow(kind: AnyKind) {
    const subresources = this.subresources(kind).map(({ name, verbs, body }) => ({
      subresource: name,
      responseKind: responseKind(kind, body),
      verbs,
    }));
    return {
      resource: kind.plural,
      responseKind: responseKind(kind, kind),
      scope: kind.scope === 'Namespaced' ? 'Namespaced' : 'Cluster',
      singularResource: kind.singular,
      verbs: verbsOf(kind),
      ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
      ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
      ...(subresources.length > 0 ? { subresources } : {}),
    };
  }
}

/** Those of custom resources in upstream's order; a resource that is going takes nothing new. */
const customVerbs: readonly Verb[] = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const lastVerbs: readonly Verb[] = ['delete', 'deletecollection', 'get', 'list', 'watch'];
function verbsOf({ verbs, custom }: AnyKind): readonly Verb[] {
  if (custom === undefined) return [...verbs].sort();
  return custom.isTerminating ? lastVerbs : customVerbs;
}
/** Group and version stand only where they are not those of the resource. */
function responseKind(resource: GroupVersionKind, { group, version, kind }: GroupVersionKind): GroupVersionKind {
  return group === resource.group && version === resource.version ? { group: '', version: '', kind } : { group, version, kind };
}

function handlerVerbs(handler: { readonly verbs: object; readonly connectVerbs?: readonly string[] }): readonly string[] {
  return [...new Set([...Object.keys(handler.verbs), ...(handler.connectVerbs ?? [])])].sort();
}
