import { type AnyKind, defineKind } from '../../src/api/kind.ts';
import type { ApiObject, Key } from '../../src/api/meta.ts';
import { alreadyExists, conflict, notFound } from '../../src/api/status.ts';
import { Channel } from '../../src/base/channel.ts';
import { VirtualClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { WatchEvent } from '../../src/client/call.ts';
import type { KindIndex, Resources, ServerDeps } from '../../src/server/types.ts';

/** A kind without fields of its own: for tests that need its names only. */
export const bareKind = (
  group: string,
  kind: string,
  plural: string,
  scope: 'Namespaced' | 'Cluster' = 'Namespaced',
  more: object = {},
): AnyKind => defineKind({ group, version: 'v1', kind, plural, scope, openApiName: `${group}.${kind}`, fields: {}, ...more });

const rbac = 'rbac.authorization.k8s.io';
/** The kinds that the server's own parts look at. */
export const commonKinds: readonly AnyKind[] = [
  bareKind('', 'Pod', 'pods'),
  bareKind('', 'Service', 'services'),
  bareKind('', 'Endpoints', 'endpoints'),
  bareKind('', 'Secret', 'secrets'),
  bareKind('', 'ConfigMap', 'configmaps'),
  bareKind('', 'ServiceAccount', 'serviceaccounts'),
  bareKind('', 'Node', 'nodes', 'Cluster'),
  bareKind('', 'Namespace', 'namespaces', 'Cluster'),
  bareKind('apps', 'Deployment', 'deployments'),
  bareKind('scheduling.k8s.io', 'PriorityClass', 'priorityclasses', 'Cluster'),
  bareKind('policy', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  bareKind('coordination.k8s.io', 'Lease', 'leases'),
  bareKind('resource.k8s.io', 'ResourceClaim', 'resourceclaims'),
  bareKind('', 'LimitRange', 'limitranges'),
  bareKind('', 'PersistentVolume', 'persistentvolumes', 'Cluster'),
  bareKind('', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  bareKind('storage.k8s.io', 'StorageClass', 'storageclasses', 'Cluster'),
  bareKind('networking.k8s.io', 'Ingress', 'ingresses'),
  bareKind('networking.k8s.io', 'IngressClass', 'ingressclasses', 'Cluster'),
  bareKind(rbac, 'ClusterRole', 'clusterroles', 'Cluster'),
  bareKind(rbac, 'ClusterRoleBinding', 'clusterrolebindings', 'Cluster'),
  bareKind(rbac, 'Role', 'roles'),
  bareKind(rbac, 'RoleBinding', 'rolebindings'),
];

const keyOf = (key: Key) => `${key.namespace ?? ''}/${key.name}`;

/** Resources over a plain map: no admission, defaulting or validation. Writes are seen at once by reads and watches. */
export class MemoryResources implements Resources {
  readonly kinds: KindIndex;
  readonly #objects = new Map<AnyKind, Map<string, ApiObject>>();
  readonly #watchers = new Map<AnyKind, Set<Channel<WatchEvent<any>>>>();
  #revision = 0;

  constructor(kinds: readonly AnyKind[] = commonKinds) {
    this.kinds = {
      all: kinds,
      revision: 1,
      byResource: (group, version, plural) =>
        kinds.find((kind) => kind.group === group && kind.version === version && kind.plural === plural),
      byKind: (group, name, version) =>
        kinds.find((kind) => kind.group === group && kind.kind === name && (version === undefined || kind.version === version)),
      versions: () => ['v1'],
    };
  }
  /** Stores an object given as data; the kind is found by its name. */
  add(group: string, kind: string, object: { metadata: object; [field: string]: unknown }): ApiObject {
    return this.#store('ADDED', this.kinds.byKind(group, kind)!, object);
  }
  #table(kind: AnyKind): Map<string, ApiObject> {
    const table = this.#objects.get(kind) ?? new Map<string, ApiObject>();
    this.#objects.set(kind, table);
    return table;
  }
  #store(type: 'ADDED' | 'MODIFIED', kind: AnyKind, object: any): ApiObject {
    const resourceVersion = String(++this.#revision);
    const stored = {
      apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
      kind: kind.kind,
      ...object,
      metadata: { uid: `uid-${resourceVersion}`, creationTimestamp: '2026-01-01T00:00:00Z', ...object.metadata, resourceVersion },
    };
    this.#table(kind).set(keyOf(stored.metadata), stored);
    this.#tell(kind, type, stored);
    return stored;
  }
  #tell(kind: AnyKind, type: WatchEvent['type'], object: ApiObject): void {
    for (const watcher of this.#watchers.get(kind) ?? []) watcher.push({ type, object });
  }
  async get(kind: AnyKind, key: Key): Promise<any> {
    return this.#table(kind).get(keyOf(key));
  }
  async list(kind: AnyKind, namespace?: string): Promise<any> {
    return [...this.#table(kind).values()].filter((object) => !namespace || object.metadata.namespace === namespace);
  }
  watch(kind: AnyKind, signal: AbortSignal): AsyncIterable<WatchEvent<any>> {
    const watchers = this.#watchers.get(kind) ?? new Set();
    this.#watchers.set(kind, watchers);
    const channel = new Channel<WatchEvent<any>>(10_000, () => watchers.delete(channel));
    for (const object of this.#table(kind).values()) channel.push({ type: 'ADDED', object });
    channel.push({ type: 'BOOKMARK', object: { metadata: {} } });
    watchers.add(channel);
    signal.addEventListener('abort', () => channel.close(), { once: true });
    return channel;
  }
  async convert(object: ApiObject): Promise<ApiObject> {
    return object;
  }
  async create(kind: AnyKind, object: any): Promise<any> {
    if (this.#table(kind).has(keyOf(object.metadata)))
      throw alreadyExists({ group: kind.group, resource: kind.plural }, object.metadata.name);
    return this.#store('ADDED', kind, object);
  }
  async change(
    kind: AnyKind,
    key: Key,
    _subresource: string,
    change: (draft: any, current: any) => void,
    context?: { dryRun?: boolean | undefined },
  ): Promise<any> {
    const current = this.#table(kind).get(keyOf(key));
    if (current === undefined) throw notFound({ group: kind.group, resource: kind.plural }, key.name);
    const draft = structuredClone(current);
    change(draft, current);
    return context?.dryRun ? draft : this.#store('MODIFIED', kind, draft);
  }
  async delete(kind: AnyKind, key: Key, options: { preconditions?: { uid?: string; resourceVersion?: string } } = {}): Promise<object> {
    const current = this.#table(kind).get(keyOf(key));
    const about = { group: kind.group, resource: kind.plural };
    if (current === undefined) throw notFound(about, key.name);
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (uid !== undefined && uid !== current.metadata.uid) throw conflict(about, key.name);
    if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion) throw conflict(about, key.name);
    this.#table(kind).delete(keyOf(key));
    this.#tell(kind, 'DELETED', current);
    return current;
  }
}

export const depsOf = (
  resources: Resources,
  authorize: ServerDeps['authorize'] = () => ({ decision: 'allow', reason: '' }),
): ServerDeps => ({
  resources,
  authorize,
  clock: new VirtualClock(),
  random: seededRandom(1),
  log: silentLogger,
});
