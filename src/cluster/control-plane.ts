import { join } from 'node:path';
import { catalog } from '../base/catalog.node.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import type { Part } from '../base/supervisor.ts';
import { type AnyKind, isStored, kindId } from '../api/kind.ts';
import type { Identity } from '../client/call.ts';
import { createClient, type Client } from '../client/client.ts';
import type { ClusterFacts, Controller, NodeFolders } from '../client/controller.ts';
import { createControllerPart } from '../client/controller-runner.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import { createInformerFactory } from '../client/informer-factory.ts';
import { measure } from '../client/interceptors/measure.ts';
import { workQueueHooks } from '../client/work-queue-metrics.ts';
import type { ElectionTimes } from '../client/election-times.ts';
import { electedPart } from '../client/leader-election.ts';
import type { InformerFactory } from '../client/informer.ts';
import { HorizontalPodAutoscalerV1 } from '../kinds/autoscaling/horizontal-pod-autoscaler-v1.ts';
import { toStoredAutoscaler } from '../kinds/autoscaling/lib/autoscaler-strategy.ts';
import { fromV2 } from '../kinds/autoscaling/lib/convert.ts';
import { loadKinds } from '../kinds/catalog.node.ts';
import { loadDescriptions } from '../kinds/descriptions.node.ts';
import { Event as EventsEvent } from '../kinds/events/event.ts';
import { fromCoreEvent, toCoreEvent } from '../kinds/events/shapes/convert.ts';
import { noConfigurations, readConfigurations } from '../server/admission/lib/configuration-file.ts';
import { WebhookAgents } from '../server/lib/webhook-client.ts';
import { createAdmission } from '../server/admission/order.ts';
import { createAudit } from '../server/audit/options.ts';
import { createServiceAllocators } from '../server/allocators/services.ts';
import { type Authentication, createAuthentication, loadJwtIssuers } from '../server/authn/authentication.ts';
import { createLegacyTokens } from '../server/authn/legacy-token.ts';
import { openIdDocuments, openIdMaxAgeSeconds } from '../server/authn/openid.ts';
import { controllerRights, type Rights } from '../server/authz/bootstrap/policy.ts';
import { ensureBootstrapPolicy } from '../server/authz/ensure-bootstrap-policy.ts';
import { createAuthorization, type Authorization } from '../server/authz/order.ts';
import { registerApiServices } from '../server/controllers/lib/api-services.ts';
import { ensureFlowControl } from '../server/controllers/lib/flow-control.ts';
import { ensureServiceAddresses } from '../server/controllers/lib/service-addresses.ts';
import { ensureServiceCidr } from '../server/controllers/lib/service-cidr.ts';
import { ensureSystemObjects, type SystemAddress } from '../server/bootstrap.ts';
import type { Conversion } from '../server/conversion.ts';
import { type ApiServerFlags, configured } from '../server/flags.ts';
import type { StaticDocument } from '../server/http/non-resource.ts';
import type { Dialer, NodeConnections } from '../server/node-connection.ts';
import type { TlsFiles } from '../server/http.ts';
import { RegistryLayout } from '../server/registry-layout.ts';
import { checkFeatureGates } from '../server/feature-gates.ts';
import { enabledKinds } from '../server/runtime-config.ts';
import { createServer, type Server } from '../server/server.ts';
import type { Subresource } from '../server/types.ts';
import type { Store } from '../store/store.ts';
import { Components } from './components.ts';
import * as identities from './identities.ts';
import { network } from './network.ts';

export interface ControlPlaneOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** PEM: whose client certificates count; also published to pods as kube-root-ca.crt. '': nobody's. */
  readonly clientCa: string;
  readonly serviceAccountKeyPem: string;
  /** PEM: whose client certificates a front proxy shows. Default: there is none. */
  readonly frontProxyCa?: string;
  /** By which this server is a front proxy to others. */
  readonly proxyCertificate?: () => TlsFiles;
  /** Signs requests for certificates, with the authority of `clientCa`. */
  readonly sign?: ClusterFacts['sign'];
  readonly nodeConnections: NodeConnections;
  readonly dialer: Dialer;
  readonly address: SystemAddress;
  readonly podCidr: string;
  /** Default: upstream's customary range. */
  readonly serviceCidr?: string;
  readonly nodeFolders: NodeFolders;
  /** Default: upstream's defaults. */
  readonly flags?: ApiServerFlags;
  /** Controllers and scheduler run here only while this process leads. Absent: always. */
  readonly election?: { readonly identity: string; readonly times: ElectionTimes } | undefined;
  readonly signal: AbortSignal;
}

