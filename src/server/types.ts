import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { AnyKind, Draft, Kind } from '../api/kind.ts';
import type { ApiObject, Key } from '../api/meta.ts';
import type { FieldError } from '../api/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { CallOptions, Identity, PatchType, Reply, WatchEvent } from '../client/call.ts';
import type { HealthCheck } from './health.ts';
import type { Dialer, NodeConnections } from './node-connection.ts';

/** What an authenticator may look at. Header names are in lower case. */
export interface AuthenticationRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Present when the client offered a certificate: DER, the client's own first. The handshake proved possession of its key, nothing else. */
  readonly peerCertificates?: readonly Uint8Array[] | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  /** Names and values in turn, as they were sent: for headers that may be repeated. */
  readonly rawHeaders?: readonly string[] | undefined;
  /** What is to be told of the credentials, though they are good; authenticators add to it. */
  notes?: readonly CredentialNote[] | undefined;
}
/** For the audit log, or for the client. */
export type CredentialNote =
  | { readonly type: 'annotation'; readonly key: string; readonly value: string }
  | { readonly type: 'warning'; readonly text: string };
export type NoteCredential = (note: CredentialNote) => void;
/** undefined: carries no credentials that this authenticator knows. Throws StatusError 401 for credentials that are wrong. */
export type Authenticator = (request: AuthenticationRequest, path: string) => Promise<Identity | undefined> | Identity | undefined;

/** What is to be decided about. Non-resource requests have only identity, verb (get, post, ... in lower case) and path. */
export interface Attributes {
  readonly identity: Identity;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly isResource: boolean;
  /** Selectors of list, watch and deletecollection, for authorizers that look at them (Node). */
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
}
export interface Verdict {
  readonly decision: 'allow' | 'deny' | 'noOpinion';
  readonly reason: string;
  /** What went wrong while deciding, such as a webhook that could not be asked. */
  readonly error?: string;
}
export type Authorizer = (attributes: Attributes) => Promise<Verdict> | Verdict;

/** Everything that is served, by its names. Changes when CustomResourceDefinitions come and go. */
export interface KindIndex {
  readonly all: readonly AnyKind[];
  byResource(group: string, version: string, plural: string): AnyKind | undefined;
  /** The preferred (first served) version when `version` is left out. */
  byKind(group: string, kind: string, version?: string): AnyKind | undefined;
  /** Versions of a group in the order of preference. */
  versions(group: string): readonly string[];
  /** Increases whenever `all` changes. */
  readonly revision: number;
}

/** Notes something for the audit log, from this level of detail on. What was noted under a key stays. */
export type Annotate = (key: string, value: string, level?: 'Metadata' | 'Request') => void;

/** How a write is to be made; no authorization is done, admission and the kind's strategy are. */
export interface WriteContext {
  readonly identity: Identity;
  readonly dryRun?: boolean | undefined;
  readonly warn?: ((text: string) => void) | undefined;
  readonly fieldManager?: string | undefined;
  /** Field managers stay as they are. */
  readonly keepsManagers?: boolean | undefined;
  /** Leave admission out: for what a subresource handler has admitted under its own name. */
  readonly skipAdmission?: boolean | undefined;
  readonly annotate?: Annotate | undefined;
}

/** The server's own parts look at, and write, any kind through this. Results are as fresh as the store; objects are shared and immutable. */
export interface Resources {
  readonly kinds: KindIndex;
  get<T extends ApiObject>(kind: Kind<T>, key: Key): Promise<T | undefined>;
  list<T extends ApiObject>(kind: Kind<T>, namespace?: string): Promise<readonly T[]>;
  /** ADDED for every present object, one BOOKMARK, then changes as they come. Ends when the signal aborts; throws when it fell behind (start again). */
  watch<T extends ApiObject>(kind: Kind<T>, signal: AbortSignal): AsyncIterable<WatchEvent<T>>;
  /** Creates; throws AlreadyExists, Invalid, and what admission says. */
  create<T extends ApiObject>(kind: Kind<T>, object: object, context: WriteContext): Promise<T>;
  /**
   * Reads the newest, lets `change` edit a draft, validates, stores; again from the start when somebody else was faster. `change` may throw a
   * StatusError. `subresource` '' checks and isolates as a main update, 'status' as a status update; other names store what `change` made of the whole object.
   */
  change<T extends ApiObject>(
    kind: Kind<T>,
    key: Key,
    subresource: string,
    change: (draft: Draft<T>, current: T) => void,
    context: WriteContext,
  ): Promise<T>;
  /** Deletes as the API does (grace period, finalizers, propagation, preconditions in `options`). Gives the object as it was or is now, or a Status. */
  delete(kind: AnyKind, key: Key, options: CallOptions, context: WriteContext): Promise<object>;
  /** An object as another version of its kind shows it; the object itself, unless the versions differ. Throws what a converting webhook says. */
  convert(object: ApiObject, from: AnyKind, to: AnyKind): Promise<ApiObject>;
}

