import type { TransformOptions } from 'node:stream';
import { createInflate, type Inflate, type ZlibOptions } from 'node:zlib';

/** SPDY's name and value blocks, zlib-compressed with the dictionary of the protocol's draft 3, section 2.6.10.1. */
export type Headers = Readonly<Record<string, string>>;

const words = (
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization ' +
  'cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range ' +
  'content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified ' +
  'location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding ' +
  'upgrade user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin'
).split(' ');
const tail =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content' +
  '301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service ' +
  'UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,' +
  'image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8' +
  'charset=iso-8859-1,utf-,*,enq=0.';
const sized = (text: string) => {
  const bytes = Buffer.alloc(4 + text.length);
  bytes.writeUInt32BE(text.length);
  bytes.write(text, 4, 'latin1');
  return bytes;
};
export const dictionary = Buffer.concat([...words.map((word) => sized(word.replace('_', ' '))), Buffer.from(tail, 'latin1')]);
/** adler32 of the dictionary, which zlib's header names. */
const dictionaryId = [0xe3, 0xc6, 0xa7, 0xc2];

const largestBlockBytes = 64 << 10;
const largestInflatedBytes = 256 << 10;

// room for a whole block, so that inflating never waits for a reader
const inflateOptions: ZlibOptions & TransformOptions = { dictionary, highWaterMark: 2 * largestInflatedBytes };

/**
 * Writes header blocks as one zlib stream of stored blocks: nothing to gain by compressing a few words, and it is
 * synchronous. Each ends with a sync marker, without which Go's reader waits for more.
 */
export class HeaderWriter {
  #started = false;

  write(headers: Headers): Buffer {
    const parts: Buffer[] = [Buffer.alloc(4)];
    const entries = Object.entries(headers);
    parts[0]!.writeUInt32BE(entries.length);
    for (const [name, value] of entries) parts.push(sized(name.toLowerCase()), sized(value));
    const block = Buffer.concat(parts);
    if (block.length >= largestBlockBytes) throw new RangeError('headers are too large');
    const start = this.#started ? [] : [0x78, 0xbb, ...dictionaryId];
    this.#started = true;
    const stored = Buffer.from([...start, 0, block.length & 0xff, block.length >> 8, ~block.length & 0xff, (~block.length >> 8) & 0xff]);
    return Buffer.concat([stored, block, Buffer.from([0, 0, 0, 0xff, 0xff])]);
  }
}

/** Reads the header blocks of one direction of a connection, in their order. */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate(inflateOptions);

  /** Throws on what is no header block, or too large a one. */
  async read(block: Buffer): Promise<Headers> {
    return parseHeaders(await this.#decompress(block));
  }
  #decompress(block: Buffer): Promise<Buffer> {
    const inflate = this.#inflate;
    const chunks: Buffer[] = [];
    let size = 0;
    return new Promise((resolve, reject) => {
      const drain = () => {
        for (let chunk = inflate.read() as Buffer | null; chunk !== null; chunk = inflate.read() as Buffer | null) {
          chunks.push(chunk);
          size += chunk.length;
        }
        if (size > largestInflatedBytes) inflate.destroy(new Error('SPDY headers are too large'));
      };
      const settle = (error?: Error | null) => {
        inflate.off('readable', drain).off('error', settle).off('close', onClose);
        if (error) return reject(error);
        drain();
        resolve(Buffer.concat(chunks));
      };
      const onClose = () => settle(new Error('the SPDY connection is closed'));
      inflate.on('readable', drain).on('error', settle).on('close', onClose);
      inflate.write(block, settle);
    });
  }
  close(): void {
    this.#inflate.on('error', () => undefined);
    this.#inflate.destroy();
  }
}

function parseHeaders(block: Buffer): Headers {
  let at = 0;
  const number = () => {
    if (at + 4 > block.length) throw new Error('SPDY headers end early');
    const value = block.readUInt32BE(at);
    at += 4;
    return value;
  };
  const text = () => {
    const size = number();
    if (at + size > block.length) throw new Error('SPDY headers end early');
    const value = block.toString('latin1', at, at + size);
    at += size;
    return value;
  };
  const headers = new Map<string, string>();
  for (let left = number(); left > 0; left--) headers.set(text().toLowerCase(), text());
  return Object.fromEntries(headers);
}
