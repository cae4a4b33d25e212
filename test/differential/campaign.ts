import { Connection } from './connection.ts';
import type { Difference } from './compare.ts';
import { classOf } from './compare.ts';
import { explain } from './known.ts';
import { reproduction } from './play.ts';
import type { Scenario, Source, Step } from './scenario.ts';
import { startServers, type Servers } from './servers.ts';
import { shrink } from './shrink.ts';
import { type Finding, type Outcome, type Pair, tryOut } from './trial.ts';

export interface Plan {
  readonly sources: readonly Source[];
  /** Seeds of each source: from `start`, at most `seeds` of them. */
  readonly start: number;
  readonly seeds: number;
  readonly deadlineMs: number;
  readonly isShrinking: boolean;
  /** Called for each new class. */
  readonly onClass: (record: ClassRecord) => void;
  readonly onProgress: (tally: Tally) => void;
}

/** What was found of one class of differences. */
export interface ClassRecord {
  readonly name: string;
  count: number;
  /** Which requests show it: 'POST pods', 'PATCH deployments/scale', with how often. */
  readonly where: Map<string, number>;
  readonly source: string;
  readonly seed: number;
  readonly example: Difference;
  /** Commands that show it, one a line. */
  reproduction: string;
}
export interface SourceTally {
  scenarios: number;
  requests: number;
  /** Requests whose answers differ, and nothing explains it. */
  unexplained: number;
  lastSeed: number;
}
export interface Tally {
  readonly bySource: Map<string, SourceTally>;
  readonly classes: Map<string, ClassRecord>;
  /** By the name of what is known. */
  readonly known: Map<string, number>;
  /** Differences that did not show a second time. */
  unsteady: number;
  readonly unsteadyClasses: Map<string, number>;
  /** CPU time of each process since its servers were ready. */
  readonly cpuMs: Map<string, number>;
}

const atOnce = 48;
/** Both servers begin anew after so many requests: what scenarios leave behind does not grow without bound. */
const requestsPerEpoch = 40_000;

export async function run(plan: Plan): Promise<Tally> {
  const tally: Tally = {
    bySource: new Map(),
    classes: new Map(),
    known: new Map(),
    unsteady: 0,
    unsteadyClasses: new Map(),
    cpuMs: new Map(),
  };
  const work = scenarios(plan);
  for (let next = work.next(); !next.done; ) {
    await using servers = await startServers();
    next = await runEpoch(plan, tally, servers, work, next);
  }
  return tally;
}

interface Item {
  readonly source: Source;
  readonly seed: number;
}
/** All sources in turn, so that each has its share of the time. */
function* scenarios({ sources, start, seeds, deadlineMs }: Plan): Generator<Item, void> {
  for (let seed = start; seed < start + seeds; seed++) {
    const left = sources.filter(({ count }) => count === undefined || seed < count);
    if (left.length === 0) return;
    for (const source of left) {
      if (Date.now() > deadlineMs) return;
      yield { source, seed };
    }
  }
}

type Next = IteratorResult<Item, void>;
async function runEpoch(plan: Plan, tally: Tally, servers: Servers, work: Iterator<Item, void>, first: Next): Promise<Next> {
  using upstream = new Connection(servers.upstream);
  using skiff = new Connection(servers.skiff);
  const lab = new Lab(plan, tally, { upstream, skiff });
  const running = new Set<Promise<void>>();
  const before = servers.cpuMs();
  let next = first;
  for (; !next.done && lab.requests < requestsPerEpoch; next = work.next()) {
    const item = next.value;
    const scenario = item.source.scenario(item.seed);
    if (scenario.alone === true) {
      await Promise.all(running);
      await lab.examine(item, scenario);
    } else {
      const one: Promise<void> = lab.examine(item, scenario).finally(() => running.delete(one));
      running.add(one);
      if (running.size >= atOnce) await Promise.race(running);
    }
  }
  await Promise.all(running);
  for (const [name, used] of Object.entries(servers.cpuMs())) tally.cpuMs.set(name, (tally.cpuMs.get(name) ?? 0) + used - before[name]!);
  return next;
}

