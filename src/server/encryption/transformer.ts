import type { EncryptionMetrics } from './metrics.ts';

/** How values are stored: from what is meant to what is on disk, and back. */
export interface Transformer {
  /** Counts what it does; absent for what is stored as it is. */
  readonly observed?: EncryptionMetrics | undefined;
  /** `place` is where the value is stored: some ciphers bind it, so that nobody can move values around. Throws Error. */
  encrypt(plain: Uint8Array, place: Uint8Array): Promise<Uint8Array> | Uint8Array;
  /** Throws Error for what was not stored by it. */
  decrypt(stored: Uint8Array, place: Uint8Array): Promise<Decrypted> | Decrypted;
}
export interface Decrypted {
  readonly plain: Uint8Array;
  /** It would be stored otherwise now: another key or provider comes first. */
  readonly isStale: boolean;
}

/** Which transformer a resource has. */
export interface Transformers {
  /** Increases whenever they change. */
  readonly version: number;
  transformer(group: string, resource: string): Transformer;
}

/** What every encrypted value begins with; no JSON and no protobuf of Kubernetes does. */
export const encryptedPrefix = 'k8s:enc:';

/** A transformer whose values begin with a text of their own. */
export interface Prefixed {
  readonly prefix: string;
  readonly transformer: Transformer;
}

export function startsWith(value: Uint8Array, prefix: Uint8Array): boolean {
  if (value.length < prefix.length) return false;
  for (let at = 0; at < prefix.length; at++) if (value[at] !== prefix[at]) return false;
  return true;
}

const encryptedBytes = Buffer.from(encryptedPrefix);
/** Stores values as they are; reads no encrypted ones. */
export const identity: Transformer = {
  encrypt: (plain) => plain,
  decrypt(stored) {
    if (startsWith(stored, encryptedBytes)) throw new Error('identity transformer tried to read encrypted data');
    return { plain: stored, isStale: false };
  },
};

/**
 * Stores by the first of several and reads by any whose prefix the value has, the first that can: so keys are rotated. `none` is what is wrong with a
 * value that has none of the prefixes.
 */
export function prefixed(all: readonly Prefixed[], none: string): Transformer {
  const known = all.map(({ prefix, transformer }) => ({ prefix: Buffer.from(prefix), transformer }));
  const first = known[0]!;
  const from = (start: number, stored: Uint8Array, place: Uint8Array, failures: readonly string[]): Promise<Decrypted> | Decrypted => {
    let failed = failures;
    for (let at = start; at < known.length; at++) {
      const { prefix, transformer } = known[at]!;
      if (!startsWith(stored, prefix)) continue;
      const judged = (outcome: Decrypted): Decrypted => (at === 0 || outcome.isStale ? outcome : { ...outcome, isStale: true });
      // Identity may not read what others encrypted: whoever comes after it may.
      const withFailure = (error: unknown) => (prefix.length === 0 ? failed : [...failed, (error as Error).message]);
      try {
        const outcome = transformer.decrypt(stored.subarray(prefix.length), place);
        if (!(outcome instanceof Promise)) return judged(outcome);
        return outcome.then(judged, (error: unknown) => from(at + 1, stored, place, withFailure(error)));
      } catch (error) {
        failed = withFailure(error);
      }
    }
    throw new Error(failed.length === 0 ? none : failed.length === 1 ? failed[0]! : `[${[...new Set(failed)].join(', ')}]`);
  };
  const withPrefix = (stored: Uint8Array) => (first.prefix.length === 0 ? stored : Buffer.concat([first.prefix, stored]));
  return {
    encrypt(plain, place) {
      const stored = first.transformer.encrypt(plain, place);
      return stored instanceof Promise ? stored.then(withPrefix) : withPrefix(stored);
    },
    decrypt: (stored, place) => from(0, stored, place, []),
  };
}

/** For a server without encryption. */
export const untransformed: Transformers = { version: 1, transformer: () => identity };
