import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { createGunzip, gzipSync } from 'node:zlib';
import { hasLinks, proxiedLink, withProxiedLinks } from './links.ts';

const proxied = { prefix: '/api/v1/namespaces/a/pods/p/proxy', host: '10.0.0.1:80' };

test('links with absolute paths lead through the proxy; relative ones, and those to elsewhere, stay', () => {
  const links = {
    '/x?y=1#z': '/api/v1/namespaces/a/pods/p/proxy/x?y=1#z',
    '/dir/': '/api/v1/namespaces/a/pods/p/proxy/dir/',
    'http://10.0.0.1:80/x': '/api/v1/namespaces/a/pods/p/proxy/x',
    '//10.0.0.1:80/x': '/api/v1/namespaces/a/pods/p/proxy/x',
    '/api/v1/namespaces/a/pods/p/proxy/x': '/api/v1/namespaces/a/pods/p/proxy/x',
    'x/y': 'x/y',
    '': '',
    '#top': '#top',
    'mailto:a@b': 'mailto:a@b',
    'https://example.com/x': 'https://example.com/x',
  };
  for (const [link, wanted] of Object.entries(links)) assert.equal(proxiedLink(link, proxied), wanted, link);
});

const page =
  '<!doctype html><html><body class=x><a href="/rewriteme">test</a><img alt=\'/no\' src=/i.png>\n<p>1 &lt; 2 <script>if (a < b) "<a href=/x>"</script></body></html>';
const changed = page
  .replace('<a href="/rewriteme">', '<a href="/api/v1/namespaces/a/pods/p/proxy/rewriteme">')
  .replace("<img alt='/no' src=/i.png>", '<img alt="/no" src="/api/v1/namespaces/a/pods/p/proxy/i.png">');

test('only tags with links are written anew, however the page is cut and coded', async () => {
  const cut = Readable.from(
    [...page].map((one) => Buffer.from(one)),
    { objectMode: false },
  );
  assert.equal(await text(await withProxiedLinks(cut, '', proxied)), changed);
  const packed = await withProxiedLinks(Readable.from([gzipSync(page)]), 'gzip', proxied);
  assert.equal(await text(packed.pipe(createGunzip())), changed);
});

test('a page that is not in the coding it claims ends with an error', async () => {
  await assert.rejects(async () => text(await withProxiedLinks(Readable.from([Buffer.from(page)]), 'gzip', proxied)), /incorrect header/);
});

test('only HTML in a known coding is looked at', () => {
  const answers: [Record<string, string>, boolean][] = [
    [{ 'content-type': 'text/html; charset=utf-8' }, true],
    [{ 'content-type': 'text/html', 'content-encoding': 'gzip' }, true],
    [{ 'content-type': 'text/html', 'content-encoding': 'br' }, false],
    [{ 'content-type': 'text/html', location: '/x' }, false],
    [{ 'content-type': 'text/plain' }, false],
    [{}, false],
  ];
  for (const [headers, wanted] of answers) assert.equal(hasLinks({ headers }), wanted, JSON.stringify(headers));
});