/** API server with store, policy and system objects: answers calls, and nothing more. */
export interface Api {
  readonly server: Server;
  readonly components: Components;
  /** What is told at /metrics. */
  readonly metrics: Metrics;
  /** Whom the server believes, as extension API servers find it in extension-apiserver-authentication of kube-system. */
  readonly trust: Readonly<Record<string, string>>;
  readonly client: (identity: Identity) => Client;
}

const sourceDir = join(import.meta.dirname, '..');

const loadControllers = () => catalog<Controller>(join(sourceDir, 'controllers'));
const loadScheduler = () => Promise.all([import('../scheduler/part.ts'), import('../scheduler/profile.ts')]);

/** What parts of this cluster need that upstream's default policy does not tell. */
export async function partRights(): Promise<readonly Rights[]> {
  const [controllers, { dnsRights }] = await Promise.all([loadControllers(), import('../dns/part.ts')]);
  return [
    ...controllers
      .filter(({ asManager, can }) => asManager !== true && can.length > 0)
      .map((controller) => controllerRights(identities.accountOf(controller), controller.can)),
    { role: 'system:coredns', account: 'coredns', can: dnsRights },
  ];
}

/** Imports what a control plane imports when it first needs it. */
export const loadControlPlane = () => Promise.all([loadKinds(), partRights(), loadScheduler()]);

/** The store as the server sees it: encrypted where flags say so, and readable where kube-apiserver wrote it. What that needs is loaded only then. */
async function storeOf(
  { store, flags = {}, clock, random, log, signal }: ControlPlaneOptions,
  kinds: readonly AnyKind[],
  counted: { readonly metrics: Metrics; readonly apiServerId: string },
) {
  const isEncrypted = flags['encryption-provider-config'] !== undefined || flags['encryption-provider-config-automatic-reload'] === true;
  const isShared = flags['etcd-servers'] !== undefined;
  if (!isEncrypted && !isShared) return { store, checks: [] };
  const [encrypting, reading, { TransformedStore }, { untransformed }] = await Promise.all([
    isEncrypted ? import('../server/encryption/encryption.ts') : undefined,
    isShared ? import('../server/encryption/upstream-values.ts') : undefined,
    import('../server/encryption/transformed-store.ts'),
    import('../server/encryption/transformer.ts'),
  ]);
  const encryption = encrypting && (await configured(() => encrypting.Encryption.start({ flags, clock, random, log, signal, ...counted })));
  const transformers = encryption ?? untransformed;
  const layout = new RegistryLayout(kinds.filter(isStored));
  return {
    store: new TransformedStore(store, reading?.readingUpstream(transformers, kinds) ?? transformers, layout),
    checks: encryption?.checks ?? [],
  };
}

/** Traces of requests, where flags ask for them. What that needs is loaded only then. */
async function tracingOf({ flags = {}, clock, random, log }: ControlPlaneOptions, apiServerId: string) {
  const file = flags['tracing-config-file'];
  if (file === undefined) return undefined;
  const [{ createTracing }, { TracedStore }] = await Promise.all([
    import('../server/tracing/configuration.ts'),
    import('../server/tracing/traced-store.ts'),
  ]);
  const made = configured(() => createTracing(file, { clock, random, log, apiServerId }));
  return {
    made,
    over: (store: Store, kinds: readonly AnyKind[]): Store => new TracedStore(store, new RegistryLayout(kinds.filter(isStored))),
  };
}

