import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { run, type Tally } from './campaign.ts';
import { report, spent, summary, told } from './report.ts';
import { endServers } from './servers.ts';
import { sources } from './sources.ts';

/**
 * Asks upstream's API server and Skiff's the same, and tells in what they differ:
 *   npm run differential -- --source pods,patches --seeds 1000 --start 1 --minutes 30
 * Ends with 1 when there is a difference that nothing explains.
 */
const { values } = parseArgs({
  options: {
    /** How many scenarios of each source. */
    seeds: { type: 'string', default: '100' },
    start: { type: 'string', default: '0' },
    /** Names of sources, with commas between; default all. */
    source: { type: 'string' },
    minutes: { type: 'string' },
    /** Finds the smallest requests that show a difference. */
    shrink: { type: 'boolean', default: true },
    /** Writes the report to this file, such as docs/differential.md. */
    report: { type: 'string' },
  },
  allowNegative: true,
});

const names = values.source?.split(',');
const unknown = names?.filter((name) => !sources.some((source) => source.name === name)) ?? [];
if (unknown.length > 0) {
  console.error(`no source is called ${unknown.join(', ')}; there are ${sources.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void endServers().then(() => process.exit(2)));
const startedMs = Date.now();
let toldMs = startedMs;
const tellEveryMs = 20_000;
const save = (tally: Tally) => values.report && writeFileSync(values.report, report(tally, sources));
try {
  const tally = await run({
    sources: sources.filter(({ name }) => names?.includes(name) ?? true),
    start: Number(values.start),
    seeds: Number(values.seeds),
    deadlineMs: values.minutes === undefined ? Number.POSITIVE_INFINITY : startedMs + Number(values.minutes) * 60_000,
    isShrinking: values.shrink,
    onClass: (record) => console.log(told(record)),
    onProgress(so) {
      if (Date.now() - toldMs < tellEveryMs) return;
      toldMs = Date.now();
      console.log(summary(so, toldMs - startedMs));
      save(so);
    },
  });
  save(tally);
  console.log(`\n${report(tally, sources)}\n${summary(tally, Date.now() - startedMs)}\n${spent(tally)}`);
  process.exit(tally.classes.size === 0 ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
}
