import type { ApiObject, Condition, ListMeta } from '../api/meta.ts';
import type { JsonValue } from '../api/schema.ts';
import type { AnyKind, Verb } from '../api/kind.ts';

/** Who calls. Groups include system:authenticated or system:unauthenticated. */
export interface Identity {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** The options of meta/v1 (GetOptions, ListOptions, CreateOptions, ...), in one place, as the query string carries them. */
export interface CallOptions {
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly timeoutSeconds?: number;
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
  readonly force?: boolean;
  /** delete: DeleteOptions, from the body or the query */
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** One API request about a resource, as data. The HTTP transport and the server's chain speak the same. */
export interface Call {
  readonly verb: Verb;
  readonly group: string;
  readonly version: string;
  /** Plural. */
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly options: CallOptions;
  /** What the caller takes the objects for, so that what came over a wire is read as its types say. */
  readonly kind?: AnyKind | undefined;
  /** create, update: the object. patch: the patch. Subresource calls: their own body. */
  readonly body?: JsonValue | object | undefined;
  readonly patchType?: PatchType | undefined;
  /** Further parameters that a subresource takes: container and follow of pods/log. */
  readonly query?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Set by the local transport, or by the server's authentication step; never read from a remote caller. */
  readonly identity?: Identity | undefined;
  readonly userAgent?: string | undefined;
}

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
/** BOOKMARK carries only kind, apiVersion and metadata (resourceVersion, annotations); ERROR carries a Status. */
export interface WatchEvent<T extends ApiObject = ApiObject> {
  readonly type: EventType;
  readonly object: T;
}
export interface ObjectList<T extends ApiObject = ApiObject> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ListMeta;
  readonly items: readonly T[];
}

/** Answer to a call. Objects are immutable and may be shared with the server: never write to them. */
export type Reply = { readonly code: number; readonly warnings?: readonly string[] } & (
  | { readonly type: 'object'; readonly object: ApiObject | object }
  | { readonly type: 'list'; readonly list: ObjectList }
  | { readonly type: 'watch'; readonly events: AsyncIterable<WatchEvent> }
  /** pods/log and the like: bytes as they come */
  | { readonly type: 'stream'; readonly contentType: string; readonly stream: AsyncIterable<Uint8Array> }
);

/** One API call, answered. Throws StatusError. The in-process server and the HTTP transport are both of this type. */
export type Transport = (call: Call) => Promise<Reply>;
/** Retries, logging, impersonation, fault injection. */
export type Interceptor = (next: Transport) => Transport;
export type { Condition };
