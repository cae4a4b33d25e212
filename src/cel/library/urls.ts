/** URLs (apiserver/pkg/cel/library/urls.go; Go's net/url for what counts as one). */
import type { Library } from '../api.ts';
import { utf8Bytes } from '../bytes.ts';
import { goQuote } from '../../api/go-text.ts';
import * as t from '../types.ts';
import type { CelType } from '../types.ts';
import { ArrayList, CelError, type CelValue, EntryMap, OpaqueValue, orNoSuchOverload } from '../values.ts';
import { parseAddress } from './net.ts';
import { member, overload } from './overloads.ts';

export const urlType: CelType = t.object('kubernetes.URL');

/** Characters that stand for themselves in each part, letters and digits aside. */
const plainIn = {
  path: '-_.~$&+,/:;=@',
  host: '-_.~!$&\'()*+,;=:[]<>"',
  zone: '-_.~!$&\'()*+,;=:[]<>"',
  user: '-_.~$&+,;=',
  query: '-_.~',
  fragment: '-_.~$&+,/:;=?@!()*',
};
type Part = keyof typeof plainIn;
const isPlain = (char: string, part: Part) => /[a-zA-Z0-9]/.test(char) || plainIn[part].includes(char);

class UrlError extends Error {}
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
function unescape(text: string, part: Part): string {
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!;
    if (char === '%') {
      const sequence = text.slice(index, index + 3);
      if (!/^%[0-9a-fA-F]{2}$/.test(sequence)) throw new UrlError(`invalid URL escape ${goQuote(sequence)}`);
      const code = Number.parseInt(sequence.slice(1), 16);
      if (part === 'host' && code < 0x80 && sequence !== '%25') throw new UrlError(`invalid URL escape ${goQuote(sequence)}`);
      if (part === 'zone' && sequence !== '%25' && code !== 0x20 && !isPlain(String.fromCharCode(code), 'host')) {
        throw new UrlError(`invalid URL escape ${goQuote(sequence)}`);
      }
      index += 2;
    } else if ((part === 'host' || part === 'zone') && char < '\x80' && !isPlain(char, part)) {
      throw new UrlError(`invalid character ${goQuote(char)} in host name`);
    }
  }
  const spaced = part === 'query' ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  const bytes: number[] = [];
  for (let index = 0; index < spaced.length; ) {
    if (spaced[index] === '%') {
      bytes.push(Number.parseInt(spaced.slice(index + 1, index + 3), 16));
      index += 3;
    } else {
      const rune = String.fromCodePoint(spaced.codePointAt(index)!);
      bytes.push(...utf8Bytes(rune));
      index += rune.length;
    }
  }
  return decoder.decode(Uint8Array.from(bytes));
}
function escape(text: string, part: Part): string {
  let out = '';
  for (const rune of text) {
    if (rune < '\x80' && isPlain(rune, part)) out += rune;
    else for (const byte of utf8Bytes(rune)) out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}
const isPort = (text: string) => /^(?::\d*)?$/.test(text);

interface Parts {
  scheme: string;
  opaque: string;
  user: string | undefined;
  host: string;
  path: string;
  rawPath: string;
  query: string;
  forceQuery: boolean;
  fragment: string;
  omitHost: boolean;
}
function schemeOf(text: string): readonly [string, string] {
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*)?:/.exec(text);
  if (match === null) return ['', text];
  if (match[1] === undefined) throw new UrlError('missing protocol scheme');
  return [match[1].toLowerCase(), text.slice(match[0].length)];
}
function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf('[');
  if (open > 0) throw new UrlError('invalid IP-literal');
  const checkPort = (port: string) => {
    if (!isPort(port)) throw new UrlError(`invalid port ${goQuote(port)} after host`);
  };
  if (open === 0) {
    const close = host.lastIndexOf(']');
    if (close < 0) throw new UrlError("missing ']' in host");
    const port = host.slice(close + 1);
    checkPort(port);
    const name = host.slice(1, close);
    const zone = name.indexOf('%25');
    const plain = zone < 0 ? unescape(name, 'host') : unescape(name.slice(0, zone), 'host') + unescape(name.slice(zone), 'zone');
    let bytes: readonly number[];
    try {
      bytes = parseAddress(plain).bytes;
    } catch (error) {
      throw new UrlError(`invalid host: ${(error as Error).message}`);
    }
    if (bytes.length === 4) throw new UrlError('invalid IP-literal');
    return `[${plain}]${port}`;
  }
  const colon = host.indexOf(':');
  if (colon >= 0) checkPort(host.slice(scheme === 'http' || scheme === 'https' ? colon : host.lastIndexOf(':')));
  return unescape(host, 'host');
}
function parseAuthority(scheme: string, authority: string): readonly [string | undefined, string] {
  const at = authority.lastIndexOf('@');
  const host = parseHost(scheme, authority.slice(at + 1));
  if (at < 0) return [undefined, host];
  const user = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) throw new UrlError('net/url: invalid userinfo');
  const colon = user.indexOf(':');
  const name = escape(unescape(colon < 0 ? user : user.slice(0, colon), 'user'), 'user');
  return [colon < 0 ? name : `${name}:${escape(unescape(user.slice(colon + 1), 'user'), 'user')}`, host];
}
function parse(text: string, viaRequest: boolean): Parts {
  const parts: Parts = {
    scheme: '',
    opaque: '',
    user: undefined,
    host: '',
    path: '',
    rawPath: '',
    query: '',
    forceQuery: false,
    fragment: '',
    omitHost: false,
  };
  if (/[\x00-\x1f\x7f]/.test(text)) throw new UrlError('net/url: invalid control character in URL');
  if (text === '' && viaRequest) throw new UrlError('empty url');
  if (text === '*') return { ...parts, path: '*' };
  const [scheme, afterScheme] = schemeOf(text);
  parts.scheme = scheme;
  let rest = afterScheme;
  const mark = rest.indexOf('?');
  if (mark >= 0 && mark === rest.length - 1) {
    parts.forceQuery = true;
    rest = rest.slice(0, -1);
  } else if (mark >= 0) {
    parts.query = rest.slice(mark + 1);
    rest = rest.slice(0, mark);
  }
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...parts, opaque: rest };
    if (viaRequest) throw new UrlError('invalid URI for request');
    if (rest.split('/')[0]!.includes(':')) throw new UrlError('first path segment in URL cannot contain colon');
  }
  if ((scheme !== '' || (!viaRequest && !rest.startsWith('///'))) && rest.startsWith('//')) {
    const slash = rest.indexOf('/', 2);
    const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
    rest = slash < 0 ? '' : rest.slice(slash);
    [parts.user, parts.host] = parseAuthority(scheme, authority);
  } else if (scheme !== '' && rest.startsWith('/')) parts.omitHost = true;
  parts.path = unescape(rest, 'path');
  parts.rawPath = escape(parts.path, 'path') === rest ? '' : rest;
  return parts;
}
const validPath = (raw: string) => [...raw].every((char) => "!$&'()*+,;=:@[]%".includes(char) || (char < '\x80' && isPlain(char, 'path')));

