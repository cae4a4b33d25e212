import type { AnyKind, Input, Kind, Verb } from '../api/kind.ts';
import type { ApiObject, Key } from '../api/meta.ts';
import type { Call, CallOptions, ObjectList, PatchType, Reply, Transport, WatchEvent } from './call.ts';

export interface RequestOptions extends CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Typed access to the API over any transport. Every method throws StatusError. */
export interface Client {
  readonly transport: Transport;
  get<T extends ApiObject>(kind: Kind<T>, key: Key, options?: RequestOptions): Promise<T>;
  list<T extends ApiObject>(kind: Kind<T>, options?: RequestOptions & { readonly namespace?: string | undefined }): Promise<ObjectList<T>>;
  watch<T extends ApiObject>(
    kind: Kind<T>,
    options?: RequestOptions & { readonly namespace?: string | undefined },
  ): Promise<AsyncIterable<WatchEvent<T>>>;
  create<T extends ApiObject>(kind: Kind<T>, object: Input<T>, options?: RequestOptions): Promise<T>;
  /** Conflicts when `object.metadata.resourceVersion` is not the newest. */
  update<T extends ApiObject>(kind: Kind<T>, object: T | Input<T>, options?: RequestOptions): Promise<T>;
  updateStatus<T extends ApiObject>(kind: Kind<T>, object: T | Input<T>, options?: RequestOptions): Promise<T>;
  /** PUT to a subresource that takes the whole object: approval. */
  updateSubresource<T extends ApiObject>(kind: Kind<T>, subresource: string, object: T | Input<T>, options?: RequestOptions): Promise<T>;
  patch<T extends ApiObject>(
    kind: Kind<T>,
    key: Key,
    type: PatchType,
    patch: object,
    options?: RequestOptions & { readonly subresource?: string },
  ): Promise<T>;
  delete<T extends ApiObject>(kind: Kind<T>, key: Key, options?: RequestOptions): Promise<void>;
  deleteCollection<T extends ApiObject>(
    kind: Kind<T>,
    options?: RequestOptions & { readonly namespace?: string | undefined },
  ): Promise<void>;
  /** POST to a subresource: eviction, binding, token. */
  createSubresource(kind: AnyKind, key: Key, subresource: string, body: object, options?: RequestOptions): Promise<ApiObject>;
}

function callOf(verb: Verb, kind: AnyKind, key: Partial<Key>, options: RequestOptions = {}, more: Partial<Call> = {}): Call {
  const { signal, ...rest } = options;
  return {
    verb,
    group: kind.group,
    version: kind.version,
    resource: kind.plural,
    namespace: kind.scope === 'Namespaced' ? key.namespace : undefined,
    name: key.name,
    options: rest,
    kind,
    signal,
    ...more,
  };
}
const objectOf = (reply: Reply): never => {
  if (reply.type !== 'object') throw new TypeError(`expected an object, got a ${reply.type}`);
  return reply.object as never;
};
const keyOf = (object: Input<ApiObject> | ApiObject): Partial<Key> => ({
  namespace: object.metadata?.namespace,
  ...(object.metadata?.name === undefined ? {} : { name: object.metadata.name }),
});

export function createClient(transport: Transport): Client {
  const write = async (verb: Verb, kind: AnyKind, object: object, options: RequestOptions | undefined, more: Partial<Call>) =>
    objectOf(await transport(callOf(verb, kind, keyOf(object as ApiObject), options, { body: object, ...more })));
  return {
    transport,
    get: async (kind, key, options) => objectOf(await transport(callOf('get', kind, key, options))),
    async list(kind, { namespace, ...options } = {}) {
      const reply = await transport(callOf('list', kind, { namespace }, options));
      if (reply.type !== 'list') throw new TypeError(`expected a list, got a ${reply.type}`);
      return reply.list as never;
    },
    async watch(kind, { namespace, ...options } = {}) {
      const reply = await transport(callOf('watch', kind, { namespace }, options));
      if (reply.type !== 'watch') throw new TypeError(`expected a watch, got a ${reply.type}`);
      return reply.events as never;
    },
    create: (kind, object, options) => write('create', kind, object, options, { name: undefined }),
    update: (kind, object, options) => write('update', kind, object, options, {}),
    updateStatus: (kind, object, options) => write('update', kind, object, options, { subresource: 'status' }),
    updateSubresource: (kind, subresource, object, options) => write('update', kind, object, options, { subresource }),
    async patch(kind, key, patchType, body, { subresource, ...options } = {}) {
      return objectOf(await transport(callOf('patch', kind, key, options, { body, patchType, subresource })));
    },
    async delete(kind, key, options) {
      await transport(callOf('delete', kind, key, options));
    },
    async deleteCollection(kind, { namespace, ...options } = {}) {
      await transport(callOf('deletecollection', kind, { namespace }, options));
    },
    createSubresource: async (kind, key, subresource, body, options) =>
      objectOf(await transport(callOf('create', kind, key, options, { body, subresource }))),
  };
}
