import { bytes, bytesMap, int, string } from '../../base/protobuf.ts';

/** The service that keeps keys, version 2 (k8s.io/kms/apis/v2), and what is stored of it, by their published field numbers. */
const service = '/v2.KeyManagementService/';
export const statusCall = {
  path: `${service}Status`,
  request: {},
  reply: { version: string(1), healthz: string(2), keyId: string(3) },
} as const;
export const encryptCall = {
  path: `${service}Encrypt`,
  request: { plaintext: bytes(1), uid: string(2) },
  reply: { ciphertext: bytes(1), keyId: string(2), annotations: bytesMap(3) },
} as const;
export const decryptCall = {
  path: `${service}Decrypt`,
  request: { ciphertext: bytes(1), uid: string(2), keyId: string(3), annotations: bytesMap(4) },
  reply: { plaintext: bytes(1) },
} as const;

/** How the plaintext of the source makes the key: it is the key itself, or what keys are derived from. */
export const sourceTypes = { key: 0, seed: 1 } as const;
export const encryptedObject = {
  encryptedData: bytes(1),
  keyId: string(2),
  encryptedDekSource: bytes(3),
  annotations: bytesMap(4),
  encryptedDekSourceType: int(5),
} as const;
