import { createHash } from 'node:crypto';
import { type AnyKind, apiVersionOf, isSubresourceBody, type Verb } from '../api/kind.ts';
import type { ServedSubresource } from '../api/openapi/routes.ts';
import { compareVersions } from '../api/versions.ts';
import { Metrics, type Value } from '../base/metrics.ts';
import type { Aggregator } from './aggregate/aggregator.ts';
import { localPriority } from './aggregate/priorities.ts';
import type { VersionDiscovery } from './aggregate/remote-discovery.ts';
import type { Subresources } from './dispatch.ts';
import type { KindIndex } from './types.ts';

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

/** A version of a group, and the place it has among others. */
interface Served {
  readonly groupPriority: number;
  readonly versionPriority: number;
  readonly version: string;
  /** That of its APIService. */
  readonly name: string;
}
const bySize = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The discovery documents, made from the kinds and from what other servers tell, and remade when those change. */
export class Discovery {
  readonly #kinds: KindIndex;
  readonly #subresources: Subresources;
  readonly #aggregator: Aggregator | undefined;
  readonly #aggregations: Value;
  #revision = '';
  #documents = new Map<string, object>();
  #places: ReadonlyMap<string, readonly Served[]> = new Map();

  /** `metrics`: where is counted how often discovery is put together. Default: nowhere. */
  constructor(kinds: KindIndex, subresources: Subresources, aggregator?: Aggregator, metrics = new Metrics()) {
    this.#aggregations = metrics
      .counter('aggregator_discovery_aggregation_count_total', '[ALPHA] Times that discovery was put together')
      .of();
    this.#kinds = kinds;
    this.#subresources = subresources;
    this.#aggregator = aggregator;
  }
  #current(): void {
    const revision = `${this.#kinds.revision}/${this.#aggregator?.revision ?? 0}`;
    if (this.#revision === revision) return;
    this.#revision = revision;
    this.#documents.clear();
    this.#places = this.#placesNow();
  }
  #memo(name: string, make: () => object | undefined): object | undefined {
    this.#current();
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
  /** Versions by group, in the order of preference. */
  #placesNow(): ReadonlyMap<string, readonly Served[]> {
    const all = new Map<string, Served & { readonly of: string }>();
    for (const { group, version } of this.#served()) {
      const name = `${version}.${group}`;
      if (!all.has(name)) all.set(name, { of: group, version, name, ...localPriority(group, version) });
    }
    for (const { metadata, spec } of this.#aggregator?.services ?? []) {
      const { name } = metadata;
      const { group = '', version = '', groupPriorityMinimum, versionPriority } = spec;
      all.set(name, { of: group, version, name, groupPriority: groupPriorityMinimum, versionPriority });
    }
    const places = new Map<string, Served[]>();
    for (const { of, ...one } of all.values()) {
      const known = places.get(of);
      if (known === undefined) places.set(of, [one]);
      else known.push(one);
    }
    for (const versions of places.values())
      versions.sort((a, b) => b.versionPriority - a.versionPriority || compareVersions(a.version, b.version));
    return places;
  }
  /** In upstream's order: by the highest priority that one of its APIServices has, then by that one's name. */
  groups(): readonly string[] {
    this.#current();
    const first = (versions: readonly Served[]) =>
      versions.reduce((a, b) => (b.groupPriority > a.groupPriority || (b.groupPriority === a.groupPriority && b.name < a.name) ? b : a));
    const places = [...this.#places].map(([group, versions]) => ({ group, ...first(versions) }));
    return places.sort((a, b) => b.groupPriority - a.groupPriority || bySize(a.name, b.name)).map(({ group }) => group);
  }
  /** Served versions of a group in the order of preference. */
  versions(group: string): readonly string[] {
    this.#current();
    return (this.#places.get(group) ?? []).map(({ version }) => version);
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
    return this.#memo(`aggregated ${legacy}`, () => {
      this.#aggregations.add();
      return {
        kind: 'APIGroupDiscoveryList',
        apiVersion: 'apidiscovery.k8s.io/v2',
        metadata: {},
        items: this.groups()
          .filter((group) => (group === '') === legacy)
          .map((group) => ({
            metadata: group === '' ? {} : { name: group },
            versions: this.versions(group).map((version) => this.#aggregatedVersion(group, version)),
          })),
      };
    })!;
  }
  #aggregatedVersion(group: string, version: string): VersionDiscovery {
    const remote = this.#aggregator?.remote(group, version);
    if (remote !== undefined) return remote.version;
    return { version, resources: this.#of(group, version).map((kind) => this.#aggregatedRow(kind)), freshness: 'Current' };
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
/** Group and version stand only where they are not those of the resource, and with custom resources. */
function responseKind(resource: AnyKind, { group, version, kind }: GroupVersionKind): GroupVersionKind {
  if (resource.custom !== undefined) return { group, version, kind };
  return group === resource.group && version === resource.version ? { group: '', version: '', kind } : { group, version, kind };
}

function handlerVerbs(handler: { readonly verbs: object; readonly connectVerbs?: readonly string[] }): readonly string[] {
  return [...new Set([...Object.keys(handler.verbs), ...(handler.connectVerbs ?? [])])].sort();
}
