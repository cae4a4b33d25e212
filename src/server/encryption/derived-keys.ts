import { createHmac, randomBytes } from 'node:crypto';
import { aesGcm } from './aes.ts';
import type { Transformer } from './transformer.ts';

/** Bytes of a seed, of a key, and of what tells keys of one seed apart. */
export const seedBytes = 32;
const infoBytes = 32;

/**
 * AES-GCM with a new key for each value, derived from a seed (HKDF-Expand with SHA-256, RFC 5869) by random bytes that stand before the value: no
 * number of values wears the seed out.
 */
export function derivedGcm(seed: Uint8Array): Transformer {
  if (seed.length < seedBytes) throw new Error(`invalid seed length ${seed.length} used for key generation`);
  // One block of HKDF is one key.
  const keyOf = (info: Uint8Array) => createHmac('sha256', seed).update(info).update(Uint8Array.of(1)).digest();
  return {
    encrypt(plain, place) {
      const info = randomBytes(infoBytes);
      return Buffer.concat([info, aesGcm(keyOf(info)).encrypt(plain, place) as Uint8Array]);
    },
    decrypt(stored, place) {
      if (stored.length < infoBytes) throw new Error('the stored data was shorter than the required size');
      return aesGcm(keyOf(stored.subarray(0, infoBytes))).decrypt(stored.subarray(infoBytes), place);
    },
  };
}
