import type { AnyKind } from '../api/kind.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import { TurnQueue } from '../base/turn-queue.ts';
import { Turns } from '../base/turns.ts';
import type { Identity, Transport } from '../client/call.ts';
import type { RemoteVersion } from '../client/controller.ts';
import { APIService } from '../kinds/apiregistration/api-service.ts';
import { CustomResourceDefinition } from '../kinds/apiextensions/custom-resource-definition.ts';
import type { Store } from '../store/store.ts';
import { type Audit, collectAudit } from './audit/audit.ts';
import { Aggregator } from './aggregate/aggregator.ts';
import { Chain } from './chain.ts';
import { ChainMetrics } from './chain-metrics.ts';
import { prefixOf } from './cache/stored-object.ts';
import { type Conversion, createConversions } from './conversion.ts';
import { Definitions } from './crd/definitions.ts';
import { createWebhookConverter } from './crd/webhook-converter.ts';
import { Discovery } from './discovery.ts';
import { type DispatchDeps, Subresources } from './dispatch.ts';
import type { HealthCheck } from './health.ts';
import { type Listener, listen, type ListenOptions, type TlsFiles } from './http.ts';
import { Diagnostics } from './http/diagnostics.ts';
import { Profiles } from './profiles.ts';
import { NonResource, type StaticDocument } from './http/non-resource.ts';
import { createKindIndex } from './kind-index.ts';
import { dump } from './flowcontrol/dump.ts';
import { createFlowControl, followFlows } from './flowcontrol/follow-flows.ts';
import { InFlight, type InFlightLimits } from './flowcontrol/in-flight.ts';
import { createLocalTransport } from './local.ts';
import { ServerMetrics } from './metrics.ts';
import { WebhookAgents } from './lib/webhook-client.ts';
import type { Dialer, NodeConnections } from './node-connection.ts';
import { Routes } from './routes.ts';
import { createResources } from './resource.ts';
import type {
  Admission,
  Authenticator,
  Authorizer,
  Companions,
  Resources,
  RuleResolver,
  ServerDeps,
  Subresource,
  SubresourceDeps,
  Tokens,
} from './types.ts';
import type { Tracing } from './tracing/span.ts';
import type { Engine } from './verbs/engine.ts';
import { VerbMetrics } from './verbs/metrics.ts';
import { ObjectBytes } from './cache/object-bytes.ts';
import type { Describe } from '../api/openapi/schema-writer.ts';
import { OpenApi } from './open-api.ts';
import { WatchCache } from './watch-cache.ts';

