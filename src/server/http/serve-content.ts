import { createHash } from 'node:crypto';
import type { AnswerHeaders, Exchange } from './exchange.ts';

/** Something served as a file is: as a whole, in parts, or not at all when the client has it. */
export interface Content {
  readonly bytes: Uint8Array;
  readonly modifiedMs: number;
  /** With what is said of it, such as its ETag. */
  readonly headers: AnswerHeaders;
  /** Its type; `headers` do not hold it. */
  readonly type: string;
  /** Said also where nothing of it is sent. Default: only with what is sent. */
  readonly saysType?: boolean;
  /** How the whole is packed for clients that take that; absent: it is not. */
  readonly pack?: ((bytes: Uint8Array) => Promise<Uint8Array>) | undefined;
}
interface Part {
  readonly start: number;
  readonly length: number;
}
/** What a request asks for of a file of `size` bytes: 304, 412 and 416 send none of it. */
export type Selected =
  | { readonly code: 304 | 412 }
  | { readonly code: 416; readonly why: string; readonly isBeyond: boolean }
  | { readonly code: 200 | 206; readonly parts: readonly Part[] };
export interface Conditions {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** '' for none. */
  readonly etag: string;
  readonly modifiedMs: number;
  readonly size: number;
}

const beyond = 'invalid range: failed to overlap';
const invalid = 'invalid range';
class RangeFault extends Error {}

