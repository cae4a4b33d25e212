import assert from 'node:assert/strict';
import { canonicalDuration, canonicalMicroTime, canonicalTime, humanDuration, normalizeTime, parseTime } from '../../../src/api/gotime.ts';
import { allow, type Target, textOf } from '../lib/target.ts';

export const target: Target = {
  samples: () => [
    '2026-01-02T15:04:05Z',
    '2024-02-29T00:00:00.123456Z',
    '0000-01-01T00:00:00+24:00',
    '9999-12-31T23:59:59-24:59',
    '1999-12-31T3:59:59,5+01:30',
    ...['1h30m', '-1.5s', '300ms', '0', '+2562047h47m16.854775807s', '1µs', '.5h', '0.0000000000000000001ns'],
  ],
  words: ['T', 'Z', ':', '-', '+', '.', ',', '00', '24', '60', '31', '02-29', 'h', 'm', 's', 'ms', 'ns', '0h', '1.5h', '0s', '000000'],
  check(input) {
    const text = textOf(input);
    for (const canonical of [canonicalTime, canonicalMicroTime, canonicalDuration]) {
      const once = allow(() => canonical(text), Error);
      if (once !== undefined) assert.equal(canonical(once), once);
    }
    const ms = parseTime(text);
    assert.equal(normalizeTime(text) === undefined, ms === undefined);
    if (ms !== undefined) humanDuration(ms);
  },
};
