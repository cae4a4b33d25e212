import { randomBytes } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import type { Transformer } from './transformer.ts';

const nonceBytes = 24;
const overheadBytes = 16;

/** XSalsa20 and Poly1305 (NaCl's secretbox) with a random nonce before the ciphertext. */
export function secretbox(key: Uint8Array): Transformer {
  return {
    encrypt(plain) {
      const nonce = randomBytes(nonceBytes);
      return Buffer.concat([nonce, xsalsa20poly1305(key, nonce).encrypt(plain)]);
    },
    decrypt(stored) {
      if (stored.length < nonceBytes + overheadBytes) throw new Error('the stored data was shorter than the required size');
      try {
        return { plain: xsalsa20poly1305(key, stored.subarray(0, nonceBytes)).decrypt(stored.subarray(nonceBytes)), isStale: false };
      } catch {
        throw new Error('output array was not large enough for encryption');
      }
    },
  };
}