/** The tags of a list, as far as it can be read; '*' is one. */
function tagsOf(text: string): readonly string[] {
  const tags: string[] = [];
  for (let rest = text.trim(); rest !== ''; ) {
    const [found] = /^(,|\*|(?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*")/.exec(rest) ?? [];
    if (found === undefined) break;
    if (found !== ',') tags.push(found);
    rest = rest.slice(found.length).trim();
  }
  return tags;
}
const strong = (tag: string, etag: string): boolean => tag === etag && tag.startsWith('"');
const weak = (tag: string, etag: string): boolean => tag.replace(/^W\//, '') === etag.replace(/^W\//, '');

const httpTime = /^\w{3}, \d{2} \w{3} \d{4} [\d:]{8} GMT$|^\w+, \d{2}-\w{3}-\d{2} [\d:]{8} GMT$/;
const ansiTime = /^\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}$/;
/** Seconds since 1970, by one of the three forms of RFC 9110; undefined for what is none. */
function secondsOf(text: string): number | undefined {
  const ms = httpTime.test(text) ? Date.parse(text) : ansiTime.test(text) ? Date.parse(`${text} GMT`) : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

function numberOf(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new RangeFault(invalid);
  const number = Number(text);
  if (number < 0 || number >= 2 ** 63) throw new RangeFault(invalid);
  return number;
}
/** Throws RangeFault. */
function partsOf(text: string, size: number): readonly Part[] {
  if (text === '') return [];
  if (!text.startsWith('bytes=')) throw new RangeFault(invalid);
  const parts: Part[] = [];
  let isBeyond = false;
  for (const range of text.slice('bytes='.length).split(',')) {
    if (range.trim() === '') continue;
    const dash = range.indexOf('-');
    if (dash < 0) throw new RangeFault(invalid);
    const [first, last] = [range.slice(0, dash).trim(), range.slice(dash + 1).trim()];
    if (first === '') {
      if (last.startsWith('-')) throw new RangeFault(invalid);
      const length = Math.min(numberOf(last), size);
      parts.push({ start: size - length, length });
      continue;
    }
    const start = numberOf(first);
    if (start >= size) isBeyond = true;
    else if (last === '') parts.push({ start, length: size - start });
    else {
      const end = numberOf(last);
      if (start > end) throw new RangeFault(invalid);
      parts.push({ start, length: Math.min(end, size - 1) - start + 1 });
    }
  }
  if (isBeyond && parts.length === 0) throw new RangeFault(beyond);
  return parts;
}

/** Decides by the conditions and ranges of a request (RFC 9110, 13 and 14; Go's http.ServeContent). */
export function select({ method, headers, etag, modifiedMs, size }: Conditions): Selected {
  const header = (name: string) => String(headers[name] ?? '');
  const modified = Math.floor(modifiedMs / 1000);
  const isRead = method === 'GET' || method === 'HEAD';
  const wanted = header('if-match');
  if (wanted !== '') {
    if (!tagsOf(wanted).some((tag) => tag === '*' || strong(tag, etag))) return { code: 412 };
  } else {
    const unmodified = secondsOf(header('if-unmodified-since'));
    if (unmodified !== undefined && modified > unmodified) return { code: 412 };
  }
  const known = header('if-none-match');
  if (known !== '') {
    if (tagsOf(known).some((tag) => tag === '*' || weak(tag, etag))) return { code: isRead ? 304 : 412 };
  } else if (isRead) {
    const since = secondsOf(header('if-modified-since'));
    if (since !== undefined && modified <= since) return { code: 304 };
  }
  const still = header('if-range');
  const isSame = () => {
    const [tag] = /^(?:W\/)?"/.test(still) ? tagsOf(still) : [];
    return tag === undefined ? secondsOf(still) === modified : strong(tag, etag);
  };
  try {
    const parts = still !== '' && isRead && !isSame() ? [] : partsOf(header('range'), size);
    // Who asks for more than there is gets it once.
    const sum = parts.reduce((total, { length }) => total + length, 0);
    return parts.length === 0 || sum > size ? { code: 200, parts: [] } : { code: 206, parts };
  } catch (error) {
    if (!(error instanceof RangeFault)) throw error;
    if (error.message === beyond && size === 0) return { code: 200, parts: [] };
    return { code: 416, why: error.message, isBeyond: error.message === beyond };
  }
}

/** Sends what the request asks for. Gives the HTTP code. */
export async function serveContent(exchange: Exchange, content: Content): Promise<number> {
  const { bytes, modifiedMs, headers, type, saysType, pack } = content;
  const etag = String(headers.etag ?? '');
  const size = bytes.byteLength;
  const selected = select({ method: exchange.method, headers: exchange.headers, etag, modifiedMs, size });
  const lastModified = { 'last-modified': new Date(modifiedMs).toUTCString() };
  switch (selected.code) {
    case 304:
      exchange.begin(304, etag === '' ? { ...headers, ...lastModified } : headers);
      exchange.end();
      return 304;
    case 412:
      return send(exchange, 412, { ...headers, ...lastModified, ...(saysType === true ? { 'content-type': type } : {}) }, nothing);
    case 416:
      return refuse(exchange, selected, headers, size);
    default: {
      const about = { ...headers, ...lastModified, 'accept-ranges': 'bytes' };
      const { parts } = selected;
      if (parts.length > 1) return sendParts(exchange, about, content, parts);
      const [part] = parts;
      if (part !== undefined) {
        const { start, length } = part;
        return send(exchange, 206, { ...about, 'content-type': type, ...rangeOf(part, size) }, bytes.subarray(start, start + length));
      }
      if (pack === undefined) return send(exchange, 200, { ...about, 'content-type': type }, bytes);
      return send(exchange, 200, { ...about, 'content-type': type, 'content-encoding': 'gzip' }, await pack(bytes));
    }
  }
}
const rangeOf = ({ start, length }: Part, size: number) => ({ 'content-range': `bytes ${start}-${start + length - 1}/${size}` });

function refuse(exchange: Exchange, { why, isBeyond }: Selected & { code: 416 }, headers: AnswerHeaders, size: number): number {
  const { etag: _, expires: __, ...kept } = headers;
  const about = {
    ...kept,
    'cache-control': 'no-cache, private',
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    ...(isBeyond ? { 'content-range': `bytes */${size}` } : {}),
  };
  return send(exchange, 416, about, Buffer.from(`${why}\n`));
}

/** Several parts in one answer (RFC 9110, 14.6). */
function sendParts(exchange: Exchange, headers: AnswerHeaders, { bytes, type }: Content, parts: readonly Part[]): number {
  const size = bytes.byteLength;
  // The same for the same question; nothing in a document tells it.
  const boundary = createHash('sha256')
    .update(`${headers.etag} ${JSON.stringify(parts)}`)
    .digest('hex')
    .slice(0, 60);
  const pieces = parts.flatMap((part, index) => {
    const lead = `${index === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Range: ${rangeOf(part, size)['content-range']}\r\nContent-Type: ${type}\r\n\r\n`;
    return [Buffer.from(lead), bytes.subarray(part.start, part.start + part.length)];
  });
  const whole = Buffer.concat([...pieces, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return send(exchange, 206, { ...headers, 'content-type': `multipart/byteranges; boundary=${boundary}` }, whole);
}

const nothing = new Uint8Array(0);
function send(exchange: Exchange, code: number, headers: AnswerHeaders, bytes: Uint8Array): number {
  exchange.begin(code, { ...headers, 'content-length': bytes.byteLength });
  exchange.end(exchange.method === 'HEAD' || bytes.byteLength === 0 ? undefined : bytes);
  return code;
}
