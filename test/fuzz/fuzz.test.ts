/** Nothing that comes from outside makes a parser throw what it does not declare, or hang. `npm run fuzz` does the same for as long as wished. */
import { test } from 'node:test';
import { fuzz } from './lib/fuzz.ts';
import { loadTarget, targetNames } from './lib/targets.ts';

const inputs = 400;

for (const name of targetNames) {
  test(`fuzz ${name}`, async () => {
    const target = await loadTarget(name);
    try {
      await fuzz(target, { seed: 20_260, goesOn: (number) => number < (target.inputs ?? inputs) });
    } finally {
      await target.close?.();
    }
  });
}