/** The API server, ready to answer; the policy and the system's own objects are there. `rights`: of the parts that will call it. */
export async function startApi(options: ControlPlaneOptions, rights: () => Promise<readonly Rights[]> = partRights): Promise<Api> {
  const { clock, random, log, signal, flags = {} } = options;
  const [builtKinds, subresources] = await Promise.all([loadKinds(), catalog<Subresource>(join(sourceDir, 'server/subresources'))]);
  configured(() => checkFeatureGates(flags['feature-gates'] ?? ''));
  const kinds = configured(() => enabledKinds(builtKinds, flags['runtime-config'] ?? '', log));
  const agents = new WebhookAgents();
  signal.addEventListener('abort', () => agents.close(), { once: true });
  const configurationFile = flags['admission-control-config-file'];
  const configurations = configurationFile === undefined ? noConfigurations : readConfigurations(configurationFile);
  const metrics = new Metrics();
  const apiServerId = `apiserver-${random.uuid()}`;
  const tracing = await tracingOf(options, apiServerId);
  const { store: plain, checks } = await storeOf(options, builtKinds, { metrics, apiServerId });
  const store = tracing === undefined ? plain : tracing.over(plain, kinds);
  const jwtIssuers = await loadJwtIssuers(flags);
  let authorization!: Authorization;
  let allocators!: ReturnType<typeof createServiceAllocators>;
  let authentication!: Authentication;
  // What is written before an index first reads is in it from the start: no part is refused for its role being too new.
  const policyWritten = Promise.withResolvers<void>();
  const documents = new Map<string, StaticDocument>();
  const components = new Components();
  const audit = configured(() => createAudit({ flags, clock, random, log, signal }));
  const server = createServer({
    store,
    audit,
    tracing: tracing?.made,
    metrics,
    kinds,
    clock,
    random,
    log,
    subresources,
    nodeConnections: options.nodeConnections,
    dialer: options.dialer,
    conversions: new Map(
      [
        [kindId(EventsEvent), { toStored: toCoreEvent, fromStored: fromCoreEvent }] as const,
        [kindId(HorizontalPodAutoscalerV1), { toStored: toStoredAutoscaler, fromStored: fromV2 }] as const,
      ].map(([id, conversion]) => [id, conversion as unknown as Conversion]),
    ),
    address: `${options.address.address}:${options.address.port}`,
    documents,
    components: components.checks,
    checks,
    ...(flags['etcd-compaction-interval'] === undefined ? {} : { keepHistoryMs: flags['etcd-compaction-interval'] }),
    descriptions: loadDescriptions,
    limits: { readingMax: flags['max-requests-inflight'] ?? 400, changingMax: flags['max-mutating-requests-inflight'] ?? 200 },
    priorityAndFairness: flags['enable-priority-and-fairness'],
    flags,
    proxyCertificate: () => options.proxyCertificate?.(),
    guards(resources) {
      const deps = { flags, resources, clock, random, log, signal, metrics, apiServerId };
      authorization = configured(() => createAuthorization({ ...deps, after: policyWritten.promise }));
      allocators = createServiceAllocators({ resources, clock, random, log, signal, metrics });
      const { clientCa, frontProxyCa = '', serviceAccountKeyPem } = options;
      authentication = configured(() => createAuthentication({ clientCa, frontProxyCa, serviceAccountKeyPem, jwtIssuers, ...deps }));
      return {
        authenticator: authentication.authenticator,
        authorizer: authorization.authorize,
        admission: createAdmission({
          rbac: authorization.rbac,
          allocators: allocators.plugin,
          enable: flags['enable-admission-plugins'],
          disable: flags['disable-admission-plugins'],
          configurations,
          metrics,
          dynamic: { resources, dialer: options.dialer, clock, random, log, signal, agents },
        }),
        tokens: authentication.tokens,
        rules: authorization.rules,
        companions: allocators.companions,
      };
    },
  });
  const keySetUrl = flags['service-account-jwks-uri'];
  const openId = openIdDocuments(authentication.serviceAccounts, `${options.address.clusterIp}:443`, keySetUrl);
  if (openId !== undefined) {
    const maxAgeSeconds = openIdMaxAgeSeconds;
    documents.set('/.well-known/openid-configuration', { body: openId.configuration, contentType: 'application/json', maxAgeSeconds });
    documents.set('/openid/v1/jwks', { body: openId.keySet, contentType: 'application/jwk-set+json', maxAgeSeconds });
  }
  await server.ready;
  await ensureBootstrapPolicy(server.resources, await rights());
  policyWritten.resolve();
  await Promise.all([authorization.ready, allocators.ready]);
  const counted = measure(metrics, clock, `${options.address.address}:${options.address.port}`);
  const client = createClient(counted(server.transport(identities.apiServer)));
  await ensureServiceCidr(client, [serviceCidrOf(options)], clock);
  await ensureServiceAddresses(client);
  await Promise.all([
    ensureSystemObjects(server.resources, options.address),
    ensureFlowControl(client),
    registerApiServices(client, kinds),
  ]);
  return {
    server,
    components,
    metrics,
    trust: authentication.published,
    client: (identity) => createClient(counted(server.transport(identity))),
  };
}

