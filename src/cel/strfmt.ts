/** Formats of strings as OpenAPI validation reads them (kube-openapi/pkg/validation/strfmt). */
import { parseDurationNanos } from '../api/gotime.ts';
import { parseTimestamp } from './library/timestamps.ts';
import { Timestamp } from './values.ts';

/** Like a date-time, but the zone may be missing; the empty text is the epoch. undefined for what is none. */
export function parseDateTime(text: string): Timestamp | undefined {
  if (text === '') return new Timestamp(0, 0);
  return parseTimestamp(text) ?? parseTimestamp(`${text}Z`);
}
export const parseDate = (text: string): Timestamp | undefined =>
  /^\d{4}-\d\d-\d\d$/.test(text) ? parseTimestamp(`${text}T00:00:00Z`) : undefined;

const units: readonly (readonly [bigint, readonly string[]])[] = [
  [1n, ['ns', 'nano']],
  [1_000n, ['us', 'µs', 'micro']],
  [1_000_000n, ['ms', 'milli']],
  [1_000_000_000n, ['s', 'sec']],
  [60_000_000_000n, ['m', 'min']],
  [3_600_000_000_000n, ['h', 'hr', 'hour']],
  [86_400_000_000_000n, ['d', 'day']],
  [604_800_000_000_000n, ['w', 'wk', 'week']],
];
/** Nanoseconds of Go's durations and of texts like '2 days 3 hours'. Throws an Error in upstream's words. */
export function parseFormatDuration(text: string): bigint {
  try {
    return parseDurationNanos(text);
  } catch {
    let total = 0n;
    let any = false;
    for (const match of text.matchAll(/(\d+)\s*([A-Za-zµ]+)/g)) {
      const unit = match[2]!.toLowerCase();
      for (const [nanos, names] of units) {
        for (const [index, name] of names.entries()) {
          const last = index === names.length - 1;
          if (unit !== name && !(last && unit.startsWith(name))) continue;
          any = true;
          total += BigInt(match[1]!) * nanos;
        }
      }
    }
    if (!any) throw new Error(`unable to parse ${text} as duration`);
    return BigInt.asIntN(64, total);
  }
}