/** What every part of the server is handed. */
export interface ServerDeps {
  readonly resources: Resources;
  readonly authorize: Authorizer;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
/** Another object's change that stands or falls with a write. */
export interface SideWrite {
  readonly kind: AnyKind;
  /** As it was read: when it is no longer so, the change is made anew. Absent: there is none yet. */
  readonly old?: ApiObject;
  /** Absent: it is removed. */
  readonly updated?: ApiObject;
  readonly subresource?: string;
  readonly manager: string;
}
/** Asked for at the last moment, and again whenever somebody else was faster. Throwing a StatusError refuses the request. */
export type SideWrites = (() => Promise<readonly SideWrite[]>)[];
export interface AdmissionContext {
  readonly operation: Operation;
  /** What was asked for: 'create', 'update', 'patch', 'delete', 'connect'. */
  readonly verb: string;
  readonly kind: AnyKind;
  /** '' for the main resource. */
  readonly subresource: string;
  /** '' for cluster-scoped kinds. */
  readonly namespace: string;
  /** '' on create with generateName, when no name is made yet, and for each object of a deletecollection. */
  readonly name: string;
  /** What is to be stored: plugins that mutate write here. Undefined on DELETE. On CONNECT: the options object, such as PodExecOptions. */
  readonly object: Draft<any> | undefined;
  /** What is stored, on UPDATE and DELETE. */
  readonly old: ApiObject | undefined;
  readonly options: CallOptions;
  readonly identity: Identity;
  readonly dryRun: boolean;
  /** Adds a Warning header to the answer. */
  readonly warn: (text: string) => void;
  readonly annotate: Annotate;
  /**
   * For validation: writes that are stored in one transaction with the object, or not at all. They are asked for at the last
   * moment, and again whenever somebody else was faster; objects of a namespace are then stored one after the other. Throwing
   * a StatusError refuses the request.
   */
  readonly together: (writes: SideWrites[number]) => void;
  readonly deps: ServerDeps;
}
/** All plugins mutate once; when one that somebody outside has a say in made a change, all mutate a second time. */
export interface Reinvocation {
  /** This is the second time. */
  readonly isReinvocation: boolean;
  /** Asks for it. */
  demand(): void;
  /** What a plugin remembers of the first time. */
  readonly memory: Map<string, unknown>;
}
/** Refuses by throwing a StatusError. */
export interface AdmissionPlugin {
  readonly name: string;
  readonly mutate?: (context: AdmissionContext, reinvocation: Reinvocation) => Promise<void> | void;
  readonly validate?: (context: AdmissionContext) => Promise<void> | void;
  /** What the plugin validates by itself, where it is told together with what the kind's own rules find, before it. */
  readonly find?: (context: AdmissionContext) => Promise<readonly FieldError[]>;
}
export interface Admission {
  mutate(context: AdmissionContext): Promise<void> | void;
  validate(context: AdmissionContext): Promise<void> | void;
  /** Asked only once the kind's own rules have refused an object. */
  readonly find?: (context: AdmissionContext) => Promise<readonly FieldError[]>;
}

/** What belongs to an object of this kind and comes and goes with it. `object` is undefined for a removal, `old` for a creation. */
export type Companions = (kind: AnyKind, object: ApiObject | undefined, old: ApiObject | undefined) => SideWrites;

/** A call of a subresource (or of a kind that is not stored, such as a review), already authenticated and authorized. */
export interface SubresourceRequest {
  readonly kind: AnyKind;
  readonly subresource: string;
  readonly verb: 'get' | 'list' | 'create' | 'update' | 'patch' | 'delete';
  readonly key: Key;
  readonly identity: Identity;
  readonly options: CallOptions;
  /** The decoded body; for patches the patch itself. */
  readonly body: any;
  readonly patchType?: PatchType | undefined;
  /** The query string as it came: options of log, exec, proxy. */
  readonly query: Readonly<Record<string, readonly string[]>>;
  readonly signal: AbortSignal;
  readonly warn: (text: string) => void;
  /** Who owns the fields that are written. */
  readonly fieldManager: string;
  readonly annotate?: Annotate | undefined;
}
/** A call that takes the connection over: exec, attach, portforward, proxy. Already authenticated and authorized; admission is the handler's (admitConnect). */
export interface ConnectRequest {
  readonly kind: AnyKind;
  readonly subresource: string;
  readonly key: Key;
  readonly identity: Identity;
  readonly method: string;
  /** What follows the subresource in the path, with its leading slash, still encoded; '' when nothing does. */
  readonly path: string;
  /** The query as it came, without '?'. */
  readonly search: string;
  readonly query: Readonly<Record<string, readonly string[]>>;
  readonly request: IncomingMessage | Http2ServerRequest;
  /** Set unless the client asked for an upgrade. */
  readonly response?: ServerResponse | Http2ServerResponse | undefined;
  /** Set when it did: the raw connection, to be answered and owned by the handler. */
  readonly upgrade?: { readonly socket: Duplex; readonly head: Buffer } | undefined;
  readonly signal: AbortSignal;
  readonly annotate?: Annotate | undefined;
}
/** Who a token speaks for, and which of the audiences asked for it was made for. */
export interface AuthenticatedToken {
  readonly identity: Identity;
  readonly audiences: readonly string[];
}
/** Knows bearer tokens of one sort. undefined: not one of them. Throws Error with the reason when it is one, but not good for these audiences or now. */
export type TokenAuthenticator = (
  token: string,
  audiences: readonly string[],
  note?: NoteCredential,
) => Promise<AuthenticatedToken | undefined>;
/** Bearer tokens: what the TokenRequest and TokenReview handlers need of authentication. */
export interface Tokens {
  readonly issuer: string;
  /** The API server's own audiences. */
  readonly audiences: readonly string[];
  /** A signed JWT of these claims; issuer and key are added. */
  issue(claims: object): string;
  /** Tokens live no longer than this, whatever is asked for. */
  readonly maxExpirationSeconds: number | undefined;
  /** Tokens of pods live longer than asked for: clients that do not reload them get a warning first (KEP-1205). */
  readonly extendsExpiration: boolean;
  /** Tokens of every sort that is known here. */
  readonly authenticate: TokenAuthenticator;
  /** Whoever shows no token, where that is somebody. */
  readonly anonymous?: Identity | undefined;
}

/** A rule of RBAC. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly resourceNames?: readonly string[] | undefined;
  readonly nonResourceURLs?: readonly string[] | undefined;
}
/** What somebody may do, as rules: for SelfSubjectRulesReview and the checks against escalation. */
export interface RuleResolver {
  /** `namespace` '' gives what holds in the whole cluster. `errors` tells of bindings to roles that are not there. */
  rulesFor(identity: Identity, namespace: string): ResolvedRules;
}
export interface ResolvedRules {
  readonly rules: readonly PolicyRule[];
  readonly errors: readonly string[];
  /** There may be rights beyond these. */
  readonly incomplete?: boolean;
}

export interface SubresourceDeps extends ServerDeps {
  readonly nodeConnections: NodeConnections;
  readonly dialer: Dialer;
  readonly admission: Admission;
  readonly tokens: Tokens;
  readonly rules: RuleResolver;
  /** What ComponentStatus tells of: a check throws with the reason why the component is not well. */
  readonly components: readonly HealthCheck[];
}
type Answer = (request: SubresourceRequest, deps: SubresourceDeps) => Promise<Reply> | Reply;

/** One file each in server/subresources/. `group` and `kind` '*' serve every kind that lists the subresource (scale). */
export interface Subresource {
  readonly group: string;
  readonly kind: string;
  /** '' answers for a kind that is not stored: reviews, Binding, ComponentStatus. */
  readonly subresource: string;
  readonly verbs: {
    readonly get?: Answer;
    readonly list?: Answer;
    readonly create?: Answer;
    readonly update?: Answer;
    readonly patch?: Answer;
    readonly delete?: Answer;
  };
  /** Takes over the connection for these methods; throwing a StatusError before anything was written answers it. */
  readonly connect?: (request: ConnectRequest, deps: SubresourceDeps) => Promise<void>;
  /** Verbs that discovery shows for `connect`: exec and its like ['create', 'get'], proxy ['create', 'delete', 'get', 'patch', 'update']. */
  readonly connectVerbs?: readonly string[];
  /** The kind of the options in its query, for OpenAPI: 'PodExecOptions'. */
  readonly options?: string;
  /** Media types of its answers beside those of objects, for answers that are streams. */
  readonly produces?: readonly string[];
  /** The kind of the body where it is not the resource's own: Eviction of policy/v1, Scale of autoscaling/v1. */
  readonly body?: { readonly group: string; readonly version: string; readonly kind: string };
}