/** Examines scenarios on one pair of servers. */
class Lab {
  requests = 0;
  #namespaces = 0;
  readonly #plan: Plan;
  readonly #tally: Tally;
  readonly #pair: Pair;
  constructor(plan: Plan, tally: Tally, pair: Pair) {
    this.#plan = plan;
    this.#tally = tally;
    this.#pair = pair;
  }
  async examine({ source, seed }: Item, scenario: Scenario): Promise<void> {
    const outcome = await this.#try(scenario);
    const mine = this.#sourceTally(source.name);
    mine.scenarios++;
    mine.requests += outcome.requests;
    mine.lastSeed = Math.max(mine.lastSeed, seed);
    const { requests } = mine;
    if (outcome.findings.length > 0) await this.#record(source, seed, scenario, outcome);
    if (Math.floor(requests / 1000) !== Math.floor((requests - outcome.requests) / 1000)) this.#plan.onProgress(this.#tally);
  }
  async #try(scenario: Scenario): Promise<Outcome> {
    const outcome = await tryOut(scenario, `d${++this.#namespaces}`, this.#pair);
    this.requests += outcome.requests;
    return outcome;
  }
  #sourceTally(name: string): SourceTally {
    let mine = this.#tally.bySource.get(name);
    if (mine === undefined) this.#tally.bySource.set(name, (mine = { scenarios: 0, requests: 0, unexplained: 0, lastSeed: 0 }));
    return mine;
  }
  async #record(source: Source, seed: number, scenario: Scenario, { findings }: Outcome): Promise<void> {
    const unexplained = findings.filter((finding) => !this.#isKnown(finding));
    if (unexplained.length === 0) return;
    // What depends on chance or load does not show again.
    const again = await this.#try(scenario);
    const steady = new Set(again.findings.flatMap(({ index, classes }) => [...classes].map((name) => `${index} ${name}`)));
    for (const finding of unexplained) {
      const classes = finding.differences.filter(
        (one) => explain(one, finding.step) === undefined && steady.has(`${finding.index} ${classOf(one)}`),
      );
      if (classes.length === 0) {
        this.#tally.unsteady++;
        for (const name of finding.classes) count(this.#tally.unsteadyClasses, name);
        continue;
      }
      this.#sourceTally(source.name).unexplained++;
      for (const difference of new Map(classes.map((one) => [classOf(one), one])).values())
        await this.#recordClass(source, seed, scenario, finding, difference);
    }
  }
  #isKnown({ differences, step }: Finding): boolean {
    const reasons = differences.map((one) => explain(one, step));
    const whole = reasons.find((reason) => reason?.isWhole === true);
    if (whole !== undefined) {
      count(this.#tally.known, whole.name);
      return true;
    }
    if (reasons.some((reason) => reason === undefined)) return false;
    for (const reason of new Set(reasons)) count(this.#tally.known, reason!.name);
    return true;
  }
  async #recordClass(source: Source, seed: number, scenario: Scenario, finding: Finding, example: Difference): Promise<void> {
    const name = classOf(example);
    let record = this.#tally.classes.get(name);
    const isNew = record === undefined;
    if (record === undefined) {
      record = { name, count: 0, where: new Map(), source: source.name, seed, example, reproduction: '' };
      this.#tally.classes.set(name, record);
    }
    record.count++;
    count(record.where, `${finding.step.method} ${resourceOf(finding.step)}`);
    if (!isNew) return;
    const shows = async (candidate: Scenario) => (await this.#try(candidate)).findings.some(({ classes }) => classes.has(name));
    const small =
      this.#plan.isShrinking && finding.index >= 0
        ? await shrink(scenario, finding.index, shows)
        : { ...scenario, steps: scenario.steps.slice(0, finding.index + 1) };
    record.reproduction = await this.#reproduce(small, finding);
    this.#plan.onClass(record);
  }
  async #reproduce(scenario: Scenario, finding: Finding): Promise<string> {
    const { sides } = await this.#try(scenario);
    return (finding.index < 0 ? [finding.step] : scenario.steps).map((step) => reproduction(step, sides[0])).join('\n');
  }
}

const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);

/** 'deployments/scale' of a path; what is no resource is shown as it is. */
export function resourceOf({ path }: Step): string {
  const [plain = ''] = path.split('?');
  const [, rest] = /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)\/(.+)$/.exec(plain) ?? [];
  if (rest === undefined) return plain;
  const [resource, , subresource] = rest.replace(/^namespaces\/[^/]+\/(?=[^/])(?!status$|finalize$)/, '').split('/');
  return subresource === undefined ? resource! : `${resource}/${subresource}`;
}
