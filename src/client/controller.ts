import type { AnyKind, Kind } from '../api/kind.ts';
import type { ApiObject, Key } from '../api/meta.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { APIService } from '../kinds/apiregistration/api-service.ts';
import type { Client } from './client.ts';
import type { EventRecorder } from './events.ts';
import type { Cache, InformerFactory } from './informer.ts';

/** RBAC rule in short: what a part may do. Controllers list and watch through shared informers, which need no right of theirs. */
export interface Right {
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Only these objects. */
  readonly names?: readonly string[];
}

/** A certificate to be issued. */
export interface SigningOrder {
  /** The request, as PEM of PKCS#10. */
  readonly pem: string;
  /** What the certificate is for, in the words of CertificateSigningRequests. */
  readonly usages: readonly string[];
  readonly ttlMs: number;
}

/** Folders of nodes, for volumes that are made on demand. */
export interface NodeFolders {
  /** Where a node would have a folder of that name. */
  pathOf(nodeName: string, name: string): string;
  /** Makes an empty folder that every user may write to; one that is there is left as it is. */
  make(nodeName: string, path: string): Promise<void>;
  /** With all that is in it. Harmless when it is not there. */
  remove(nodeName: string, path: string): Promise<void>;
}

/** What a controller may need to know of the cluster that no object tells. */
export interface ClusterFacts {
  /** Kinds that are served now, each in its preferred version; custom resources come and go. */
  kinds(): readonly AnyKind[];
  /** What other API servers answer for. Absent: there are none. */
  readonly remotes?: (() => readonly RemoteVersion[]) | undefined;
  /** PEM of the authority that signed the API server's certificate. */
  readonly rootCa: string;
  /** Issues a certificate of the cluster's authority, as PEM. Absent: this cluster signs nothing. */
  readonly sign?: ((order: SigningOrder) => Promise<string>) | undefined;
  /** A token that names an account for as long as a secret of this name holds it. */
  legacyToken(account: { readonly namespace: string; readonly name: string; readonly uid: string }, secretName: string): string;
  /** Addresses of pods; each node gets a part. */
  readonly podCidr: string;
  /** Addresses of services, of the default ServiceCIDR. */
  readonly serviceCidr: string;
  readonly nodeFolders: NodeFolders;
  /** Asks the server behind an APIService whether it answers. Throws Error with what is wrong. Absent: nobody can be asked. */
  readonly probe?: ((service: APIService) => Promise<void>) | undefined;
  /** Whom the API server believes, as extension API servers find it in extension-apiserver-authentication of kube-system. */
  readonly trust?: Readonly<Record<string, string>> | undefined;
}

/** A group and version that another API server answers for. */
export interface RemoteVersion {
  readonly group: string;
  readonly version: string;
  /** undefined: nobody can tell now. */
  readonly resources: readonly RemoteResource[] | undefined;
}
export interface RemoteResource {
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly verbs: readonly string[];
}

export interface ControllerContext {
  readonly cluster: ClusterFacts;
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly signal: AbortSignal;
  /** Adds a key of the controller's own kind to its queue, now or later: for those that learn of changes in the background. */
  enqueue(key: Key, afterMs?: number): void;
  /** The cache of a kind that the controller declared. */
  cache<T extends ApiObject>(kind: Kind<T>): Cache<T>;
}

export interface Watched {
  readonly kind: AnyKind;
  /** Which objects of the controller's own kind an object of `kind` concerns. */
  readonly map: (object: any, context: ControllerContext) => readonly Key[];
  /** Only changes and deletions count, not that an object is there. */
  readonly exceptNew?: boolean;
}

/** undefined: done until something changes. afterMs: look again then. A thrown error: again with back-off. */
export type Result = undefined | void | { readonly afterMs: number };

/**
 * Level-driven: `reconcile` gets a key and looks at the world as it is; it must be right whatever happened before, and
 * harmless when nothing is to do. One key is never worked on twice at once.
 */
export interface Controller<T extends ApiObject = any> {
  readonly name: string;
  /** Service account in kube-system that it acts as; default: its name. Its rights are those of upstream's role of that name, and `can`. */
  readonly account?: string;
  /** Acts as the controller manager itself, as upstream does before there are tokens of service accounts. */
  readonly asManager?: true;
  /** The component that its events name; default: its name. */
  readonly eventSource?: string;
  /** Absent for those that only work in the background. */
  readonly for?: Kind<T>;
  /** Kinds whose objects name one of ours as their controller. */
  readonly owns?: readonly AnyKind[];
  readonly watches?: readonly Watched[];
  /** Kinds it only looks up. */
  readonly reads?: readonly AnyKind[];
  readonly can: readonly Right[];
  /** Keys worked on at once; default 5. */
  readonly workers?: number;
  readonly reconcile?: (key: Key, context: ControllerContext) => Promise<Result>;
  /** For what does not fit a key, such as a periodic sweep. Runs beside the queue until the signal aborts. */
  readonly background?: (context: ControllerContext) => Promise<void>;
}

export const defineController = <T extends ApiObject>(controller: Controller<T>): Controller<T> => controller;
