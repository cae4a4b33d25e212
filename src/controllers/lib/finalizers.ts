import type { Kind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { isNotFound } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';

const hasFinalizer = ({ metadata }: ApiObject, finalizer: string) => metadata.finalizers?.includes(finalizer) === true;

/** Being deleted, and held up by a finalizer. */
export const waitsFor = (object: ApiObject, finalizer: string): boolean =>
  object.metadata.deletionTimestamp !== undefined && hasFinalizer(object, finalizer);
/** Alive, and without a finalizer. */
export const lacks = (object: ApiObject, finalizer: string): boolean =>
  object.metadata.deletionTimestamp === undefined && !hasFinalizer(object, finalizer);

const withFinalizers = <T extends ApiObject>(object: T, finalizers: readonly string[]): T => ({
  ...object,
  metadata: { ...object.metadata, finalizers },
});

export async function addFinalizer<T extends ApiObject>(client: Client, kind: Kind<T>, object: T, finalizer: string): Promise<void> {
  await client.update(kind, withFinalizers(object, [...(object.metadata.finalizers ?? []), finalizer]));
}

export async function removeFinalizer<T extends ApiObject>(client: Client, kind: Kind<T>, object: T, finalizer: string): Promise<void> {
  const rest = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer);
  await client.update(kind, withFinalizers(object, rest)).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}