class UrlValue extends OpaqueValue {
  readonly type = urlType;
  readonly parts: Parts;
  constructor(parts: Parts) {
    super();
    this.parts = parts;
  }
  override get goType(): string {
    return '*url.URL';
  }
  equals(other: CelValue): boolean | CelError {
    return other instanceof UrlValue ? this.text() === other.text() : orNoSuchOverload(other);
  }
  get hostAndPort(): readonly [string, string] {
    const { host } = this.parts;
    const colon = host.lastIndexOf(':');
    const hasPort = colon >= 0 && isPort(host.slice(colon));
    const name = hasPort ? host.slice(0, colon) : host;
    return [name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name, hasPort ? host.slice(colon + 1) : ''];
  }
  get escapedPath(): string {
    const { rawPath, path } = this.parts;
    if (rawPath !== '' && validPath(rawPath)) return rawPath;
    return path === '*' ? '*' : escape(path, 'path');
  }
  override text(): string {
    const { scheme, opaque, user, host, path, query, forceQuery, fragment, omitHost } = this.parts;
    let out = scheme === '' ? '' : `${scheme}:`;
    if (opaque !== '') out += opaque;
    else {
      if ((scheme !== '' || host !== '' || user !== undefined) && !(omitHost && host === '' && user === undefined)) {
        if (host !== '' || path !== '' || user !== undefined) out += '//';
        if (user !== undefined) out += `${user}@`;
        out += escape(host, 'host');
      }
      const escaped = this.escapedPath;
      if (escaped !== '' && !escaped.startsWith('/') && host !== '') out += '/';
      if (out === '' && escaped.split('/')[0]!.includes(':')) out += './';
      out += escaped;
    }
    if (forceQuery || query !== '') out += `?${query}`;
    return fragment === '' ? out : `${out}#${escape(fragment, 'fragment')}`;
  }
}

