import { join } from 'node:path';
import { catalog } from '../../src/base/catalog.node.ts';
import type { LogFields, Logger } from '../../src/base/log.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { StatusError } from '../../src/api/status.ts';
import type { Call, Identity, Reply } from '../../src/client/call.ts';
import { type Client, createClient } from '../../src/client/client.ts';
import type { FakeRuntime } from '../../src/kubelet/runtime-fake.ts';
import { RuntimeError, type Runtime } from '../../src/kubelet/runtime.ts';
import { freezeStoredObjects } from '../../src/server/cache/stored-object.ts';
import { SimulatedCluster, type SimulatedNode } from '../../src/testing/simulated-cluster.ts';
import type { Process } from '../../src/testing/process.ts';
import { Disk } from './disk.ts';
import { type Change, History } from './history.ts';
import { type CallObserver, Network } from './network.ts';
import type { Caller, Judged, Rule, RuleMaker } from './rule.ts';
import { User } from './workload.ts';

const userIdentity: Identity = { user: 'user', groups: ['system:masters', 'system:authenticated'] };
const witnessIdentity: Identity = { ...userIdentity, user: 'witness' };
/** Refused for lack of rights; admission answers with 403 too, for reasons of its own. */
const isRefusal = (error: unknown): error is StatusError =>
  error instanceof StatusError && error.code === 403 && / cannot \w+ resource /.test(error.message);
/** More of them say nothing new. */
const mostProblems = 20;
const mostCallsAtOnce = 5_000;
const id = ({ group, resource, namespace = '', name = '' }: Pick<Call, 'group' | 'resource' | 'namespace' | 'name'>) =>
  `${group === '' ? 'core' : group}/${resource}/${namespace}/${name}`;

/** A cluster from a seed, with everything around it that can go wrong, and with rules that must hold nevertheless. */
export class World implements Judged, AsyncDisposable {
  readonly seed: number;
  readonly disk: Disk;
  readonly history: History;
  readonly network: Network;
  readonly user: User;
  /** For witnesses: as the administrator, over a good network. */
  readonly witness: Client;
  readonly cluster: SimulatedCluster;
  readonly problems: string[] = [];
  calls = 0;
  readonly #rules: readonly Rule[];
  #countedMs = 0;
  #atOnce = 0;
  readonly #inFlight = new Map<string, Set<Caller>>();
  readonly #unsure = new Map<string, number>();
  readonly #lastSent = new WeakMap<Call, number>();

