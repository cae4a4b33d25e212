import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePem, encodePem } from './pem.ts';

const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);

test('a block survives', () => {
  const text = encodePem('THING', bytes);
  assert.ok(text.split('\n').every((line) => line.length <= 64));
  const block = decodePem(text)!;
  assert.deepEqual([block.type, block.hasHeaders, block.rest.trim()], ['THING', false, '']);
  assert.deepEqual(block.bytes, bytes);
});

test('what stands around blocks is passed over, headers are noticed', () => {
  const text = `noise\n${encodePem('A', bytes)}${encodePem('B', bytes).replace('\n', '\nProc-Type: 4,ENCRYPTED\n\n')}`;
  const first = decodePem(text)!;
  const second = decodePem(first.rest)!;
  assert.deepEqual([first.type, second.type, second.hasHeaders], ['A', 'B', true]);
  assert.deepEqual(second.bytes, bytes);
  assert.equal(decodePem(second.rest), undefined);
});

test('no block, a block without end, a block that is no base64', () => {
  for (const text of [
    '',
    'x',
    ' -----BEGIN A-----\nAAAA\n-----END A-----\n',
    '-----BEGIN A-----\nAAAA\n',
    '-----BEGIN A-----\nA!\n-----END A-----\n',
  ])
    assert.equal(decodePem(text), undefined, text);
  assert.equal(decodePem('-----BEGIN A-----\n-----END A-----\n')!.bytes.length, 0);
});

test('beginnings without ends take time that grows with the text', () => {
  const types = (of: (index: number) => string) => Array.from({ length: 50_000 }, (_, index) => `-----BEGIN ${of(index)}-----\n`).join('');
  for (const noise of [types(() => 'A'), types(String), types((index) => `a:${index}`)]) {
    assert.equal(decodePem(noise), undefined);
    assert.equal(decodePem(`${noise}AAAA\n-----END B-----\n`), undefined);
  }
  const few = types(String).slice(0, 5_000);
  assert.deepEqual(decodePem(`${few}\n${encodePem('A', bytes)}`)!.bytes, bytes);
  // The next end decides, whatever follows it.
  assert.equal(decodePem('-----BEGIN A-----\nAAAA\n-----END B-----\n-----END A-----\n'), undefined);
});