const serviceCidrOf = ({ serviceCidr = network.serviceCidr }: ControlPlaneOptions): string => serviceCidr;
function clusterFacts({ server, trust }: Api, options: ControlPlaneOptions): ClusterFacts {
  const { clientCa: rootCa, podCidr, sign } = options;
  const legacyToken = createLegacyTokens(options.serviceAccountKeyPem);
  return {
    kinds: () => server.resources.kinds.all,
    remotes: () => server.remotes(),
    rootCa,
    sign,
    legacyToken,
    podCidr,
    serviceCidr: serviceCidrOf(options),
    nodeFolders: options.nodeFolders,
    probe: (service) => server.probe(service),
    trust,
  };
}
/** The controllers that upstream runs within its API server: without them an API is not what clients expect of one. */
export async function serverParts(api: Api, options: ControlPlaneOptions, informers: InformerFactory): Promise<readonly Part[]> {
  const { clock, random, log } = options;
  const controllers = await catalog<Controller>(join(sourceDir, 'server/controllers'));
  const common = { client: api.client(identities.apiServer), informers, clock, random, log, cluster: clusterFacts(api, options) };
  const hooks = workQueueHooks(api.metrics);
  return controllers.map((controller) => createControllerPart(controller, { ...common, hooks: hooks(controller.name) }));
}

/** Controllers and scheduler over an API, and the API's own. */
export async function controlPlaneParts(api: Api, options: ControlPlaneOptions, informers: InformerFactory): Promise<readonly Part[]> {
  const { clock, random, log, signal } = options;
  const [controllers, [{ createSchedulerPart }, { defaultProfile }]] = await Promise.all([loadControllers(), loadScheduler()]);
  const cluster = clusterFacts(api, options);
  const hooks = workQueueHooks(api.metrics);
  const parts = controllers.map((controller) =>
    createControllerPart(controller, {
      client: api.client(identities.controller(controller)),
      informers,
      clock,
      random,
      log,
      cluster,
      hooks: hooks(controller.name),
    }),
  );
  const client = api.client(identities.scheduler);
  const events = createEventRecorder({ client, clock, random, log, signal, component: 'default-scheduler' });
  const scheduler = createSchedulerPart({
    client,
    informers,
    profile: defaultProfile,
    clock,
    random,
    log: log.with({ part: 'scheduler' }),
    events,
  });
  const own = await serverParts(api, options, informers);
  const manager = elected(api, options, 'kube-controller-manager', identities.controllerManager, parts);
  return [
    ...own,
    ...api.components.watch('controller-manager', manager),
    ...api.components.watch('scheduler', elected(api, options, 'kube-scheduler', identities.scheduler, [scheduler])),
  ];
}

/** The parts of a component, as one that runs only while this process holds its lease, where there is an election. */
function elected(
  { client: clientFor, metrics }: Api,
  { election, clock, random, log, signal }: ControlPlaneOptions,
  name: string,
  identity: Identity,
  parts: readonly Part[],
): readonly Part[] {
  if (election === undefined) return parts;
  const client = clientFor(identity);
  const events = createEventRecorder({ client, clock, random, log, signal, component: name });
  return [electedPart({ ...election, name, client, clock, random, log, events, metrics }, parts)];
}

export const sharedInformers = (api: Api, { clock, random, log, signal }: ControlPlaneOptions): InformerFactory =>
  createInformerFactory(api.client(identities.controllerManager), clock, log, signal, random);
