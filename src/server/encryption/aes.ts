import { type CipherGCMTypes, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Transformer } from './transformer.ts';

const gcmNonceBytes = 12;
const tagBytes = 16;
const blockBytes = 16;
const tooShort = 'the stored data was shorter than the required size';

/** AES-GCM with a random nonce: nonce, ciphertext, tag. The place is authenticated. */
export function aesGcm(key: Uint8Array): Transformer {
  const cipherName = `aes-${key.length * 8}-gcm` as CipherGCMTypes;
  return {
    encrypt(plain, place) {
      const nonce = randomBytes(gcmNonceBytes);
      const cipher = createCipheriv(cipherName, key, nonce).setAAD(place);
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    decrypt(stored, place) {
      if (stored.length < gcmNonceBytes) throw new Error(tooShort);
      const failed = new Error('cipher: message authentication failed');
      if (stored.length < gcmNonceBytes + tagBytes) throw failed;
      const cipher = createDecipheriv(cipherName, key, stored.subarray(0, gcmNonceBytes)).setAAD(place);
      cipher.setAuthTag(stored.subarray(-tagBytes));
      const text = cipher.update(stored.subarray(gcmNonceBytes, -tagBytes));
      try {
        return { plain: Buffer.concat([text, cipher.final()]), isStale: false };
      } catch {
        throw failed;
      }
    },
  };
}

/** AES-CBC with PKCS#7 padding and a random vector before the ciphertext. Nothing is authenticated. */
export function aesCbc(key: Uint8Array): Transformer {
  const cipherName = `aes-${key.length * 8}-cbc`;
  return {
    encrypt(plain) {
      const vector = randomBytes(blockBytes);
      const cipher = createCipheriv(cipherName, key, vector);
      return Buffer.concat([vector, cipher.update(plain), cipher.final()]);
    },
    decrypt(stored) {
      if (stored.length < blockBytes) throw new Error(tooShort);
      if (stored.length % blockBytes !== 0) throw new Error('the stored data is not a multiple of the block size');
      const cipher = createDecipheriv(cipherName, key, stored.subarray(0, blockBytes));
      try {
        return { plain: Buffer.concat([cipher.update(stored.subarray(blockBytes)), cipher.final()]), isStale: false };
      } catch {
        throw new Error('invalid padding on input');
      }
    },
  };
}
