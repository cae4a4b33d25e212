import type { ApiObject } from '../../api/meta.ts';
import { backoffMs } from '../../base/backoff.ts';
import { sameJson } from '../../base/equal.ts';
import type { Logger } from '../../base/log.ts';
import type { Family, Metrics, Value } from '../../base/metrics.ts';
import type { Identity } from '../../client/call.ts';
import type { RemoteVersion } from '../../client/controller.ts';
import { APIService } from '../../kinds/apiregistration/api-service.ts';
import { Service } from '../../kinds/core/service.ts';
import { follow } from '../authz/follow.ts';
import { Backend, type BackendDeps, type RemoteSpec } from './backend.ts';
import { fetchDiscovery, type RemoteDiscovery, type VersionDiscovery } from './remote-discovery.ts';
import { fetchOpenApi, type RemoteOpenApi } from './remote-open-api.ts';

export interface AggregatorOptions extends BackendDeps {
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly metrics: Metrics;
}

const refreshMs = 60_000;
const retryFirstMs = 500;

const availabilityOf = ({ status }: APIService) => status.conditions?.find(({ type }) => type === 'Available');
const isAvailable = (service: APIService): boolean => availabilityOf(service)?.status === 'True';

/** Tells which APIServices cannot be reached (k8s.io/kube-aggregator controllers/status/metrics); gives what counts those that stop to be. */
function collectAvailability(metrics: Metrics, services: ReadonlyMap<string, APIService>): Family<Value> {
  const unavailable = metrics.gauge('aggregator_unavailable_apiservice', '[ALPHA] Whether an APIService cannot be reached', ['name']);
  metrics.collect(() => {
    unavailable.clear();
    for (const [name, service] of services) unavailable.of(name).set(isAvailable(service) ? 0 : 1);
  });
  const help = '[ALPHA] Times that an APIService was no longer reached';
  return metrics.counter('aggregator_unavailable_apiservice_total', help, ['name', 'reason']);
}

/** Another server that answers for a group and version, and what it said of itself. */
export class AggregatedServer {
  /** As it was last seen; its spec stays the same. */
  service: APIService;
  readonly backend: Backend;
  discovery: RemoteDiscovery | undefined;
  openApi: RemoteOpenApi | undefined;
  isCurrent = false;
  readonly #stop = new AbortController();
  #wake: AbortController | undefined;