  private constructor(seed: number, cluster: SimulatedCluster, parts: Pick<World, 'disk' | 'history' | 'network'>, rules: readonly Rule[]) {
    this.seed = seed;
    this.cluster = cluster;
    ({ disk: this.disk, history: this.history, network: this.network } = parts);
    this.#rules = rules;
    this.user = new User(createClient(this.network.between(userIdentity)(cluster.client.transport)), cluster.clock);
    this.network.spared.add(witnessIdentity.user);
    this.witness = createClient(this.network.between(witnessIdentity)(cluster.client.transport));
    this.history.subscribe((change) => this.#judge(change));
  }
  /** A source of chance of its own, for each use another `stream`: what one draws changes nothing for the others. */
  static chance(seed: number, stream: number): Random {
    return seededRandom(Math.imul(seed, 0x9e3779b1) + stream);
  }
  static async start(
    seed: number,
    nodes: number,
    prepare: (world: Pick<World, 'disk' | 'network'>) => void = () => undefined,
  ): Promise<World> {
    freezeStoredObjects();
    const makers = await catalog<RuleMaker>(join(import.meta.dirname, 'rules'));
    let world: World | undefined;
    let parts: Pick<World, 'disk' | 'history' | 'network'> | undefined;
    const early: string[] = [];
    const report = (problem: string) => (world === undefined ? void early.push(problem) : world.report(problem));
    const observer: CallObserver = {
      began: (...told) => world?.began(...told),
      ended: (...told) => world?.ended(...told),
      lost: (identity) => world?.lost(identity),
      sent: (...told) => world?.sent(...told),
    };
    const cluster = await SimulatedCluster.start({
      seed,
      nodes,
      log: new ProblemLog(report),
      openStore(clock) {
        if (parts === undefined) {
          const history = new History(clock);
          const disk = new Disk(clock, World.chance(seed, 1), (revision, writes) => history.record(revision, writes));
          parts = { disk, history, network: new Network(clock, World.chance(seed, 2), observer) };
          prepare(parts);
        }
        return parts.disk.open();
      },
      between: (identity) => (next) => (call) => parts!.network.between(identity)(next)(call),
      aroundRuntime: withMissingImages,
    });
    world = new World(
      seed,
      cluster,
      parts!,
      makers.map((make) => make()),
    );
    for (const problem of early) world.report(problem);
    return world;
  }
  get nodes(): readonly SimulatedNode[] {
    return this.cluster.nodes;
  }
  get clock() {
    return this.cluster.clock;
  }
  report(problem: string): void {
    if (this.problems.length < mostProblems) this.problems.push(`${(this.clock.monotonic() / 1000).toFixed(3)} s: ${problem}`);
  }

  began(identity: Identity, call: Call): void {
    this.calls++;
    this.#countAtOnce();
    const key = id(call);
    const callers = this.#inFlight.get(key) ?? new Set();
    this.#inFlight.set(key, callers.add({ user: identity.user, call }));
  }
  #countAtOnce(): void {
    const nowMs = this.clock.monotonic();
    this.#atOnce = nowMs === this.#countedMs ? this.#atOnce + 1 : 0;
    this.#countedMs = nowMs;
    if (this.#atOnce <= mostCallsAtOnce || this.network.jammed) return;
    this.report(`more than ${mostCallsAtOnce} calls without any time passing: somebody runs in circles`);
    this.network.jammed = true;
  }
  ended(identity: Identity, call: Call, outcome: Reply | Error): void {
    const key = id(call);
    const callers = this.#inFlight.get(key)!;
    for (const caller of callers) if (caller.call === call) callers.delete(caller);
    if (callers.size === 0) this.#inFlight.delete(key);
    const code = outcome instanceof StatusError ? outcome.code : outcome instanceof Error ? 0 : outcome.code;
    if (code >= 500) this.#unsure.set(identity.user, this.clock.monotonic());
    this.disk.note(`${this.clock.monotonic()} ${identity.user} ${call.verb} ${key} ${call.subresource ?? ''} ${code} `);
    if (isRefusal(outcome)) this.report(`${identity.user} was refused: ${outcome.message}`);
  }
  /** Within a watch, revisions only grow. */
  sent(
    identity: Identity,
    call: Call,
    event: { readonly type: string; readonly object: { readonly metadata: { readonly resourceVersion: string } } },
  ): void {
    if (event.type === 'ERROR') return;
    const revision = Number(event.object.metadata.resourceVersion);
    const last = this.#lastSent.get(call) ?? 0;
    if (event.type === 'BOOKMARK' ? revision < last : revision <= last)
      this.report(`${identity.user} was sent revision ${revision} of ${call.resource} after ${last}`);
    this.#lastSent.set(call, revision);
  }
  lost({ user }: Identity): void {
    this.#unsure.set(user, this.clock.monotonic());
  }
  unsureMs(user: string): number {
    return this.#unsure.get(user) ?? Number.NEGATIVE_INFINITY;
  }
  callers(change: Change): readonly Caller[] {
    const named = this.#inFlight.get(`${change.resource}/${change.namespace}/${change.name}`) ?? [];
    const open = this.#inFlight.get(`${change.resource}/${change.namespace}/`) ?? [];
    return [...named, ...open].filter(({ call }) => call.verb !== 'get' && call.verb !== 'list' && call.verb !== 'watch');
  }
  #judge(change: Change): void {
    for (const rule of this.#rules) {
      const broken = rule.onChange?.(change, this);
      if (broken !== undefined) this.report(broken);
    }
  }
  /** The rules about a cluster that has come to rest. */
  judgeEnd(): void {
    for (const rule of this.#rules) {
      const broken = rule.atEnd?.(this);
      if (broken !== undefined) this.report(broken);
    }
  }

  /** Ends a process at once; it comes back after `downMs`. Nothing happens to one that is down. */
  crash(process: Process, downMs: number, kill: () => void = () => process.kill()): void {
    if (!process.running) return;
    kill();
    this.clock.setTimer(downMs, () => void process.start());
  }
  crashServer(downMs: number): void {
    this.crash(this.cluster.server, downMs, () => {
      this.disk.halt();
      this.cluster.killServer();
    });
  }
  /** Everybody is there again. */
  async healed(): Promise<void> {
    const all = [this.cluster.server, this.cluster.controllers, ...this.nodes.map(({ kubelet }) => kubelet)];
    await this.cluster.until('all processes run', () => all.every(({ running }) => running));
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
  }
}

/** Takes what a part reports as an error for a problem: nothing that the world does to it may lead to one. */
class ProblemLog implements Logger {
  readonly #report: (problem: string) => void;
  readonly #fields: LogFields;
  constructor(report: (problem: string) => void, fields: LogFields = {}) {
    this.#report = report;
    this.#fields = fields;
  }
  debug(): void {}
  info(): void {}
  warn(message: string, fields: LogFields = {}): void {
    const { error } = fields;
    if (isRefusal(error) || error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
      this.#tell(message, fields);
  }
  error(message: string, fields: LogFields = {}): void {
    if ((fields.error as Error | undefined)?.name !== 'StoreUnavailable') this.#tell(message, fields);
  }
  #tell(message: string, fields: LogFields): void {
    const { error, ...rest } = { ...this.#fields, ...fields };
    this.#report(
      `log: ${message} ${JSON.stringify(rest)} ${error instanceof Error ? (error.stack ?? error.message) : String(error ?? '')}`,
    );
  }
  with(fields: LogFields): Logger {
    return new ProblemLog(this.#report, { ...this.#fields, ...fields });
  }
}

/** Images called 'missing:...' cannot be pulled. */
const withMissingImages = (runtime: FakeRuntime): Runtime => ({
  ...runtime,
  async pullImage(reference, ...rest) {
    if (!reference.includes('missing:')) return await runtime.pullImage(reference, ...rest);
    throw new RuntimeError('NotFound', `failed to pull and unpack image "${reference}": not found`);
  },
});
