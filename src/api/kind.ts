import { type ApiObject, objectMeta, type ObjectMeta } from './meta.ts';
import type { Field, Fields, FieldsOf, Shape } from './schema.ts';
import type { JsonSchema } from './structural/json-schema.ts';
import type { FieldError } from './status.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';

export type Scope = 'Namespaced' | 'Cluster';
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';
export const allVerbs: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** A deep copy that may still be written: what admission, defaulting and preparation work on before an object is stored. */
export type Draft<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends readonly (infer E)[]
    ? Draft<E>[]
    : T extends object
      ? { -readonly [K in keyof T]: Draft<T[K]> }
      : T;

/** What a caller may leave out when it makes an object: everything; the server fills in what presence rules say. */
export type Input<T> = T extends readonly (infer E)[]
  ? readonly Input<E>[]
  : T extends object
    ? { readonly [K in keyof T]?: Input<T[K]> | undefined }
    : T;

export interface ValidationContext<T> {
  /** The stored object, on update. */
  readonly old?: T;
  /** '' for the main resource, else 'status', 'scale', 'ephemeralcontainers', 'resize', ... */
  readonly subresource: string;
  /** What is wrong with its metadata, for rules that are not looked at while something is. */
  readonly found?: readonly FieldError[] | undefined;
  /** What is wrong with its generated name, on update: for rules of a kind that look at what changed before they look at all of it. */
  readonly names?: readonly FieldError[] | undefined;
  /** For what is wrong and may stay: it was so before. */
  readonly warn?: ((text: string) => void) | undefined;
  /** Absent where nobody has them, as in a browser: then that much is not checked. */
  readonly cryptography?: Cryptography;
}
/** Checks that only a server can make. Each says what is wrong, in Go's words; undefined: nothing. */
export interface Cryptography {
  /** Whether a request for a certificate was signed with its own key. The parts are as a PKCS#10 request has them. */
  signature(request: {
    readonly toBeSigned: Uint8Array;
    readonly publicKeyInfo: Uint8Array;
    readonly algorithm: Uint8Array;
    readonly signature: Uint8Array;
  }): string | undefined;
  /** Whether these bytes are an X.509 certificate. */
  certificate(der: Uint8Array): string | undefined;
}
/** Who asks, as authentication found. */
export interface Requester {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** A column of server-side tables (`kubectl get`); priority 0 shows always, 1 with -o wide. */
export interface Column<T> {
  readonly name: string;
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly priority?: number;
  readonly description?: string;
  /** Its cell stands in every row, but no definition tells of it: upstream forgot some. */
  readonly undefined?: boolean;
  /** `now` in milliseconds serves ages. */
  readonly value: (object: T, nowMs: number) => string | number | boolean | null;
}

export interface ScalePaths {
  /** Dotted paths: 'spec.replicas', 'status.replicas'. */
  readonly specReplicas: string;
  readonly statusReplicas: string;
  /** Path of the label selector; its string form is shown in the Scale's status. */
  readonly selector: string;
}

/** The rules of one kind. All functions are pure; drafts may be changed in place, other objects never. */
export interface Strategy<T> {
  /** What upstream's blank object holds besides, which bookmarks carry. */
  readonly blank?: (draft: Draft<T>) => void;
  /** Fills in defaults, as the API documents them. Idempotent. */
  readonly defaults?: (draft: Draft<T>) => void;
  /** What the server sets or drops when an object is created: status cleared, generated values. After defaults, before admission that validates. */
  readonly prepareForCreate?: (
    draft: Draft<T>,
    context: { readonly clock: Clock; readonly identity: Requester; readonly random: Random },
  ) => void;
  /** What an update may not touch is put back from `old`. Status and spec isolation is generic and done before this. */
  readonly prepareForUpdate?: (draft: Draft<T>, old: T, context: { readonly clock: Clock; readonly subresource: string }) => void;
  /** The first DELETE stores this instead of removing the object: somebody cleans up after it first. */
  readonly prepareForDelete?: (object: T, context: { readonly clock: Clock }) => T;
  /** Yields what is wrong. Metadata common to all kinds is checked elsewhere. `context.old` is there on update. */
  readonly validate?: (object: T, context: ValidationContext<T>) => Iterable<FieldError>;
  /** Warning headers for legal but questionable objects. */
  readonly warnings?: (object: T, old?: T) => Iterable<string>;
  /** The same, for updates of the status. */
  readonly statusWarnings?: (object: T, old: T) => Iterable<string>;
  readonly columns?: readonly Column<T>[];
  /** Order of a table's rows, where it is not the list's. */
  readonly rowOrder?: (a: T, b: T) => number;
  /** Field selectors beside metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;
  /** The one of them that upstream has an index of: a page of one of its values tells of no more when only others follow. */
  readonly indexedField?: string;
}

export interface KindOptions {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** Default: the kind in lower case. */
  readonly singular?: string;
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly scope: Scope;
  /** Default: all. Kinds that are only ever posted (reviews, Binding) say ['create'] and are not stored. */
  readonly verbs?: readonly Verb[];
  /** 'status', 'scale', 'token', ... Each has its file in server/subresources/; 'status' is generic. */
  readonly subresources?: readonly string[];
  readonly scale?: ScalePaths;
  /** How metadata.name is checked. Default dns-subdomain. */
  readonly names?: 'dns-subdomain' | 'long-name' | 'dns-label' | 'dns-1035-label' | 'path-segment' | 'ip-address';
  /** The kind's own rules of a new object know no metadata: that is looked at when nothing else is wrong. */
  readonly checksMetadataLast?: boolean;
  /** Names of finalizers need no domain. Default: as for most built-in kinds, they do. */
  readonly plainFinalizers?: boolean;
  /** True when metadata.generation counts changes outside metadata and status. */
  readonly generation?: boolean;
  /** The first update writes even when it changes nothing: upstream stores new objects without some default, and adds it then. */
  readonly completedByUpdate?: boolean;
  /** Subresources whose writes are no new generation, whatever they change. */
  readonly keepsGeneration?: readonly string[];
  /** A DELETE that says no propagation policy leaves dependents without an owner, as the oldest versions did (rest.OrphanDependents). */
  readonly orphansByDefault?: boolean;
  /** What such a DELETE is warned of. */
  readonly deleteWarning?: string;
  /** PUT to a name that does not exist creates it. */
  readonly createOnUpdate?: boolean;
  /** So does applying to the status of a name that does not exist. */
  readonly createOnStatusApply?: boolean;
  /**
   * By subresource ('' is the object itself): what a write through it puts back from the stored object and so cannot own, such as 'spec',
   * 'status.conditions', or 'metadata' for labels, annotations, finalizers and owners. Default, with a status: '' the status, 'status' the spec.
   */
  readonly resets?: Readonly<Record<string, readonly string[]>>;
  /** The same, of what a write can change and still not own. */
  readonly disowns?: Readonly<Record<string, readonly string[]>>;
  /** Where it is stored when that is another served kind: events.k8s.io Event lives as core Event ('' , 'Event'). */
  readonly storedAs?: { readonly group: string; readonly kind: string };
  /** The warning that every request of the kind is answered with. */
  readonly deprecated?: string;
  /** The version that discovery's hash tells of, where upstream stores the kind in another than this. */
  readonly storageVersion?: string;
  /** OpenAPI: clients must say metadata. */
  readonly requiresMetadata?: boolean;
  /** OpenAPI's name of the object: 'io.k8s.api.apps.v1.Deployment'. */
  readonly openApiName: string;
  readonly description?: string;
}

/** How objects of one version become those of another: in place, or by somebody else. */
export interface CustomConversion {
  readonly strategy: 'None' | 'Webhook';
  readonly webhook?: CustomWebhook | undefined;
}
export interface CustomWebhook {
  readonly url?: string | undefined;
  readonly service?:
    | { readonly namespace: string; readonly name: string; readonly path?: string | undefined; readonly port: number }
    | undefined;
  /** base64 of PEM certificates. */
  readonly caBundle?: string | undefined;
  readonly conversionReviewVersions: readonly string[];
}

/** What a version of a CustomResourceDefinition says beyond what every kind says. */
export interface CustomVersion {
  /** Name of the definition. */
  readonly definition: string;
  /** undefined: the version has none. */
  readonly schema: JsonSchema | undefined;
  /** spec.preserveUnknownFields, of old definitions only: nothing is pruned. */
  readonly preservesUnknown: boolean;
  /** All versions of the definition by name, this one among them. */
  readonly versions: ReadonlyMap<string, AnyKind>;
  /** The version that objects are stored in. */
  readonly storage: string;
  readonly isServed: boolean;
  /** Discovery tells of those that are. */
  readonly isEstablished: boolean;
  /** The definition is being deleted: nothing is created any more. */
  readonly isTerminating: boolean;
  readonly conversion: CustomConversion;
  /** The schema of whole objects as OpenAPI publishes it. */
  readonly published: (openApiVersion: 2 | 3) => JsonSchema;
}

/** One API type of one version. `fields` are those beside apiVersion, kind and metadata. */
export interface Kind<T extends ApiObject = ApiObject>
  extends Required<Omit<KindOptions, 'scale' | 'storedAs' | 'storageVersion' | 'deprecated' | 'description'>> {
  readonly storageVersion?: string;
  readonly scale?: ScalePaths;
  readonly storedAs?: { readonly group: string; readonly kind: string };
  readonly deprecated?: string;
  readonly description?: string;
  readonly shape: Shape;
  readonly strategy: Strategy<T>;
  /** Set for the kinds of CustomResourceDefinitions. */
  readonly custom?: CustomVersion;
}
/** A kind whose object type does not matter to the holder. */
export type AnyKind = Kind<any>;

export type ObjectOf<K> = K extends Kind<infer T> ? T : never;

/** Declares a kind. See docs of `KindOptions` and `Strategy`; `shape.fields` carry the protobuf tags of the Go type. */
export function defineKind<const F extends Fields>(
  definition: KindOptions & { readonly fields: F } & Strategy<ApiObject & FieldsOf<F>>,
): Kind<ApiObject & FieldsOf<F>> {
  const {
    fields,
    blank,
    defaults,
    prepareForCreate,
    prepareForUpdate,
    prepareForDelete,
    validate,
    warnings,
    statusWarnings,
    columns,
    rowOrder,
    selectableFields,
    indexedField,
    ...options
  } = definition;
  const strategy = {
    blank,
    defaults,
    prepareForCreate,
    prepareForUpdate,
    prepareForDelete,
    validate,
    warnings,
    statusWarnings,
    columns,
    rowOrder,
    selectableFields,
    indexedField,
  };
  return {
    singular: options.kind.toLowerCase(),
    listKind: `${options.kind}List`,
    shortNames: [],
    categories: [],
    verbs: allVerbs,
    subresources: [],
    names: 'dns-subdomain',
    checksMetadataLast: false,
    plainFinalizers: false,
    generation: false,
    completedByUpdate: false,
    keepsGeneration: [],
    orphansByDefault: false,
    deleteWarning: '',
    createOnUpdate: false,
    createOnStatusApply: false,
    requiresMetadata: false,
    disowns: {},
    ...options,
    resets: { ...(options.subresources?.includes('status') === true ? { '': ['status'], status: ['spec'] } : {}), ...options.resets },
    shape: { name: options.openApiName, fields, ...(options.description === undefined ? {} : { description: options.description }) },
    strategy: strategy as Strategy<ApiObject & FieldsOf<F>>,
  };
}

const messageShapes = new WeakMap<AnyKind, Shape>();
const metadataField: Field = { type: 'object', tag: 1, shape: objectMeta };
/** What an object's protobuf message holds: metadata, then the kind's own fields. apiVersion and kind stand in the envelope. */
export function messageShape(kind: AnyKind): Shape {
  let message = messageShapes.get(kind);
  if (message === undefined) {
    message = { name: kind.shape.name, fields: { metadata: metadataField, ...kind.shape.fields } };
    messageShapes.set(kind, message);
  }
  return message;
}

/** Kinds of this server, whose objects have a Go type upstream; the others come from CustomResourceDefinitions. */
export const isBuiltIn = (kind: { readonly custom?: CustomVersion }): boolean => kind.custom === undefined;
/** Kinds whose objects are kept; reviews, Binding and bodies of subresources are not. */
export const isStored = (kind: { readonly verbs: readonly Verb[] }): boolean => kind.verbs.includes('get');

export const apiVersionOf = (kind: { readonly group: string; readonly version: string }): string =>
  kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
/** Kinds that are only the body of a subresource, such as Eviction ('pods/eviction'): they have no path of their own. */
export const isSubresourceBody = (kind: { readonly plural: string }): boolean => kind.plural.includes('/');
/** 'Deployment.apps/v1': identifies a served kind within a process. */
export const kindId = (kind: { readonly group: string; readonly version: string; readonly kind: string }): string =>
  `${kind.kind}.${kind.group}/${kind.version}`;
export type { ObjectMeta };
