import { apiVersionOf, type AnyKind, messageShape } from '../../api/kind.ts';
import type { Field, Fields } from '../../api/schema.ts';
import type { Random } from '../../base/random.ts';

/** For tests of codecs: an object of the kind, made up from its shape, with values that codecs find hard. Not a valid one. */
export function filled(kind: AnyKind, random: Random, options: FillOptions = {}): Record<string, unknown> {
  const fill = new Filler(random, options);
  return { kind: kind.kind, apiVersion: apiVersionOf(kind), ...fill.object(messageShape(kind).fields, 0) };
}
export interface FillOptions {
  /** How many of the fields that may be absent are there; default all. */
  readonly share?: number;
}

/** Below this, shapes that contain themselves end. */
const deepest = 9;
const texts = [
  'a',
  'web',
  'yes',
  '1.0',
  '0x1F',
  '~',
  'null',
  ' led',
  'x: y',
  '- a',
  '#b',
  'ünï',
  '<&>',
  '\u2028',
  'two\nlines\n',
  '日本',
  '👍',
  '"q"',
  "it's",
  '\t',
];
const keys = ['app', 'kubernetes.io/name', 'Z', 'a-b', 'a.b', 'true', 'é', 'n', '~x'];
const quantities = ['0', '1', '100m', '1500m', '2Gi', '128974848', '1k', '5M', '12e6', '3n', '-1'];
const times = ['1970-01-01T00:00:01Z', '2001-02-03T04:05:06Z', '2038-01-19T03:14:08Z'];
const microTimes = ['2001-02-03T04:05:06.000007Z', '2038-01-19T03:14:08.123456Z'];
const durations = ['0s', '1h2m3s', '1.5s', '72h0m0s', '1ms'];
const anything = [{ a: [1, 'x', null, true], b: { c: 'd' } }, 'text', [{ e: 1 }], { f: -1.5 }];

class Filler {
  readonly #random: Random;
  readonly #share: number;
  constructor(random: Random, { share = 1 }: FillOptions) {
    this.#random = random;
    this.#share = share;
  }
  object(fields: Fields, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(fields)) {
      // What JSON alone has would not survive protobuf.
      if (field.tag === 0) continue;
      if (field.presence !== undefined && (depth > deepest || this.#random.next() > this.#share)) continue;
      const value = this.#value(field, depth);
      if (value !== undefined) object[name] = value;
    }
    return object;
  }
  #value(field: Field, depth: number): unknown {
    switch (field.type) {
      case 'string':
        return this.#of(texts);
      case 'bytes':
        return new TextEncoder().encode(this.#of(texts)).toBase64();
      case 'int32':
        return this.#of([1, -1, 80, 65535, 2 ** 31 - 1, -(2 ** 31)]);
      case 'int64':
        return this.#of([1, -1, 1000, 2 ** 40, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);
      case 'double':
        return this.#of([1, 0.5, -1.25, 1e21, 123456.789]);
      case 'bool':
        return true;
      case 'time':
        return this.#of(times);
      case 'microTime':
        return this.#of(microTimes);
      case 'duration':
        return this.#of(durations);
      case 'quantity':
        return this.#of(quantities);
      case 'intOrString':
        return this.#of([0, 80, -1, 'http', '25%']);
      case 'any':
        return this.#of(anything);
      case 'object':
        return this.object(field.shape!.fields, depth + 1);
      case 'list':
        return Array.from({ length: this.#count(depth) }, () => this.#value(field.of!, depth + 1));
      case 'map':
        return Object.fromEntries(
          [...new Set(Array.from({ length: this.#count(depth) }, () => this.#of(keys)))]
            .sort()
            .map((key) => [key, this.#value(field.of!, depth + 1)]),
        );
      default:
        return undefined;
    }
  }
  #of<T>(choices: readonly T[]): T {
    return choices[this.#random.int(choices.length)]!;
  }
  /** Lists and maps have several members, but far down only one: objects stay small. */
  #count(depth: number): number {
    return depth > 2 ? 1 : this.#random.int(3) + 1;
  }
}
