/** `npm run fuzz -- [NAME...] [--seconds N] [--seed S]`: fuzzes the named parsers, or all, one after the other; says what it did with how much memory. */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fuzz, FuzzFailure } from './lib/fuzz.ts';
import { loadTarget, targetNames } from './lib/targets.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '10' }, seed: { type: 'string' } },
});
const seconds = Number(values.seconds);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const heapMib = () => {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
};
const literal = (input: Uint8Array) => JSON.stringify(new TextDecoder().decode(input.subarray(0, 100)));

for (const name of positionals.length > 0 ? positionals : targetNames) {
  const startMs = performance.now();
  let slowest = { ms: 0, input: new Uint8Array(0) as Uint8Array };
  const heaps: number[] = [];
  const target = await loadTarget(name);
  try {
    const inputs = await fuzz(target, {
      seed,
      goesOn: () => {
        const part = (performance.now() - startMs) / 1000 / seconds;
        if (part * 4 >= heaps.length + 1) heaps.push(heapMib());
        return part < 1;
      },
      afterInput: (input, ms) => {
        if (ms > slowest.ms) slowest = { ms, input };
      },
    });
    const heap = `heap ${heaps.map((one) => one.toFixed(1)).join(' ')} MiB, resident ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`;
    const slow = `slowest ${slowest.ms.toFixed(0)} ms (${slowest.input.length} bytes ${literal(slowest.input)})`;
    console.log(`${name}: seed ${seed}, ${inputs} inputs, ${heap}, ${slow}`);
  } catch (error) {
    if (!(error instanceof FuzzFailure)) throw error;
    console.log(`${name} FAILED: ${error.message}`);
    process.exitCode = 1;
  } finally {
    await target.close?.();
  }
}
