import type { AnyKind } from '../../api/kind.ts';
import type { ApiObject, Key, OwnerReference } from '../../api/meta.ts';
import { isNotFound, StatusError } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import { RecentMap } from '../../client/event-correlator.ts';
import { forAll } from './batches.ts';
import { foregroundFinalizer, type GraphNode, type Identity, orphanFinalizer, type OwnerGraph } from './owner-graph.ts';

type Policy = 'Orphan' | 'Foreground' | 'Background';

const rememberedAbsent = 500;
const patchesAtOnce = 20;

const groupOf = (apiVersion: string) => (apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '');
const isUnsupportedPatch = (error: unknown) => error instanceof StatusError && error.code === 415;
const finalizersOf = (object: ApiObject) => object.metadata.finalizers ?? [];

/** Acts on the graph: deletes what has no owner left, orphans what is to be kept. Reads the server before every decision. */
export class GarbageWorker {
  readonly #client: Client;
  readonly #kinds: () => IteratorObject<AnyKind>;
  readonly #graph: OwnerGraph;
  readonly #check: (uid: string) => void;
  /** Owners that were asked for and not found, or seen to go: 'namespace/uid'. Uids never come back. */
  readonly #absent = new RecentMap<true>(rememberedAbsent);

  constructor(client: Client, kinds: () => IteratorObject<AnyKind>, graph: OwnerGraph, check: (uid: string) => void) {
    this.#client = client;
    this.#kinds = kinds;
    this.#graph = graph;
    this.#check = check;
  }
  /** Remembers that an object is gone. */
  gone({ namespace, uid }: Identity): void {
    this.#absent.set(`${namespace}/${uid}`, true);
  }

  /** Deletes the object of a node when all its owners are gone; ends a deletion in the foreground when nothing blocks it. */
  async collect(node: GraphNode): Promise<'absent' | undefined> {
    if (node.deleting && !node.deletingDependents) return undefined;
    const latest = await this.#read(node.identity);
    if (latest === undefined) return 'absent';
    if (node.deletingDependents) {
      await this.#finishForeground(node, latest);
      return undefined;
    }
    const references = latest.metadata.ownerReferences ?? [];
    if (references.length === 0) return undefined;
    const { solid, waiting, dangling } = await this.#classify(node.identity, references);
    if (solid.length > 0) {
      const loose = [...dangling, ...waiting].map(({ uid }) => uid);
      if (loose.length > 0) await this.#dropOwners(node.identity, loose, latest);
      return undefined;
    }
    if (waiting.length > 0 && node.dependents.size > 0) {
      if ([...node.dependents].some(({ deletingDependents }) => deletingDependents)) await this.#unblock(node.identity, latest);
      return await this.#delete(node.identity, latest, 'Foreground');
    }
    const finalizers = finalizersOf(latest);
    const kept = finalizers.includes(orphanFinalizer) ? 'Orphan' : finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background';
    return await this.#delete(node.identity, latest, kept);
  }

