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
const block = /-----BEGIN ([^-\n]+)-----[ \t]*\r?\n([\s\S]*?)\r?\n?-----END \1-----[ \t]*(?:\r?\n|$)/;

/** `bundle` is base64 of PEM. */
export function caBundleFault(bundle: string | undefined): string | undefined {
  let rest = decoded(bundle ?? '') ?? '';
  if (rest === '') return undefined;
  const fault = (why: string) => `unable to load root certificates: ${why}`;
  let valid = 0;
  let malformed: string | undefined;
  while (rest !== '') {
    const match = block.exec(rest);
    if (match === null) return valid > 0 ? undefined : fault(malformed ?? 'unable to parse bytes as PEM block');
    rest = rest.slice(match.index + match[0].length);
    const [, type, body] = match as unknown as [string, string, string];
    if (type !== 'CERTIFICATE' || body.includes(':')) continue;
    const bytes = decoded(body.replaceAll(/\s/g, ''));
    if (bytes !== undefined && isSequence(bytes)) valid++;
    else malformed ??= 'failed to parse certificate: x509: malformed certificate';
  }
  return valid > 0 ? undefined : fault(malformed ?? 'no valid certificate authority data seen');
}
