import { join } from 'node:path';
import { catalog } from '../../src/base/catalog.node.ts';
import type { Random } from '../../src/base/random.ts';
import { Deployment } from '../../src/kinds/apps/deployment.ts';
import { ReplicaSet } from '../../src/kinds/apps/replica-set.ts';
import { ConfigMap } from '../../src/kinds/core/config-map.ts';
import { Namespace } from '../../src/kinds/core/namespace.ts';
import { Pod } from '../../src/kinds/core/pod.ts';
import { EndpointSlice } from '../../src/kinds/discovery/endpoint-slice.ts';
import { type Fault, faults } from './faults.ts';
import type { Change } from './history.ts';
import { type Selection, Witness } from './witness.ts';
import { type Place, pick, type Workload } from './workload.ts';
import { World } from './world.ts';

export interface SimulationOptions {
  /** Nothing goes wrong: what the end state of a run with faults is compared with. */
  readonly calm?: boolean;
  /** Breaks something on purpose, to see that it is noticed. */
  readonly plant?: (world: Pick<World, 'disk' | 'network'>) => void;
  /** Names of faults and workloads to draw from; default: all. */
  readonly faults?: readonly string[];
  readonly workloads?: readonly string[];
  /** A problem after which nothing more needs to be known; default: any. */
  readonly enough?: RegExp;
  /** Virtual minutes in which users and faults are at work; default 10. */
  readonly minutes?: number;
  /** Virtual time in which all must have come to rest. */
  readonly patienceMs?: number;
}
export interface Outcome {
  readonly seed: number;
  readonly problems: readonly string[];
  /** Two runs of a seed must agree in it. */
  readonly digest: string;
  /** What the workloads came to. */
  readonly summary: Readonly<Record<string, unknown>>;
  readonly faults: readonly string[];
  readonly virtualMs: number;
  readonly calls: number;
  readonly revisions: number;
  readonly events: number;
}

const nodeCount = 3;
const namespaces = ['team-0', 'team-1'];
const defaultMinutes = 10;
const faultsPerMinute = 0.9;
const longestFaultMs = 100_000;
const checkMs = 5_000;
const settledChecks = 12;
/** Back-off grows while things go wrong, for controllers up to 1000 s. */
const convergenceMs = 40 * 60_000;
const quietMs = 10 * 60_000;
/** Status reports of a node in that time; an unchanged one is due every five minutes. */
const mostHeartbeats = 3;

const activeMsOf = ({ minutes = defaultMinutes }: SimulationOptions) => minutes * 60_000;

interface Running {
  readonly workload: Workload;
  readonly place: Place;
  readonly state: unknown;
  /** What it asks for, one after the other. */
  asking: Promise<void>;
}

const selections: readonly Selection[] = [
  { kind: Pod },
  { kind: Pod, namespace: 'team-0', labelSelector: 'app=deployment-0' },
  { kind: Pod, fieldSelector: 'spec.nodeName=simulated-2' },
  { kind: ReplicaSet },
  { kind: Deployment, namespace: 'team-1' },
  { kind: ConfigMap },
  { kind: EndpointSlice },
  { kind: Namespace },
];

/** Writes that a cluster at rest goes on with: heartbeats, and forgetting old events. */
function isHeartbeat({ resource, before, after }: Change): boolean {
  if (resource === 'core/events') return after === undefined;
  if (resource !== 'core/nodes' || before === undefined || after === undefined) return false;
  const still = (node: any) =>
    JSON.stringify(node, (key, value) => (key === 'lastHeartbeatTime' || key === 'managedFields' ? undefined : value));
  return still(before) === still(after);
}

function ask(world: World, running: Running, act: ReturnType<Workload['step']>): void {
  running.asking = running.asking
    .then(() => act(world.user))
    .catch((error: Error) => world.report(`${running.place.namespace}/${running.place.name}: ${error.stack ?? error.message}`));
}

/** Starts the workloads of a seed and plans their steps. */
function startWorkloads(world: World, all: readonly Workload[], options: SimulationOptions): readonly Running[] {
  const workloads = all.filter(({ name }) => options.workloads?.includes(name) ?? true);
  const nodes = world.nodes.map(({ name }) => name);
  const running: Running[] = [];
  const choose = World.chance(world.seed, 3);
  for (const namespace of namespaces) {
    for (const [index, workload] of workloads.entries()) {
      if (namespace !== namespaces[0] && choose.int(2) === 0) continue;
      const random = World.chance(world.seed, 100 + 50 * namespaces.indexOf(namespace) + index);
      const name = workload.name === 'namespace' ? `${namespace}-own` : `${workload.name}-0`;
      const place = { namespace, name, nodes };
      const { state, act } = workload.begin(place, random);
      const one: Running = { workload, place, state, asking: Promise.resolve() };
      running.push(one);
      ask(world, one, act);
      planSteps(world, one, random, activeMsOf(options));
    }
  }
  return running;
}
function planSteps(world: World, running: Running, random: Random, activeMs: number): void {
  for (let atMs = 10_000 + random.int(60_000); atMs < activeMs; atMs += 5_000 + random.int(200_000)) {
    world.clock.setTimer(atMs, () => ask(world, running, running.workload.step(running.state, running.place, random)));
  }
}

