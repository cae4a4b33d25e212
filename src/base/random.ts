/** Where all randomness comes from. Nothing outside `base/` asks the system for it by other means. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, bound). */
  int(bound: number): number;
  /** RFC 9562 version 4. */
  uuid(): string;
  /** `length` characters of the alphabet Kubernetes uses in generated names. */
  suffix(length: number): string;
}

/** No vowels and no look-alikes: the alphabet of upstream's generated names. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

function from(next: () => number): Random {
  const int = (bound: number) => Math.floor(next() * bound);
  return {
    next,
    int,
    uuid() {
      let hex = '';
      for (let index = 0; index < 32; index++) hex += (index === 12 ? 4 : index === 16 ? 8 + int(4) : int(16)).toString(16);
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
    suffix(length) {
      let text = '';
      for (let index = 0; index < length; index++) text += alphabet[int(alphabet.length)];
      return text;
    },
  };
}

/** The same seed gives the same sequence (mulberry32). Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return from(() => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  });
}

const pool = new Uint32Array(256);
let used = pool.length;

/** Cryptographically strong. */
export const systemRandom: Random = {
  ...from(() => {
    if (used === pool.length) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    return pool[used++]! / 2 ** 32;
  }),
  uuid: () => crypto.randomUUID(),
};
