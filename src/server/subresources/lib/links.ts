import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createDeflateRaw, createGunzip, createGzip, createInflateRaw } from 'node:zlib';

/** Links of what is proxied lead through the proxy again, as upstream makes them (k8s.io/apimachinery pkg/util/proxy). */
export interface Proxied {
  /** Path of the proxy, in front of the backend's own. */
  readonly prefix: string;
  /** Host that the backend knows itself by. */
  readonly host: string;
}

/** A link with an absolute path on the backend's own host goes through the proxy; any other stays as it is. */
export function proxiedLink(link: string, { prefix, host }: Proxied): string {
  const [, authority = '', path = ''] = /^(?:[a-z][a-z0-9+.-]*:)?(?:\/\/([^/?#]*))?(.*)$/is.exec(link) ?? [];
  if ((authority !== '' && authority !== host) || !path.startsWith('/')) return link;
  return path.startsWith(prefix) ? path : `${prefix}${path}`;
}

/** Which attributes of which elements are links (https://html.spec.whatwg.org/multipage/indices.html#attributes-3, and older ones). */
const linkAttributes: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
};

async function rewriter(proxied: Proxied): Promise<Transform> {
  const { RewritingStream } = await import('parse5-html-rewriting-stream');
  const html = new RewritingStream();
  html.on('startTag', (tag, raw) => {
    const links = Object.hasOwn(linkAttributes, tag.tagName) ? linkAttributes[tag.tagName]! : [];
    let changed = false;
    for (const attribute of tag.attrs) {
      if (!links.includes(attribute.name)) continue;
      const link = proxiedLink(attribute.value, proxied);
      changed ||= link !== attribute.value;
      attribute.value = link;
    }
    if (changed) html.emitStartTag(tag);
    else html.emitRaw(raw);
  });
  return html.setEncoding('utf8');
}

const codings: Readonly<Record<string, readonly (() => Transform)[]>> = {
  '': [],
  gzip: [createGunzip, createGzip],
  deflate: [createInflateRaw, createDeflateRaw],
};

/** Whether the answer is a page whose links are to be changed: HTML in a coding that is known. */
export function hasLinks({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const [type] = (headers['content-type'] ?? '').split(';', 1);
  return headers.location === undefined && type!.trim() === 'text/html' && Object.hasOwn(codings, headers['content-encoding'] ?? '');
}

/** The page with its links changed, in the coding that it came in. A page that cannot be read ends with its error. */
export async function withProxiedLinks(page: Readable, coding: string, proxied: Proxied): Promise<Readable> {
  const html = await rewriter(proxied);
  const [open, close] = codings[coding]!;
  // The rewriter takes texts, not bytes.
  const steps =
    open === undefined || close === undefined ? [page.setEncoding('utf8'), html] : [page, open().setEncoding('utf8'), html, close()];
  return pipeline(steps, () => undefined) as unknown as Readable;
}
