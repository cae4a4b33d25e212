/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  readonly type: string;
  readonly hasHeaders: boolean;
  readonly bytes: Uint8Array;
  /** What follows the block. */
  readonly rest: string;
}

const begin = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n/g;

const endMark = '\n-----END ';
/** So many beginnings without a block are looked at: what stands before a block is a comment, no second text. */
const mostBeginnings = 1_000;

/** The first block of the text; what is no block is passed over, as Go does. undefined: there is none. */
export function decodePem(text: string): PemBlock | undefined {
  begin.lastIndex = 0;
  let nextEnd = -1;
  let beginnings = 0;
  for (let match = begin.exec(text); match !== null && beginnings < mostBeginnings; match = begin.exec(text), beginnings++) {
    const type = match[1]!;
    const start = match.index + match[0].length;
    const marker = `-----END ${type}-----`;
    // Begins with the end of the first line: a block without content ends at once.
    if (nextEnd < start - 1) nextEnd = text.indexOf(endMark, start - 1);
    if (nextEnd < 0) return undefined;
    if (!text.startsWith(marker, nextEnd + 1)) continue;
    const end = Math.max(nextEnd, start);
    const content = text.slice(start, end);
    const headers = /^(?:[^\n:]+:[^\n]*\n)+\n?/.exec(content)?.[0] ?? '';
    const bytes = fromBase64(content.slice(headers.length));
    if (bytes !== undefined) return { type, hasHeaders: headers !== '', bytes, rest: text.slice(nextEnd + 1 + marker.length) };
  }
  return undefined;
}

function fromBase64(content: string): Uint8Array | undefined {
  if (/[^A-Za-z0-9+/=\s]/.test(content)) return undefined;
  const text = content.replaceAll(/\s/g, '');
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** As PEM, in lines of 64 characters. */
export function encodePem(type: string, bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `-----BEGIN ${type}-----\n${btoa(binary).replaceAll(/.{1,64}/g, '$&\n')}-----END ${type}-----\n`;
}
