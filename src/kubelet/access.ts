import type { Clock } from '../base/clock.ts';
import { ExpiringCache } from '../base/expiring-cache.ts';
import type { Client } from '../client/client.ts';
import { TokenReview } from '../kinds/authentication/token-review.ts';
import { SubjectAccessReview } from '../kinds/authorization/subject-access-review.ts';

/** Who asks a kubelet. */
export interface NodeUser {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}
/** What a request to a kubelet needs to be allowed: the verb on one of these subresources of its node. */
export interface NodeAttributes {
  readonly verb: string;
  readonly subresources: readonly string[];
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
/** By the first part of the path. What has a right of its own since KubeletFineGrainedAuthz may be had by `proxy`, too. */
const rights: Readonly<Record<string, readonly string[]>> = {
  stats: ['stats'],
  metrics: ['metrics'],
  logs: ['log'],
  checkpoint: ['checkpoint'],
  statusz: ['statusz'],
  flagz: ['configz'],
  pods: ['pods', 'proxy'],
  runningpods: ['pods', 'proxy'],
  healthz: ['healthz', 'proxy'],
  configz: ['configz', 'proxy'],
};

/** kubernetes.io, "Kubelet authentication/authorization"; KEP-2862 */
export function nodeAttributes(method: string, path: string): NodeAttributes {
  const first = path.split('/')[1]!;
  return { verb: verbs[method] ?? '', subresources: Object.hasOwn(rights, first) ? rights[first]! : ['proxy'] };
}

/** KubeletConfiguration's defaults: authentication.webhook.cacheTTL and authorization.webhook's. */
const tokenMs = 2 * 60_000;
const allowedMs = 5 * 60_000;
const refusedMs = 30_000;
const rememberedMax = 1000;

export interface NodeAccessOptions {
  readonly nodeName: string;
  /** The kubelet's own: it asks the API who has a token, and what they may. */
  readonly client: Client;
  readonly clock: Clock;
}

/** Who may ask this kubelet what: the API server knows (TokenReview, SubjectAccessReview), and is asked again after a while. */
export class NodeAccess {
  readonly #options: NodeAccessOptions;
  readonly #users: ExpiringCache<NodeUser>;
  readonly #decisions: ExpiringCache<boolean>;

  constructor(options: NodeAccessOptions) {
    this.#options = options;
    this.#users = new ExpiringCache(options.clock, rememberedMax);
    this.#decisions = new ExpiringCache(options.clock, rememberedMax);
  }
  /** By an Authorization header; undefined for nobody the API knows. Throws when the API can't be asked. */
  async userOf(authorization: string | undefined): Promise<NodeUser | undefined> {
    const token = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return undefined;
    const known = this.#users.get(token);
    if (known !== undefined) return known;
    const { status } = await this.#options.client.create(TokenReview, { metadata: {}, spec: { token } } as never);
    const user = status.authenticated === true ? (status.user as NodeUser) : undefined;
    if (user !== undefined) this.#users.set(token, user, tokenMs);
    return user;
  }
  /** Undefined when allowed, else why not, in upstream's words. Throws when the API can't be asked. */
  async refusal(user: NodeUser, method: string, path: string): Promise<string | undefined> {
    const { verb, subresources } = nodeAttributes(method, path);
    for (const subresource of subresources) if (await this.#isAllowed(user, verb, subresource)) return undefined;
    return `Forbidden (user=${user.username}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}])\n`;
  }
  async #isAllowed({ username, uid, groups, extra }: NodeUser, verb: string, subresource: string): Promise<boolean> {
    const key = JSON.stringify([username, uid, groups, extra, verb, subresource]);
    const known = this.#decisions.get(key);
    if (known !== undefined) return known;
    const { nodeName, client } = this.#options;
    const resourceAttributes = { verb, version: 'v1', resource: 'nodes', subresource, name: nodeName };
    const spec = { user: username, uid, groups, extra, resourceAttributes };
    const { status } = await client.create(SubjectAccessReview, { metadata: {}, spec } as never);
    const allowed = status.allowed === true;
    this.#decisions.set(key, allowed, allowed ? allowedMs : refusedMs);
    return allowed;
  }
}
