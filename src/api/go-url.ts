import { goQuote } from './go-text.ts';

/** What Go's net/url reads in a URL, and its words for what it can't read: API messages quote them (https://pkg.go.dev/net/url#Parse). */
export interface GoUrl {
  readonly scheme: string;
  readonly host: string;
  readonly user: string | undefined;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
}

class UrlError extends Error {}
const fail = (text: string): never => {
  throw new UrlError(text);
};

/** The parts of a URL, or the text of Go's error. */
export function parseGoUrl(text: string): GoUrl | { readonly error: string } {
  const hash = text.indexOf('#');
  const main = hash < 0 ? text : text.slice(0, hash);
  try {
    const fragment = hash < 0 ? '' : checkEscapes(text.slice(hash + 1));
    return { ...parseMain(main), fragment };
  } catch (error) {
    if (error instanceof UrlError)
      return { error: `parse ${goQuote(error.message.startsWith('invalid URL escape') ? text : main)}: ${error.message}` };
    throw error;
  }
}

/** As url.ParseRequestURI: absolute, or a path from the root; '#' is a character like any other. */
export function parseGoRequestUrl(text: string): Omit<GoUrl, 'fragment'> | { readonly error: string } {
  try {
    return parseMain(text, true);
  } catch (error) {
    if (error instanceof UrlError) return { error: `parse ${goQuote(text)}: ${error.message}` };
    throw error;
  }
}

function parseMain(text: string, isRequest = false): Omit<GoUrl, 'fragment'> {
  if (/[\x00-\x1f\x7f]/.test(text)) fail('net/url: invalid control character in URL');
  if (text === '' && isRequest) fail('empty url');
  if (text === '*') return { scheme: '', host: '', user: undefined, path: '*', query: '' };
  const [scheme, afterScheme] = splitScheme(text);
  const mark = afterScheme.indexOf('?');
  const query = mark < 0 ? '' : afterScheme.slice(mark + 1);
  let rest = mark < 0 ? afterScheme : afterScheme.slice(0, mark);
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { scheme, host: '', user: undefined, path: '', query };
    if (isRequest) fail('invalid URI for request');
    if (rest.split('/', 1)[0]!.includes(':')) fail('first path segment in URL cannot contain colon');
  }
  let host = '';
  let user: string | undefined;
  if (rest.startsWith('//') && (scheme !== '' || (!isRequest && !rest.startsWith('///')))) {
    const slash = rest.indexOf('/', 2);
    const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
    rest = slash < 0 ? '' : rest.slice(slash);
    ({ user, host } = parseAuthority(authority));
  }
  return { scheme, host, user, path: checkEscapes(rest), query };
}

function splitScheme(text: string): readonly [string, string] {
  const end = /[^a-zA-Z0-9+.-]/.exec(text)?.index ?? text.length;
  if (text[end] !== ':' || (end > 0 && !/[a-zA-Z]/.test(text[0]!))) return ['', text];
  if (end === 0) fail('missing protocol scheme');
  return [text.slice(0, end).toLowerCase(), text.slice(end + 1)];
}

function parseAuthority(authority: string): { readonly user: string | undefined; readonly host: string } {
  const at = authority.lastIndexOf('@');
  const host = parseHost(authority.slice(at + 1));
  if (at < 0) return { user: undefined, host };
  const user = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) fail('net/url: invalid userinfo');
  checkEscapes(user);
  return { user, host };
}

function parseHost(host: string): string {
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']');
    if (end < 0) fail("missing ']' in host");
    checkPort(host.slice(end + 1));
  } else if (host.includes(':')) checkPort(host.slice(host.lastIndexOf(':')));
  const odd = /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\u0080-\uffff]/.exec(host);
  if (odd !== null) fail(`invalid character ${goQuote(odd[0])} in host name`);
  return checkEscapes(host);
}
function checkPort(port: string): void {
  if (port !== '' && !/^:\d*$/.test(port)) fail(`invalid port ${goQuote(port)} after host`);
}
function checkEscapes(text: string): string {
  const odd = /%(?![0-9a-fA-F]{2})/.exec(text);
  if (odd !== null) fail(`invalid URL escape ${goQuote(text.slice(odd.index, odd.index + 3))}`);
  return text;
}
