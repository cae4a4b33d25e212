import { decodePem } from '../../../base/pem.ts';

interface Blocks {
  readonly wanted: number;
  /** Types of the others. */
  readonly skipped: readonly string[];
}
/** Blocks up to the first that is wanted, where one is enough. */
function blocksOf(text: string, isWanted: (type: string) => boolean, one: boolean): Blocks {
  let wanted = 0;
  const skipped: string[] = [];
  for (let block = decodePem(text); block !== undefined && !(one && wanted > 0); block = decodePem(block.rest))
    if (isWanted(block.type)) wanted++;
    else skipped.push(block.type);
  return { wanted, skipped };
}

const isKey = (type: string): boolean => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY');

/** Why a pair of PEM texts is no certificate with its key, in the words of Go's tls.X509KeyPair; undefined as far as their blocks are right. */
export function keyPairProblem(certificate: string, key: string): string | undefined {
  const certificates = blocksOf(certificate, (type) => type === 'CERTIFICATE', false);
  if (certificates.wanted === 0) {
    const { skipped } = certificates;
    if (skipped.length === 0) return 'tls: failed to find any PEM data in certificate input';
    if (skipped.length === 1 && skipped[0]!.endsWith('PRIVATE KEY'))
      return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
    return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${skipped.join(' ')}]`;
  }
  const keys = blocksOf(key, isKey, true);
  if (keys.wanted > 0) return undefined;
  if (keys.skipped.length === 0) return 'tls: failed to find any PEM data in key input';
  if (keys.skipped.length === 1 && keys.skipped[0] === 'CERTIFICATE')
    return 'tls: found a certificate rather than a key in the PEM for the private key';
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${keys.skipped.join(' ')}]`;
}
