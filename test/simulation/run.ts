import { parseArgs } from 'node:util';
import { type Outcome, simulate } from './simulate.ts';

/** Runs many seeds: node test/simulation/run.ts --seeds 1000 --start 1. Ends with 1 when one of them fails. */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    start: { type: 'string', default: '1' },
    /** Runs each seed twice and compares. */
    twice: { type: 'boolean', default: false },
    /** Compares the end with that of a run without faults. */
    compare: { type: 'boolean', default: false },
    /** Virtual minutes in which users and faults are at work. */
    minutes: { type: 'string', default: '10' },
    calm: { type: 'boolean', default: false },
    faults: { type: 'string' },
    workloads: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const split = (text: string | undefined) => text?.split(',');
const options = {
  calm: values.calm,
  minutes: Number(values.minutes),
  ...(values.faults === undefined ? {} : { faults: split(values.faults)! }),
  ...(values.workloads === undefined ? {} : { workloads: split(values.workloads)! }),
};

/** Where two values differ: 'a.b[0]: 1 and 2'. */
function* differences(a: any, b: any, path = ''): Generator<string> {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    if (a !== b) yield `${path}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`;
    return;
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) yield* differences(a[key], b[key], `${path}/${key}`);
}

async function run(seed: number): Promise<Outcome & { readonly problems: readonly string[] }> {
  const outcome = await simulate(seed, options);
  const problems = [...outcome.problems];
  if (values.twice) {
    const again = await simulate(seed, options);
    if (again.digest !== outcome.digest) problems.push('the same seed gave another run');
  }
  if (values.compare && problems.length === 0) {
    const calm = await simulate(seed, { ...options, calm: true });
    for (const difference of differences(calm.summary, outcome.summary)) problems.push(`without faults the end is another: ${difference}`);
    for (const problem of calm.problems) problems.push(`without faults: ${problem}`);
  }
  return { ...outcome, problems };
}

const [first, count] = [Number(values.start), Number(values.seeds)];
const started = performance.now();
const cpu = process.cpuUsage();
/** Seeds between two lines of figures. */
const tellEvery = 100;
const total = { virtualMs: 0, calls: 0, revisions: 0, events: 0, failed: [] as number[] };
for (let seed = first; seed < first + count; seed++) {
  const outcome = await run(seed);
  for (const key of ['virtualMs', 'calls', 'revisions', 'events'] as const) total[key] += outcome[key];
  if (values.verbose) console.log(`seed ${seed}: ${outcome.faults.join(', ')}; ${outcome.calls} calls, ${outcome.revisions} writes`);
  const done = seed - first + 1;
  if (done % tellEvery === 0 && done < count) console.log(figures(done));
  if (outcome.problems.length === 0) continue;
  total.failed.push(seed);
  const flags = process.argv
    .slice(2)
    .filter((flag, index, all) => !/^--(seeds|start)/.test(flag) && !/^--(seeds|start)$/.test(all[index - 1] ?? ''));
  console.log(
    `\nseed ${seed} failed (${outcome.faults.join(', ')}); again: node test/simulation/run.ts --seeds 1 --start ${seed} ${flags.join(' ')}`,
  );
  for (const problem of outcome.problems) console.log(`  ${problem}`);
}
console.log(figures(count));
process.exitCode = total.failed.length > 0 ? 1 : 0;

function figures(seeds: number): string {
  const realMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  const hours = total.virtualMs / 3_600_000;
  return (
    `\n${seeds} seeds, ${total.failed.length} failed${total.failed.length > 0 ? ` (${total.failed.join(' ')})` : ''}: ` +
    `${hours.toFixed(1)} cluster hours in ${(realMs / 1000).toFixed(0)} s, ${(total.virtualMs / realMs).toFixed(0)} times real time ` +
    `(${(total.virtualMs / ((user + system) / 1000)).toFixed(0)} by CPU time); ` +
    `${total.calls} calls, ${total.revisions} writes, ${total.events} watch events checked`
  );
}
