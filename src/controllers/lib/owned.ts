import { type AnyKind, apiVersionOf, type Kind } from '../../api/kind.ts';
import { type ApiObject, controllerOf, type OwnerReference } from '../../api/meta.ts';
import { isNotFound, StatusError } from '../../api/status.ts';
import type { ControllerContext } from '../../client/controller.ts';
import type { Cache } from '../../client/informer.ts';
import type { Matcher } from './labels.ts';

const indexName = 'controller-uid';
const orphansOf = (namespace: string | undefined) => `orphan/${namespace ?? ''}`;

/** Cache of a kind in which objects are found by the uid of their controller. */
export function ownedCache<T extends ApiObject>(context: ControllerContext, kind: Kind<T>): Cache<T> {
  const informer = context.informers.of(kind);
  informer.index(indexName, (object) => [controllerOf(object)?.uid ?? orphansOf(object.metadata.namespace)]);
  return informer.cache;
}
/** Objects that name `owner` as their controller. */
export const ownedBy = <T extends ApiObject>(cache: Cache<T>, owner: ApiObject): readonly T[] =>
  cache.byIndex(indexName, owner.metadata.uid);
/** Objects without a controller. */
export const orphansIn = <T extends ApiObject>(cache: Cache<T>, namespace: string | undefined): readonly T[] =>
  cache.byIndex(indexName, orphansOf(namespace));

export const controllerReference = (kind: AnyKind, owner: ApiObject): OwnerReference => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

interface Claims<O extends ApiObject, T extends ApiObject> {
  readonly context: ControllerContext;
  readonly ownerKind: Kind<O>;
  readonly owner: O;
  readonly kind: Kind<T>;
  readonly matches: Matcher;
  readonly wrote: (object: T) => void;
  /** What else is asked of owned objects beside the selector; one that does not fulfil it is neither adopted nor kept. */
  readonly also?: (object: T) => boolean;
  /** Finalizers that adopted objects get. */
  readonly finalizers?: readonly string[];
}

/** Refuses to adopt for an owner that is gone, replaced or being deleted, as the server knows it now. */
async function checkOwner<O extends ApiObject, T extends ApiObject>({ context, ownerKind, owner }: Claims<O, T>): Promise<void> {
  const fresh = await context.client.get(ownerKind, owner.metadata);
  if (fresh.metadata.uid === owner.metadata.uid && fresh.metadata.deletionTimestamp === undefined) return;
  throw new StatusError(409, 'Conflict', `${ownerKind.kind} ${owner.metadata.name} is being replaced or deleted and adopts nothing`);
}

async function release<O extends ApiObject, T extends ApiObject>(claims: Claims<O, T>, object: T): Promise<void> {
  const patch = {
    metadata: { uid: object.metadata.uid, ownerReferences: [{ $patch: 'delete', uid: claims.owner.metadata.uid }] },
  };
  try {
    claims.wrote(await claims.context.client.patch(claims.kind, object.metadata, 'strategic', patch));
  } catch (error) {
    // gone, replaced by another one of that name, or already released: nothing left to do
    if (!isNotFound(error) && !(error instanceof StatusError && error.reason === 'Invalid')) throw error;
  }
}

async function adopt<O extends ApiObject, T extends ApiObject>(claims: Claims<O, T>, object: T): Promise<T | undefined> {
  const patch = {
    metadata: {
      uid: object.metadata.uid,
      ownerReferences: [controllerReference(claims.ownerKind, claims.owner)],
      ...(claims.finalizers === undefined ? {} : { finalizers: claims.finalizers }),
    },
  };
  try {
    const adopted = await claims.context.client.patch(claims.kind, object.metadata, 'strategic', patch);
    claims.wrote(adopted);
    return adopted;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * Of `candidates` (owned by the owner, or orphans), those that belong to it: owned ones that the selector matches, and
 * orphans that it matches, which are adopted. Owned ones that it no longer matches are released.
 */
export async function claim<O extends ApiObject, T extends ApiObject>(
  candidates: readonly T[],
  claims: Claims<O, T>,
): Promise<readonly T[]> {
  const { owner, matches } = claims;
  const ending = owner.metadata.deletionTimestamp !== undefined;
  const claimed: T[] = [];
  let checked = false;
  for (const object of candidates) {
    const controller = controllerOf(object);
    const wanted = matches(object.metadata.labels) && (claims.also?.(object) ?? true);
    if (controller !== undefined) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (wanted) claimed.push(object);
      else if (!ending) await release(claims, object);
    } else if (wanted && !ending && object.metadata.deletionTimestamp === undefined) {
      if (!checked) await checkOwner(claims);
      checked = true;
      const adopted = await adopt(claims, object);
      if (adopted !== undefined) claimed.push(adopted);
    }
  }
  return claimed;
}