  /** Takes the owner out of its dependents, then lets it go. */
  async orphan(node: GraphNode): Promise<void> {
    await forAll([...node.dependents], patchesAtOnce, async ({ identity }) => {
      await this.#dropOwners(identity, [node.identity.uid]).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    });
    const latest = await this.#read(node.identity);
    if (latest !== undefined) await this.#removeFinalizer(node.identity, latest, orphanFinalizer);
  }

  #kindOf(apiVersion: string, kind: string): AnyKind {
    const group = groupOf(apiVersion);
    const found = this.#kinds().find((each) => each.group === group && each.kind === kind);
    if (found === undefined) throw new StatusError(404, '', `no matches for kind "${kind}" in version "${apiVersion}"`);
    return found;
  }
  #at(identity: Identity): readonly [AnyKind, Key] {
    const kind = this.#kindOf(identity.apiVersion, identity.kind);
    return [kind, kind.scope === 'Namespaced' ? { namespace: identity.namespace, name: identity.name } : { name: identity.name }];
  }
  async #read(identity: Identity): Promise<ApiObject | undefined> {
    try {
      const object: ApiObject = await this.#client.get(...this.#at(identity));
      return object.metadata.uid === identity.uid ? object : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #classify(item: Identity, references: readonly OwnerReference[]) {
    const result = { solid: [] as OwnerReference[], waiting: [] as OwnerReference[], dangling: [] as OwnerReference[] };
    for (const reference of references) {
      const { uid, apiVersion, name } = reference;
      const absent = this.#absent.get(`${item.namespace}/${uid}`) ?? this.#absent.get(`/${uid}`);
      if (absent) {
        result.dangling.push(reference);
        continue;
      }
      const kind = this.#kindOf(apiVersion, reference.kind);
      const namespaced = kind.scope === 'Namespaced';
      if (namespaced && item.namespace === '') {
        // a cluster-scoped object can't have a namespaced owner: never decide by such a reference
        result.solid.push(reference);
        continue;
      }
      const identity = { apiVersion, kind: reference.kind, namespace: namespaced ? item.namespace : '', name, uid };
      const owner = await this.#read(identity);
      if (owner === undefined) {
        this.gone(identity);
        result.dangling.push(reference);
      } else if (owner.metadata.deletionTimestamp !== undefined && finalizersOf(owner).includes(foregroundFinalizer)) {
        result.waiting.push(reference);
      } else result.solid.push(reference);
    }
    return result;
  }

  async #finishForeground(node: GraphNode, latest: ApiObject): Promise<void> {
    const blocking = this.#graph.blocking(node);
    if (blocking.length === 0) return await this.#removeFinalizer(node.identity, latest, foregroundFinalizer);
    for (const { identity, deletingDependents } of blocking) if (!deletingDependents) this.#check(identity.uid);
  }

  async #delete(identity: Identity, { metadata }: ApiObject, propagationPolicy: Policy): Promise<'absent' | undefined> {
    const [kind, key] = this.#at(identity);
    const preconditions = { uid: metadata.uid, resourceVersion: metadata.resourceVersion };
    try {
      await this.#client.delete(kind, key, { propagationPolicy, preconditions });
      return undefined;
    } catch (error) {
      if (isNotFound(error)) return 'absent';
      throw error;
    }
  }

  async #dropOwners(identity: Identity, uids: readonly string[], latest?: ApiObject): Promise<void> {
    const [kind, key] = this.#at(identity);
    const ownerReferences = uids.map((uid) => ({ $patch: 'delete', uid }));
    try {
      await this.#client.patch(kind, key, 'strategic', { metadata: { uid: identity.uid, ownerReferences } });
    } catch (error) {
      if (!isUnsupportedPatch(error)) throw error;
      const object = latest ?? (await this.#read(identity));
      if (object === undefined) return;
      const kept = (object.metadata.ownerReferences ?? []).filter(({ uid }) => !uids.includes(uid));
      const { resourceVersion } = object.metadata;
      await this.#client.patch(kind, key, 'merge', { metadata: { resourceVersion, ownerReferences: kept.length > 0 ? kept : null } });
    }
  }

  /** Two objects that wait for each other in the foreground would never go. */
  async #unblock(identity: Identity, { metadata }: ApiObject): Promise<void> {
    const ownerReferences = (metadata.ownerReferences ?? []).map((each) => ({ ...each, blockOwnerDeletion: false }));
    await this.#client.patch(...this.#at(identity), 'merge', { metadata: { resourceVersion: metadata.resourceVersion, ownerReferences } });
  }

  async #removeFinalizer(identity: Identity, { metadata }: ApiObject, finalizer: string): Promise<void> {
    const finalizers = (metadata.finalizers ?? []).filter((each) => each !== finalizer);
    if (finalizers.length === (metadata.finalizers ?? []).length) return;
    const { resourceVersion } = metadata;
    try {
      await this.#client.patch(...this.#at(identity), 'merge', { metadata: { resourceVersion, finalizers } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
