import type { Random } from '../../../src/base/random.ts';

/** What every mutation may put anywhere: what readers of bytes and of text stumble over. */
const commonWords: readonly string[] = [
  ...[
    '',
    '\0',
    ' ',
    '\n',
    '\r\n',
    '\t',
    '"',
    "'",
    '\\',
    '/',
    '//',
    '..',
    '%',
    '%00',
    '%zz',
    '%c3%28',
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '<',
    '>',
  ],
  ...[',', ';', ':', '=', '!', '-', '+', '*', '&', '|', '#', '?', '@', '~', '$', '^', '`', '0', '-1', '1e309', '-0', '0x', '0.1', '1e-400'],
  ...[
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775809',
    '4294967296',
    '2147483648',
    '18446744073709551616',
    '1e1000000000',
  ],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'then', 'null', 'true', 'NaN', 'Infinity', 'undefined'],
  ...['\u{feff}', 'é', '😀', '\u2028', '\ud800', '\u0130', 'ß', '\u0000', '\x7f', '\x80', '\xff'],
];
const edgeBytes = [0, 1, 0x7f, 0x80, 0x81, 0xfe, 0xff, 0x20, 0x22, 0x2d, 0x30, 0x84, 0x88] as const;
const encoder = new TextEncoder();

export const bytesOf = (input: Uint8Array | string): Uint8Array => (typeof input === 'string' ? encoder.encode(input) : input);

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
export const pick = <T>(random: Random, list: readonly T[]): T => list[random.int(list.length)]!;

/** A piece of the input: small pieces more often than large ones. */
function pieceOf(random: Random, input: Uint8Array): { readonly from: number; readonly to: number } {
  const from = random.int(input.length + 1);
  const most = Math.min(input.length - from, 2 ** random.int(12));
  return { from, to: from + random.int(most + 1) };
}
const replaced = (input: Uint8Array, from: number, to: number, by: Uint8Array) => joined(input.subarray(0, from), by, input.subarray(to));

function repeated(piece: Uint8Array, times: number): Uint8Array {
  const whole = new Uint8Array(piece.length * times);
  for (let at = 0; at < whole.length; at += piece.length) whole.set(piece, at);
  return whole;
}

/** Where `count` bytes say a length, another one that is near, huge or negative. */
function lie(random: Random, input: Uint8Array): Uint8Array {
  const width = pick(random, [1, 2, 4, 8]);
  if (input.length < width) return input;
  const copy = input.slice();
  const view = new DataView(copy.buffer);
  const at = random.int(copy.length - width + 1);
  const little = random.int(2) === 0;
  const value = pick(random, [0n, 1n, -1n, 0x7fffffffn, 0x80000000n, 0xffffffn, BigInt(copy.length), BigInt(copy.length + 1)]);
  if (width === 1) view.setInt8(at, Number(BigInt.asIntN(8, value)));
  else if (width === 2) view.setInt16(at, Number(BigInt.asIntN(16, value)), little);
  else if (width === 4) view.setInt32(at, Number(BigInt.asIntN(32, value)), little);
  else view.setBigInt64(at, BigInt.asIntN(64, value), little);
  return copy;
}

/** Once in a while a word or a piece stands so often that work that grows with its square, or a recursion, shows: up to 2^19 bytes. */
const largestPower = 19;

export class Mutator {
  readonly #random: Random;
  readonly #corpus: readonly Uint8Array[];
  readonly #words: readonly Uint8Array[];
  readonly #large: boolean;
  constructor(random: Random, corpus: readonly Uint8Array[], words: readonly (string | Uint8Array)[], large: boolean) {
    this.#random = random;
    this.#corpus = corpus;
    this.#words = [...words, ...words, ...commonWords].map(bytesOf);
    this.#large = large;
  }

  next(): Uint8Array {
    const random = this.#random;
    let input = pick(random, this.#corpus);
    const steps = 1 + random.int(random.int(4) === 0 ? 12 : 3);
    for (let step = 0; step < steps; step++) input = this.#step(input);
    if (this.#large && random.int(60) === 0) input = this.#enlarge(input);
    return input;
  }

  #step(input: Uint8Array): Uint8Array {
    const random = this.#random;
    const { from, to } = pieceOf(random, input);
    switch (random.int(11)) {
      case 0: {
        if (input.length === 0) return input;
        const copy = input.slice();
        const at = random.int(copy.length);
        copy[at] = copy[at]! ^ (1 << random.int(8));
        return copy;
      }
      case 1:
        return input.length === 0 ? input : input.with(random.int(input.length), pick(random, edgeBytes));
      case 2:
        return input.subarray(0, random.int(input.length + 1));
      case 3:
        return replaced(input, from, to, new Uint8Array(0));
      case 4:
        return replaced(input, from, from, pick(random, this.#words));
      case 5:
        return replaced(input, from, to, pick(random, this.#words));
      case 6:
        return replaced(input, from, to, repeated(input.subarray(from, to), 1 + random.int(8)));
      case 7: {
        const other = pick(random, this.#corpus);
        const piece = pieceOf(random, other);
        return replaced(input, from, to, other.subarray(piece.from, piece.to));
      }
      case 8: {
        const other = pick(random, this.#corpus);
        return joined(input.subarray(0, from), other.subarray(random.int(other.length + 1)));
      }
      case 9:
        return lie(random, input);
      default:
        return replaced(
          input,
          from,
          from,
          Uint8Array.from({ length: random.int(8) }, () => random.int(256)),
        );
    }
  }

  #enlarge(input: Uint8Array): Uint8Array {
    const random = this.#random;
    const { from, to } = pieceOf(random, input);
    const piece = random.int(2) === 0 ? pick(random, this.#words) : input.subarray(from, Math.min(to, from + 8));
    if (piece.length === 0) return input;
    return replaced(input, from, to, repeated(piece, Math.ceil(2 ** (random.next() * largestPower) / piece.length)));
  }
}
