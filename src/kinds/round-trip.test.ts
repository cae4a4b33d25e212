import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeObject } from '../api/decode.ts';
import { type AnyKind, kindId } from '../api/kind.ts';
import { seededRandom } from '../base/random.ts';
import { loadKinds } from './catalog.node.ts';
import { filled } from './lib/filled.ts';
import { codecNames, codecs } from './lib/formats.ts';

const kinds = await loadKinds();
/** Made-up objects of each kind: one with every field, some with a few. */
const samplesOf = (kind: AnyKind) => [1, 0.5, 0.2, 0].map((share, seed) => filled(kind, seededRandom(seed + 1), { share }));

test('what every field of every kind says survives every format, in both directions', () => {
  for (const kind of kinds) {
    for (const sample of samplesOf(kind)) {
      const { object, warnings } = decodeObject(kind, sample, { fieldValidation: 'Strict' });
      assert.deepEqual(warnings, [], kindId(kind));
      const written = Object.fromEntries(codecNames.map((name) => [name, codecs[name].write(kind, object)]));
      for (const from of codecNames) {
        const read = codecs[from].read(kind, written[from]!);
        for (const to of codecNames) {
          const again = codecs[to].write(kind, read);
          if (to !== 'pb')
            assert.equal(Buffer.from(again).toString(), Buffer.from(written[to]!).toString(), `${kindId(kind)}: ${from} to ${to}`);
          assert.ok(Buffer.from(again).equals(written[to]!), `${kindId(kind)}: ${from} to ${to}`);
        }
      }
    }
  }
});
test('a Pod with every field is large', () => {
  const pod = kinds.find(({ kind, plural }) => kind === 'Pod' && plural === 'pods')!;
  assert.ok(codecs.json.write(pod, filled(pod, seededRandom(1)) as never).byteLength > 20_000);
});