/** Lets things go wrong; resolves when the last has ended. */
function planFaults(world: World, options: SimulationOptions): readonly string[] {
  const random = World.chance(world.seed, 4);
  const activeMs = activeMsOf(options);
  const possible = faults.filter(({ name }) => options.faults?.includes(name) ?? true);
  if (options.calm === true || possible.length === 0) return [];
  // Few kinds a run: so each meets each alone, too.
  const kinds = Array.from({ length: 1 + random.int(4) }, () => pick(random, possible));
  const ends = new Map<Fault, () => void>();
  for (let count = 0; count < faultsPerMinute * (activeMs / 60_000); count++) {
    const fault = pick(random, kinds);
    const forMs = 1_000 + random.int(longestFaultMs);
    world.clock.setTimer(random.int(activeMs - forMs), () => {
      if (ends.has(fault)) return;
      const end = fault.begin(world, random) ?? (() => undefined);
      ends.set(fault, end);
      world.clock.setTimer(forMs, () => {
        ends.delete(fault);
        end();
      });
    });
  }
  return [...new Set(kinds.map(({ name }) => name))];
}

/** Moves time forward step by step; false once enough is known. */
async function advance(world: World, ms: number, { enough }: SimulationOptions, rests: () => boolean = () => false): Promise<boolean> {
  for (let passedMs = 0; passedMs < ms && !rests(); passedMs += checkMs) {
    await world.cluster.advance(checkMs);
    if (world.problems.some((problem) => enough?.test(problem) ?? true)) return false;
  }
  return true;
}

async function converge(world: World, running: readonly Running[], options: SimulationOptions): Promise<boolean> {
  let why: string | undefined;
  let settledFor = 0;
  const rests = () => {
    why = undefined;
    for (const { workload, place, state } of running) {
      const reason = workload.unsettled(state, place, world.history);
      if (reason !== undefined) why = `${place.namespace}/${place.name}: ${reason}`;
    }
    settledFor = why === undefined ? settledFor + 1 : 0;
    // Some time more, for what still has to be told to others.
    return settledFor > settledChecks;
  };
  if (!(await advance(world, options.patienceMs ?? convergenceMs, options, rests))) return false;
  if (why !== undefined) world.report(`did not converge: ${why}`);
  return why === undefined;
}

async function staysQuiet(world: World, options: SimulationOptions): Promise<boolean> {
  const start = world.history.changes.length;
  if (!(await advance(world, quietMs, options))) return false;
  const writes = world.history.changes.slice(start).filter((change) => !isHeartbeat(change));
  const last = writes.at(-1);
  if (last !== undefined)
    world.report(`${writes.length} writes in a cluster at rest, at last of ${last.key} by ${JSON.stringify(fieldsOf(last))}`);
  const heartbeats = world.history.changes.slice(start).filter(({ resource }) => resource === 'core/nodes');
  for (const [name, { length }] of Map.groupBy(heartbeats, (change) => change.name))
    if (length > mostHeartbeats) world.report(`${name} reported its status ${length} times in a cluster at rest`);
  return last === undefined;
}
/** Which fields a change touched, for the message. */
function fieldsOf({ before, after }: Change): readonly string[] {
  const fields = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...fields].filter((field) => JSON.stringify(before?.[field]) !== JSON.stringify(after?.[field]));
}

/** After the last fault all is as the users want it; then nothing is written any more, and the rules for a cluster at rest hold. */
async function comesToRest(world: World, running: readonly Running[], options: SimulationOptions): Promise<boolean> {
  for (const { kubelet } of world.nodes) kubelet.skewMs = 0;
  await world.healed();
  for (const one of running) if (one.workload.finish !== undefined) ask(world, one, one.workload.finish(one.state, one.place));
  if (!(await converge(world, running, options)) || !(await staysQuiet(world, options))) return false;
  world.judgeEnd();
  return true;
}

/** Runs a seed: a cluster, users and faults for a while; then all must come to rest, as if nothing had gone wrong. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  const workloads = await catalog<Workload>(join(import.meta.dirname, 'workloads'));
  await using world = await World.start(seed, nodeCount, options.plant);
  const stop = new AbortController();
  const lost = (error: unknown) => world.report(`a promise failed that nobody waited for: ${error instanceof Error ? error.stack : error}`);
  process.on('unhandledRejection', lost);
  try {
    for (const name of namespaces) await world.user.apply(Namespace, { metadata: { name } });
    const random = World.chance(seed, 5);
    const report = (problem: string) => world.report(problem);
    const tools = { client: world.witness, clock: world.clock, random, history: world.history, report };
    const witnesses = selections.filter(() => random.int(3) === 0).map((selection) => new Witness(selection, tools));
    const watching = witnesses.map((witness) => witness.run(stop.signal));
    const running = startWorkloads(world, workloads, options);
    const faultNames = planFaults(world, options);
    const passed = (await advance(world, activeMsOf(options), options)) && (await comesToRest(world, running, options));
    if (passed) for (const witness of witnesses) witness.judgeEnd();
    const summary = Object.fromEntries(
      running.map(({ workload, place, state }) => [
        `${place.namespace}/${place.name}`,
        workload.summary(state as never, place, world.history),
      ]),
    );
    stop.abort();
    await world.cluster.advance(0);
    await Promise.all(watching);
    return {
      seed,
      problems: world.problems,
      digest: world.disk.digest,
      summary,
      faults: faultNames,
      virtualMs: world.clock.monotonic(),
      calls: world.calls,
      revisions: world.history.changes.length,
      events: witnesses.reduce((sum, { events }) => sum + events, 0),
    };
  } finally {
    stop.abort();
    process.off('unhandledRejection', lost);
  }
}