const parseError = (text: string, error: unknown): CelError => {
  if (!(error instanceof UrlError)) throw error;
  return new CelError(`URL parse error during conversion from string: parse ${goQuote(text)}: ${error.message}`);
};
/** undefined, or what Go says is wrong with an absolute URI or path. */
export function requestUriError(text: string): string | undefined {
  try {
    parse(text, true);
    return undefined;
  } catch (error) {
    if (!(error instanceof UrlError)) throw error;
    return `parse ${goQuote(text)}: ${error.message}`;
  }
}
function toUrl(text: string): UrlValue | CelError {
  try {
    parse(text, true);
  } catch (error) {
    return parseError(text, error);
  }
  const hash = text.indexOf('#');
  const plain = hash < 0 ? text : text.slice(0, hash);
  let parts: Parts;
  try {
    parts = parse(plain, false);
  } catch (error) {
    return parseError(plain, error);
  }
  if (hash < 0 || hash === text.length - 1) return new UrlValue(parts);
  try {
    return new UrlValue({ ...parts, fragment: unescape(text.slice(hash + 1), 'fragment') });
  } catch (error) {
    return parseError(text, error);
  }
}
function queryOf(url: UrlValue): CelValue {
  const values = new Map<string, string[]>();
  for (const pair of url.parts.query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    try {
      const key = unescape(equals < 0 ? pair : pair.slice(0, equals), 'query');
      const value = unescape(equals < 0 ? '' : pair.slice(equals + 1), 'query');
      const known = values.get(key);
      if (known === undefined) values.set(key, [value]);
      else known.push(value);
    } catch (error) {
      if (!(error instanceof UrlError)) throw error;
    }
  }
  return new EntryMap([...values].map(([key, all]) => [key, new ArrayList(all)]));
}
const accessor = (id: string, get: (url: UrlValue) => CelValue, result: CelType = t.string) => [member(id, [urlType], result, get)];
export const urlsLibrary: Library = {
  name: 'kubernetes.urls',
  functions: {
    url: [overload('string_to_url', [t.string], urlType, toUrl)],
    getScheme: accessor('url_get_scheme', (url) => url.parts.scheme),
    getHost: accessor('url_get_host', (url) => url.parts.host),
    getHostname: accessor('url_get_hostname', (url) => url.hostAndPort[0]),
    getPort: accessor('url_get_port', (url) => url.hostAndPort[1]),
    getEscapedPath: accessor('url_get_escaped_path', (url) => url.escapedPath),
    getQuery: accessor('url_get_query', queryOf, t.map(t.string, t.list(t.string))),
    isURL: [overload('is_url_string', [t.string], t.bool, (text: string) => requestUriError(text) === undefined)],
  },
};
