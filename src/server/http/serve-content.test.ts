import assert from 'node:assert/strict';
import { test } from 'node:test';
import { select } from './serve-content.ts';
import type { Exchange } from './exchange.ts';
import { serveContent } from './serve-content.ts';

const modifiedMs = Date.UTC(2026, 0, 1, 0, 0, 0, 500);
const modified = 'Thu, 01 Jan 2026 00:00:00 GMT';
const later = 'Thu, 01 Jan 2026 00:00:01 GMT';
const earlier = 'Wednesday, 31-Dec-25 23:59:59 GMT';
const asked = (headers: Record<string, string>, method = 'GET') => select({ method, headers, etag: '"e"', modifiedMs, size: 100 });
const part = (start: number, length: number) => ({ code: 206, parts: [{ start, length }] });
const whole = { code: 200, parts: [] };

test('ranges of bytes', () => {
  const rows: readonly [string, object][] = [
    ['bytes=0-9', part(0, 10)],
    ['bytes=90-', part(90, 10)],
    ['bytes=-5', part(95, 5)],
    ['bytes=-500', part(0, 100)],
    ['bytes=-0', part(100, 0)],
    ['bytes=95-500', part(95, 5)],
    ['bytes= 0-3 , , 5-6', { code: 206, parts: [part(0, 4).parts[0], part(5, 2).parts[0]] }],
    ['bytes=0-0,100-', part(0, 1)],
    ['bytes=', whole],
    ['bytes=0-99,0-99', whole],
    ['bytes=100-', { code: 416, why: 'invalid range: failed to overlap', isBeyond: true }],
    ...['bytes=9-2', 'bytes=x', 'bytes=-', 'bytes=--5', 'bytes=1', 'items=0-1', 'bytes=99999999999999999999-'].map(
      (text): [string, object] => [text, { code: 416, why: 'invalid range', isBeyond: false }],
    ),
  ];
  for (const [range, expected] of rows) assert.deepEqual(asked({ range }), expected, range);
});

test('conditions', () => {
  const range = 'bytes=0-9';
  const rows: readonly [Record<string, string>, object, string?][] = [
    [{ 'if-match': '"x"' }, { code: 412 }],
    [{ 'if-match': 'W/"e"' }, { code: 412 }],
    [{ 'if-match': '"x", "e"' }, whole],
    [{ 'if-match': '*', 'if-unmodified-since': earlier }, whole],
    [{ 'if-unmodified-since': earlier }, { code: 412 }],
    [{ 'if-unmodified-since': modified }, whole],
    [{ 'if-none-match': 'W/"e"' }, { code: 304 }],
    [{ 'if-none-match': 'what, "e"' }, whole],
    [{ 'if-none-match': '*' }, { code: 304 }, 'HEAD'],
    [{ 'if-none-match': '*' }, { code: 412 }, 'POST'],
    [{ 'if-modified-since': later }, { code: 304 }],
    [{ 'if-modified-since': modified }, { code: 304 }],
    [{ 'if-modified-since': earlier }, whole],
    [{ 'if-modified-since': 'Thu Jan  1 00:00:00 2026' }, { code: 304 }],
    [{ 'if-modified-since': 'yesterday' }, whole],
    [{ 'if-modified-since': later }, whole, 'POST'],
    [{ 'if-none-match': '"x"', 'if-modified-since': later }, whole],
    [{ range, 'if-range': '"e"' }, part(0, 10)],
    [{ range, 'if-range': 'W/"e"' }, whole],
    [{ range, 'if-range': modified }, part(0, 10)],
    [{ range, 'if-range': later }, whole],
    [{ range, 'if-range': '"x"' }, part(0, 10), 'POST'],
  ];
  for (const [headers, expected, method] of rows) assert.deepEqual(asked(headers, method), expected, JSON.stringify(headers));
});

test('several parts make one answer, and what cannot be had says nothing of the file', async () => {
  const answers: { code: number; headers: Record<string, unknown>; body: string }[] = [];
  const serve = (range: string) =>
    serveContent(
      {
        method: 'GET',
        headers: { range },
        begin: (code: number, headers: Record<string, unknown>) => answers.push({ code, headers, body: '' }),
        end: (bytes?: Uint8Array) => {
          answers.at(-1)!.body = Buffer.from(bytes ?? []).toString();
        },
      } as unknown as Exchange,
      { bytes: Buffer.from('0123456789'), modifiedMs, headers: { etag: '"e"', 'cache-control': 'public' }, type: 'text/plain' },
    );
  assert.deepEqual([await serve('bytes=0-1,8-'), await serve('bytes=10-')], [206, 416]);
  const [parts, none] = answers as [(typeof answers)[0], (typeof answers)[0]];
  const [, boundary] = /^multipart\/byteranges; boundary=(\w{60})$/.exec(String(parts.headers['content-type'])) ?? [];
  const piece = (range: string, text: string) =>
    `--${boundary}\r\nContent-Range: bytes ${range}/10\r\nContent-Type: text/plain\r\n\r\n${text}\r\n`;
  assert.equal(parts.body, `${piece('0-1', '01')}${piece('8-9', '89')}--${boundary}--\r\n`);
  assert.equal(none.body, 'invalid range: failed to overlap\n');
  assert.deepEqual(none.headers, {
    'cache-control': 'no-cache, private',
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'content-range': 'bytes */10',
    'content-length': 33,
  });
});
