/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  readonly type: string;
  readonly hasHeaders: boolean;
  readonly bytes: Uint8Array;
  /** What follows the block. */
  readonly rest: string;
}

const begin = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n/g;

/** The first block of the text; what is no block is passed over. undefined: there is none. */
export function decodePem(text: string): PemBlock | undefined {
  begin.lastIndex = 0;
  for (let match = begin.exec(text); match !== null; match = begin.exec(text)) {
    const type = match[1]!;
    const start = match.index + match[0].length;
    const marker = `-----END ${type}-----`;
    const end = text.startsWith(marker, start) ? start : text.indexOf(`\n${marker}`, start);
    if (end < 0) continue;
    const content = text.slice(start, end);
    const headers = /^(?:[^\n:]+:[^\n]*\n)+\n?/.exec(content)?.[0] ?? '';
    const bytes = fromBase64(content.slice(headers.length).replaceAll(/[\s]/g, ''));
    const rest = text.slice(text.indexOf(marker, end) + marker.length);
    if (bytes !== undefined) return { type, hasHeaders: headers !== '', bytes, rest };
  }
  return undefined;
}

function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** As PEM, in lines of 64 characters. */
export function encodePem(type: string, bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `-----BEGIN ${type}-----\n${btoa(binary).replaceAll(/.{1,64}/g, '$&\n')}-----END ${type}-----\n`;
}
