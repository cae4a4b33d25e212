import { latin1Of } from '../../../base/der.ts';
import { decodePem } from '../../../base/pem.ts';

/** Whether a bundle of certificates can be loaded, as upstream's TLS client finds it: its words, or undefined. */

/** A certificate is one DER sequence, to its last byte. */
function isSequence(bytes: string): boolean {
  if (bytes.charCodeAt(0) !== 0x30 || bytes.length < 2) return false;
  const first = bytes.charCodeAt(1);
  if (first < 0x80) return bytes.length === 2 + first;
  const count = first & 0x7f;
  if (count === 0 || count > 4 || bytes.length < 2 + count) return false;
  let length = 0;
  for (let at = 2; at < 2 + count; at++) length = length * 256 + bytes.charCodeAt(at);
  return bytes.length === 2 + count + length;
}
function decoded(base64: string): string | undefined {
  try {
    return atob(base64);
  } catch {
    return undefined;
  }
}
/** `bundle` is base64 of PEM. */
export function caBundleFault(bundle: string | undefined): string | undefined {
  let rest = decoded(bundle ?? '') ?? '';
  if (rest === '') return undefined;
  const fault = (why: string) => `unable to load root certificates: ${why}`;
  let valid = 0;
  let malformed: string | undefined;
  let blocks = 0;
  for (let block = decodePem(rest); block !== undefined; block = decodePem(rest)) {
    blocks++;
    rest = block.rest;
    if (block.type !== 'CERTIFICATE' || block.hasHeaders) continue;
    if (isSequence(latin1Of(block.bytes))) valid++;
    else malformed ??= 'failed to parse certificate: x509: malformed certificate';
  }
  if (blocks === 0) return fault('unable to parse bytes as PEM block');
  return valid > 0 ? undefined : fault(malformed ?? 'no valid certificate authority data seen');
}