/** What needs the server's resources to be made: handed them, gives itself. */
export interface Guards {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly admission: Admission;
  readonly tokens: Tokens;
  readonly rules: RuleResolver;
  readonly companions?: Companions;
}
export interface ServerOptions {
  readonly store: Store;
  readonly kinds: readonly AnyKind[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly guards: (resources: Resources) => Guards;
  readonly subresources: readonly Subresource[];
  readonly nodeConnections: NodeConnections;
  readonly dialer: Dialer;
  /** By kindId: how a served kind maps to the one it is stored as. */
  readonly conversions?: ReadonlyMap<string, Conversion>;
  /** Requests worked on at once. Default: upstream's. */
  readonly limits?: InFlightLimits;
  /** Whether requests wait in fair queues when there are too many. Default true; else the rest is turned away. */
  readonly priorityAndFairness?: boolean | undefined;
  /** host:port that clients are told in discovery. */
  readonly address?: string;
  readonly documents?: ReadonlyMap<string, StaticDocument>;
  /** What OpenAPI says of types and fields; loaded when a document is first asked for. Default: nothing. */
  readonly descriptions?: () => Promise<Describe>;
  /** Parts of the control plane that run beside the server, for ComponentStatus; the store is one of itself. Read anew each time. */
  readonly components?: readonly HealthCheck[];
  /** Further checks for /healthz, /livez and /readyz. */
  readonly checks?: readonly HealthCheck[];
  /** The past is kept this long for watches and pages; then it is compacted. Default 5 minutes, as upstream; 0: the store decides. */
  readonly keepHistoryMs?: number;
  /** What the server was started with, as /flagz shows it; `profiling` false: no profiles are made. Default: nothing, and profiles. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** What is told at /metrics besides what the server counts itself. Default: nothing. */
  readonly metrics?: Metrics;
  /** Writes down who asked what. It is closed with the server. Absent: nobody does. */
  readonly audit?: Audit | undefined;
  /** It is closed with the server. Absent: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  /** What the server shows to aggregated API servers, so that they believe what it says of its callers. */
  readonly proxyCertificate?: () => TlsFiles | undefined;
}

export interface Server {
  readonly resources: Resources;
  /** Resolves when everything is served that CustomResourceDefinitions in the store declare. */
  readonly ready: Promise<void>;
  /** Calls in this process as `identity`. */
  transport(identity: Identity): Transport;
  /** What other servers answer for, as they say. */
  remotes(): readonly RemoteVersion[];
  /** Whether the server behind an APIService answers. Throws Error with what is wrong. */
  probe(service: APIService): Promise<void>;
  listen(options: ListenOptions): Promise<Listener>;
  /** Ends watches, lets requests finish, stops listening. The store stays open: it belongs to the caller. */
  close(): Promise<void>;
}

/** Upstream's --max-requests-inflight and --max-mutating-requests-inflight. */
const defaultLimits: InFlightLimits = { readingMax: 400, changingMax: 200 };
const closeGraceMs = 10_000;
const defaultKeepHistoryMs = 5 * 60_000;

/** The API server: everything between a caller and the store. */
export function createServer(options: ServerOptions): Server {
  const { store, clock, random, log } = options;
  const kinds = createKindIndex(options.kinds);
  const cache = new WatchCache({ store, clock, log });
  const resources = createResources(() => engine, kinds);
  const agents = new WebhookAgents();
  const converter = createWebhookConverter({ resources, dialer: options.dialer, clock, random, agents });
  const conversions = createConversions(kinds, options.conversions, converter);
  const stopping = new AbortController();
  const deps: ServerDeps = { resources, authorize: (attributes) => guards.authorizer(attributes), clock, random, log };
  // The guards read through the engine, which asks them in turn: they may read as soon as they are made.
  const lateAdmission: Admission = {
    mutate: (context) => guards.admission.mutate(context),
    validate: (context) => guards.admission.validate(context),
    find: async (context) => (await guards.admission.find?.(context)) ?? [],
  };
  const companions: Companions = (...change) => guards.companions?.(...change) ?? [];
  const turns = new Turns();
  const turnQueue = new TurnQueue(clock);
  const told = options.metrics ?? new Metrics();
  const engine: Engine = {
    store,
    cache,
    conversions,
    clock,
    random,
    admission: lateAdmission,
    companions,
    deps,
    metrics: new VerbMetrics(told),
    turns,
  };
  const guards = guardsOf(options, resources, cache);
  const { authenticator, authorizer, admission, tokens, rules } = guards;
  const subresources = new Subresources(options.subresources);
  const { nodeConnections, dialer } = options;
  const storeCheck: HealthCheck['check'] = async () => {
    await store.sync?.();
    await store.get('/');
  };
  const subresourceDeps: SubresourceDeps = {
    ...deps,
    nodeConnections,
    dialer,
    admission,
    tokens,
    rules,
    get components() {
      return [...(options.components ?? []), { name: 'etcd-0', check: storeCheck }];
    },
  };
  const dispatch: DispatchDeps = { engine, kinds, subresources, subresourceDeps };
  const { limits = defaultLimits } = options;
  const metrics = new ServerMetrics(store, cache, kinds, () => gate.now, told);
  const flow = options.priorityAndFairness === false ? undefined : createFlowControl(limits, clock, cache, metrics);
  const gate = flow ?? new InFlight(limits);
  const { audit, tracing } = options;
  collectAudit(told, audit);
  const listeners: Listener[] = [];
  let closing = false;
  const checks: readonly HealthCheck[] = [
    { name: 'ping', check: () => undefined },
    { name: 'log', check: () => undefined },
    { name: 'etcd', check: storeCheck },
    ...(options.checks ?? []),
    {
      name: 'shutdown',
      for: 'ready',
      check() {
        if (closing) throw new Error('process is shutting down');
      },
    },
  ];
  const bytes = new ObjectBytes(kinds);
  const { proxyCertificate } = options;
  const aggregator = options.kinds.includes(APIService)
    ? new Aggregator({ resources, dialer, clock, random, log, signal: stopping.signal, metrics: told, proxyCertificate })
    : undefined;
  const discovery = new Discovery(kinds, subresources, aggregator, told);
  const routes = new Routes((kind) => discovery.subresources(kind));
  const nonResource = new NonResource({
    bytes,
    clock,
    openApi: new OpenApi({ kinds, discovery, aggregator, clock, descriptions: options.descriptions ?? (async () => () => undefined) }),
    discovery,
    metrics,
    checks,
    address: options.address ?? '127.0.0.1:6443',
    documents: options.documents ?? new Map(),
    diagnostics: new Diagnostics({
      clock,
      flags: options.flags ?? {},
      profiles: options.flags?.profiling === false ? undefined : new Profiles(clock),
    }),
    dump: flow && ((name, query) => dump(flow, name, (query.includeRequestDetails?.[0] ?? '') !== '')),
    log,
  });
  const definitions = !options.kinds.includes(CustomResourceDefinition)
    ? undefined
    : new Definitions({
        resources,
        builtIn: options.kinds,
        serve: (all) => kinds.replace(all),
        endWatches: (kind) => cache.endWatches(prefixOf(kind)),
        metrics: told,
        clock,
        log,
        signal: stopping.signal,
      });
  const flowReady = flow && followFlows(flow, options.kinds, resources, { clock, log, signal: stopping.signal });
  const ready = Promise.all([definitions?.ready, aggregator?.ready, flowReady]).then(() => undefined);
  const chain = new Chain({ authenticator, authorizer, gate, audit, metrics: new ChainMetrics(told), clock, log });
  const stopCompaction = compactSometimes(store, clock, log, options.keepHistoryMs ?? defaultKeepHistoryMs);
  return {
    resources,
    ready,
    transport: (identity) => createLocalTransport({ dispatch, authorizer, aggregator, audit, metrics, clock, random, log }, identity),
    remotes: () => [...(aggregator?.remotes ?? [])].map((remote) => remote.served),
    probe: async (service) => await aggregator?.probe(service),
    async listen(where) {
      await ready;
      const listener = await listen(
        { chain, dispatch, routes, nonResource, aggregator, bytes, metrics, turns: turnQueue, tracer: tracing?.tracer, clock, random, log },
        where,
      );
      listeners.push(listener);
      return listener;
    },
    async close() {
      closing = true;
      stopCompaction();
      flow?.close();
      stopping.abort(new Error('the server is closing'));
      agents.close();
      const closed = listeners.map((listener) => listener.close(closeGraceMs));
      await cache.close();
      await Promise.all(closed);
      await audit?.close();
      await tracing?.close();
    },
  };
}

/** What can't be made leaves nothing behind that runs. */
function guardsOf(options: ServerOptions, resources: Resources, cache: WatchCache): Guards {
  try {
    return options.guards(resources);
  } catch (error) {
    void cache.close();
    throw error;
  }
}

/** Every `keepMs` forgets what is older than that. */
function compactSometimes(store: Store, clock: Clock, log: Logger, keepMs: number): () => void {
  if (keepMs <= 0) return () => undefined;
  let timer: Timer | undefined;
  let stopped = false;
  let then = store.revision;
  const arm = () => {
    if (stopped) return;
    timer = clock.setTimer(keepMs, () => {
      const upTo = then;
      then = store.revision;
      const work = upTo > store.compactedRevision ? store.compact(upTo) : Promise.resolve();
      void work.catch((error: unknown) => log.error('compaction failed', { error })).then(arm);
    });
  };
  arm();
  return () => {
    stopped = true;
    timer?.cancel();
  };
}