  constructor(service: APIService, backend: Backend, previous?: AggregatedServer) {
    this.service = service;
    this.backend = backend;
    this.discovery = previous?.discovery;
    this.openApi = previous?.openApi;
    this.isCurrent = previous?.isCurrent ?? false;
  }
  get isAvailable(): boolean {
    return isAvailable(this.service);
  }
  /** What discovery tells of it. */
  get version(): VersionDiscovery {
    const { group = '', version = '' } = this.service.spec;
    const resources = this.discovery?.versions.get(`${group}/${version}`) ?? [];
    return { version, ...(resources.length > 0 ? { resources } : {}), freshness: this.isCurrent ? 'Current' : 'Stale' };
  }
  /** What it answers for; of one that does not answer nobody can tell. */
  get served(): RemoteVersion {
    const { group = '', version = '' } = this.service.spec;
    const isKnown = this.isAvailable && this.isCurrent && this.discovery !== undefined;
    const found = (this.version.resources ?? []) as readonly {
      readonly resource: string;
      readonly responseKind: { readonly kind: string };
      readonly scope: string;
      readonly verbs: string[];
    }[];
    const resources = found.map(({ resource: plural, responseKind: { kind }, scope, verbs }) => ({
      plural,
      kind,
      isNamespaced: scope === 'Namespaced',
      verbs,
    }));
    return { group, version, resources: isKnown ? resources : undefined };
  }
  /** Keeps what it says of itself, until it is closed. */
  async follow({ clock, log, signal }: AggregatorOptions, changed: () => void): Promise<void> {
    const over = AbortSignal.any([signal, this.#stop.signal]);
    for (let failures = 0; !over.aborted; ) {
      try {
        const discovery = await fetchDiscovery(this.backend, this.discovery, clock);
        const isNew = !this.isCurrent || discovery !== this.discovery;
        this.discovery = discovery;
        this.isCurrent = true;
        if (isNew) changed();
        const openApi = await fetchOpenApi(this.backend, this.openApi, clock);
        const isOther = openApi.v2 !== this.openApi?.v2 || !sameJson([...openApi.places], [...(this.openApi?.places ?? [])]);
        this.openApi = openApi;
        if (isOther) changed();
        failures = 0;
      } catch (error) {
        failures++;
        if (over.aborted) return;
        if (failures === 1) log.debug('what an APIService serves could not be read', { name: this.service.metadata.name, error });
        if (this.isCurrent && this.discovery === undefined) changed();
      }
      this.#wake = new AbortController();
      const waitMs = failures === 0 ? refreshMs : backoffMs(failures, retryFirstMs, refreshMs);
      await clock.sleep(waitMs, AbortSignal.any([over, this.#wake.signal])).catch(() => undefined);
    }
  }
  /** Looks again now. */
  refresh(): void {
    this.#wake?.abort();
  }
  close(): void {
    this.#stop.abort();
    this.backend.close();
  }
}

/** Which of the APIServices are answered by other servers: kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation. */
export class Aggregator {
  readonly #options: AggregatorOptions;
  readonly #services = new Map<string, APIService>();
  readonly #remotes = new Map<string, AggregatedServer>();
  readonly #lost: Family<Value>;
  #revision = 0;
  /** Resolves when every APIService is known. */
  readonly ready: Promise<void>;

  constructor(options: AggregatorOptions) {
    this.#options = options;
    const { resources, signal, clock, log, metrics } = options;
    this.#lost = collectAvailability(metrics, this.#services);
    const follower = {
      reset: (objects: readonly ApiObject[]) => {
        const names = new Set(objects.map(({ metadata }) => metadata.name));
        for (const name of this.#services.keys()) if (!names.has(name)) this.#remove(name);
        for (const object of objects) this.#put(object as APIService);
      },
      put: (object: ApiObject) => this.#put(object as APIService),
      remove: ({ metadata }: ApiObject) => this.#remove(metadata.name),
    };
    this.ready = follow(resources, APIService, follower, { signal, clock, log });
    signal.addEventListener('abort', () => {
      for (const remote of this.#remotes.values()) remote.close();
    });
  }
  /** Increases whenever discovery would tell something else. */
  get revision(): number {
    return this.#revision;
  }
  get services(): Iterable<APIService> {
    return this.#services.values();
  }
  get remotes(): Iterable<AggregatedServer> {
    return this.#remotes.values();
  }
  remote(group: string, version: string): AggregatedServer | undefined {
    return this.#remotes.size === 0 ? undefined : this.#remotes.get(`${version}.${group}`);
  }
  /** The server that answers for a path, if it is another one. */
  remoteAt(path: string): AggregatedServer | undefined {
    if (this.#remotes.size === 0) return undefined;
    const [, root, group, version, ...more] = path.split('/', 6);
    if (root === 'api') return this.#remotes.get('v1.');
    if (root === 'apis' && group && version) return this.#remotes.get(`${version}.${group}`);
    // The server's own document, unless it speaks the older OpenAPI only.
    if (root !== 'openapi' || group !== 'v3' || version !== 'apis' || more.length < 2) return undefined;
    const remote = this.#remotes.get(`${more[1]}.${more[0]}`);
    return remote?.openApi?.places.has(path.slice('/openapi/v3/'.length)) === true ? remote : undefined;
  }
  /**
   * Whether the server behind an APIService answers for its group and version. Throws Error with upstream's words when not.
   * The spec is the one to be looked at, which may be newer than what is known here.
   */
  async probe(service: APIService): Promise<void> {
    const spec = service.spec as RemoteSpec;
    const path = service.metadata.name === 'v1.' ? `/api/${spec.version}` : `/apis/${spec.group}/${spec.version}`;
    const { namespace = '', name = '', port = 443 } = spec.service;
    const behind = await this.#options.resources.get(Service, { namespace, name });
    const backend = new Backend(spec, this.#options);
    try {
      await probe(backend, `https://${behind?.spec.clusterIP ?? backend.host}:${port}${path}`, path, this.#options);
    } finally {
      backend.close();
    }
  }

  #put(service: APIService): void {
    const { name } = service.metadata;
    const before = this.#services.get(name);
    this.#services.set(name, service);
    if (before !== undefined && isAvailable(before) && !isAvailable(service))
      this.#lost.of(name, availabilityOf(service)?.reason ?? 'UnknownReason').add();
    if (before === undefined || !sameJson(before.spec, service.spec)) this.#revision++;
    const present = this.#remotes.get(name);
    if (service.spec.service === undefined) {
      if (present !== undefined) this.#removeRemote(name, present);
      return;
    }
    if (present !== undefined && sameJson(present.service.spec, service.spec)) {
      const wasAvailable = present.isAvailable;
      present.service = service;
      if (!wasAvailable && present.isAvailable) present.refresh();
      return;
    }
    present?.close();
    const remote = new AggregatedServer(service, new Backend(service.spec as RemoteSpec, this.#options), present);
    this.#remotes.set(name, remote);
    this.#revision++;
    void remote.follow(this.#options, () => this.#revision++);
  }
  #remove(name: string): void {
    if (this.#services.delete(name)) this.#revision++;
    const remote = this.#remotes.get(name);
    if (remote !== undefined) this.#removeRemote(name, remote);
  }
  #removeRemote(name: string, remote: AggregatedServer): void {
    remote.close();
    this.#remotes.delete(name);
    this.#revision++;
  }
}

const master: Identity = { user: 'system:kube-aggregator', groups: ['system:masters'] };
const probeMs = 5_000;
const attempts = 5;

async function probe(backend: Backend, url: string, path: string, { clock }: AggregatorOptions): Promise<void> {
  const once = async () => {
    const { code } = await backend.fetch(path, master, {}, probeMs, clock).catch((error: Error) => {
      throw new Error(`failing or missing response from ${url}: Get ${JSON.stringify(url)}: ${error.message}`);
    });
    if (code < 200 || code >= 300) throw new Error(`failing or missing response from ${url}: bad status from ${url}: ${code}`);
  };
  // One that answers is enough: endpoints are chosen at random.
  await Promise.any(Array.from({ length: attempts }, once)).catch(({ errors }: AggregateError) => {
    throw errors.at(-1);
  });
}
