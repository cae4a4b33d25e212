import { type AnyKind, apiVersionOf } from '../../api/kind.ts';
import type { ApiObject, OwnerReference } from '../../api/meta.ts';

export const orphanFinalizer = 'orphan';
export const foregroundFinalizer = 'foregroundDeletion';

/** Which object a node stands for. For an owner that was only heard of, as its dependent names it. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}
export interface GraphNode {
  identity: Identity;
  /** False for an owner that no informer has shown. */
  observed: boolean;
  owners: readonly OwnerReference[];
  readonly dependents: Set<GraphNode>;
  deleting: boolean;
  /** Being deleted in the foreground: it waits for its dependents to go. */
  deletingDependents: boolean;
  orphaning: boolean;
}
/** Nodes, by uid, that a change gives reason to look at. */
export interface Consequences {
  /** Perhaps to be deleted. */
  readonly check: Set<string>;
  /** Its dependents are to be orphaned. */
  readonly orphan: Set<string>;
  /** Its owner reference can't be right: it names an object of another namespace or kind. */
  readonly misplaced: GraphNode[];
}

const has = (object: ApiObject, finalizer: string) => object.metadata.finalizers?.includes(finalizer) === true;
const nothing = (): Consequences => ({ check: new Set(), orphan: new Set(), misplaced: [] });

/** Who owns whom, kept from what informers show. Decides nothing by itself: `Consequences` say what deserves a look. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }
  get size(): number {
    return this.#nodes.size;
  }

  /** An object was added or changed. */
  put(kind: AnyKind, object: ApiObject): Consequences {
    const out = nothing();
    const { namespace = '', name, uid } = object.metadata;
    const identity = { apiVersion: apiVersionOf(kind), kind: kind.kind, namespace, name, uid };
    let node = this.#nodes.get(uid);
    if (node === undefined) {
      node = this.#add(identity, true);
    } else if (!node.observed) {
      this.#observe(node, identity, out);
    }
    this.#relink(node, object.metadata.ownerReferences ?? [], out);
    this.#follow(node, object, out);
    return out;
  }

  /** An object is gone, or an owner that was only heard of does not exist. */
  remove(uid: string): Consequences {
    const out = nothing();
    const node = this.#nodes.get(uid);
    if (node === undefined) return out;
    this.#nodes.delete(uid);
    for (const dependent of node.dependents) out.check.add(dependent.identity.uid);
    for (const { uid: ownerUid } of node.owners) {
      const owner = this.#nodes.get(ownerUid);
      owner?.dependents.delete(node);
      if (owner?.deletingDependents) out.check.add(ownerUid);
      if (owner !== undefined && !owner.observed && owner.dependents.size === 0) this.#nodes.delete(ownerUid);
    }
    return out;
  }

  /** Dependents that keep `owner` from going, in the foreground. */
  blocking(owner: GraphNode): readonly GraphNode[] {
    const { uid } = owner.identity;
    return [...owner.dependents].filter(({ owners }) => owners.some((each) => each.uid === uid && each.blockOwnerDeletion === true));
  }

  #add(identity: Identity, observed: boolean): GraphNode {
    const node = {
      identity,
      observed,
      owners: [],
      dependents: new Set<GraphNode>(),
      deleting: false,
      deletingDependents: false,
      orphaning: false,
    };
    this.#nodes.set(identity.uid, node);
    return node;
  }

  #observe(node: GraphNode, identity: Identity, out: Consequences): void {
    node.identity = identity;
    node.observed = true;
    for (const dependent of node.dependents) this.#compare(dependent, node, out);
  }

  #relink(node: GraphNode, owners: readonly OwnerReference[], out: Consequences): void {
    if (node.owners === owners) return;
    for (const before of node.owners) {
      const after = owners.find(({ uid }) => uid === before.uid);
      const owner = this.#nodes.get(before.uid);
      if (after === undefined) owner?.dependents.delete(node);
      const unblocked = before.blockOwnerDeletion === true && after?.blockOwnerDeletion !== true;
      if (unblocked && owner?.deletingDependents) out.check.add(before.uid);
      if (after === undefined && owner !== undefined && !owner.observed && owner.dependents.size === 0) this.#nodes.delete(before.uid);
    }
    const known = new Set(node.owners.map(({ uid }) => uid));
    node.owners = owners;
    for (const { uid, apiVersion, kind, name } of owners) {
      if (known.has(uid)) continue;
      let owner = this.#nodes.get(uid);
      if (owner === undefined) {
        owner = this.#add({ apiVersion, kind, namespace: node.identity.namespace, name, uid }, false);
        out.check.add(uid);
      }
      owner.dependents.add(node);
      this.#compare(node, owner, out);
      if (owner.deletingDependents) out.check.add(node.identity.uid);
    }
  }

  /** A dependent must name its owner as it is, and share its namespace unless the owner has none. */
  #compare(dependent: GraphNode, owner: GraphNode, out: Consequences): void {
    const reference = dependent.owners.find(({ uid }) => uid === owner.identity.uid);
    if (reference === undefined || !owner.observed) return;
    const { namespace, name, kind } = owner.identity;
    const right = reference.name === name && reference.kind === kind && (namespace === '' || namespace === dependent.identity.namespace);
    if (right) return;
    out.check.add(dependent.identity.uid);
    out.misplaced.push(dependent);
  }

  #follow(node: GraphNode, object: ApiObject, out: Consequences): void {
    const ending = object.metadata.deletionTimestamp !== undefined;
    const foreground = ending && has(object, foregroundFinalizer);
    const orphaning = ending && has(object, orphanFinalizer);
    node.deleting = ending;
    if (foreground && !node.deletingDependents) {
      out.check.add(object.metadata.uid);
      for (const dependent of node.dependents) out.check.add(dependent.identity.uid);
    }
    if (orphaning && !node.orphaning) out.orphan.add(object.metadata.uid);
    node.deletingDependents = foreground;
    node.orphaning = orphaning;
  }
}
