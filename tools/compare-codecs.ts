/**
 * Compares Skiff's codecs with upstream's own (tools/upstream-codec, which needs Go): the shapes of kinds with Go's structs, made-up
 * objects of every kind in JSON, YAML and protobuf in every direction, and YAML of made-up values.
 *
 *   node tools/compare-codecs.ts [OBJECTS-PER-KIND [SEED]]
 */
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import type { AnyKind } from '../src/api/kind.ts';
import { formatYaml } from '../src/base/yaml.ts';
import { loadKinds } from '../src/kinds/catalog.node.ts';
import { type CodecName, codecNames, codecs } from '../src/kinds/lib/formats.ts';
import { compareShapes, type GoTypes } from './lib/compare-shapes.ts';

const [count = '6', seed = '1'] = process.argv.slice(2);
const folder = join(import.meta.dirname, 'upstream-codec');
const upstream = (args: readonly string[], input = '') =>
  execFileSync('go', ['run', '.', ...args], { cwd: folder, input, maxBuffer: 2 ** 30, encoding: 'utf8' });

interface Sample {
  readonly apiVersion: string;
  readonly kind: string;
  readonly json: string;
  readonly yaml: string;
  readonly protobuf: string;
}
/** As upstream wrote it; its JSON and ours differ in blanks only. */
const bytesOf = (sample: Sample): Record<CodecName, Buffer> => ({
  json: Buffer.from(sample.json),
  yaml: Buffer.from(sample.yaml),
  pb: Buffer.from(sample.protobuf, 'hex'),
});
/** Keys that look like numbers stand in the order of numbers, whatever one does; see docs/decisions/0037. */
const hasNumberKeys = (json: string) => /"\d+":/.test(json);

function compareSample(kind: AnyKind, sample: Sample): string[] {
  const given = bytesOf(sample);
  const lines: string[] = [];
  for (const from of codecNames) {
    const object = codecs[from].read(kind, given[from]);
    for (const to of codecNames) {
      const made = Buffer.from(codecs[to].write(kind, object));
      const wanted = given[to];
      const isSame =
        to === 'json' ? JSON.stringify(JSON.parse(made.toString())) === JSON.stringify(JSON.parse(wanted.toString())) : made.equals(wanted);
      if (!isSame) lines.push(`${sample.apiVersion} ${sample.kind}: ${from} to ${to}`);
    }
  }
  return lines;
}
async function compareSamples(kinds: readonly AnyKind[]): Promise<{ readonly lines: string[]; readonly compared: number }> {
  const lines: string[] = [];
  let compared = 0;
  const child = spawn('go', ['run', '.', '-count', count, '-seed', seed, 'samples'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const sample = JSON.parse(line) as Sample;
    const kind = kinds.find(
      (one) => one.kind === sample.kind && (one.group === '' ? one.version : `${one.group}/${one.version}`) === sample.apiVersion,
    );
    if (kind === undefined || sample.protobuf === '' || hasNumberKeys(sample.json)) continue;
    lines.push(...compareSample(kind, sample));
    compared++;
  }
  return { lines, compared };
}

const words = [
  'a',
  'Z',
  'é',
  '日',
  '😀',
  ' ',
  '\n',
  '\t',
  ':',
  '#',
  '-',
  '?',
  '"',
  "'",
  '\\',
  '0',
  '1',
  '.',
  '_',
  'e',
  '~',
  '|',
  '>',
  '<',
  '%',
  '@',
  '`',
  '&',
  '*',
  '{',
  '[',
  ',',
];
const numbers = [
  '2020-1-2',
  '1:20',
  '1_000',
  '0o9',
  '007',
  '-0x1',
  '.5',
  '1e999',
  '18446744073709551616',
  '.inf',
  'y',
  'N',
  'true',
  '2001-01-01 10:00:00',
];
const text = fc
  .array(fc.constantFrom(...words, ...numbers, 'a word that fills the line '), { maxLength: 12 })
  .map((parts) => parts.join(''));
/** Upstream's order of keys with digits in odd places is none: it depends on the order in which Go walks a map. */
const key = fc.oneof(
  text.map((one) => one.replaceAll(/\d/g, '')),
  fc.constantFrom('a1', 'a2', 'a10', 'apiVersion', '_x', 'k.v/w'),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.constantFrom(...numbers),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(key, tie('any'), { maxKeys: 5 }),
  ),
})).any;
function compareYaml(): { readonly lines: string[]; readonly compared: number } {
  const values = fc
    .sample(fc.dictionary(key, value, { maxKeys: 4 }), { numRuns: Number(count) * 1000, seed: Number(seed) })
    .map((one) => JSON.stringify(one))
    .filter((json) => !hasNumberKeys(json));
  const written = upstream(['yaml'], `${values.join('\n')}\n`)
    .trim()
    .split('\n');
  const lines = values.flatMap((json, index) => {
    const { yaml, error } = JSON.parse(written[index]!) as { readonly yaml: string; readonly error: string };
    return error === '' && formatYaml(JSON.parse(json)) !== yaml ? [`YAML of ${json}`] : [];
  });
  return { lines, compared: values.length };
}

const kinds = await loadKinds();
const shapes = compareShapes(kinds, JSON.parse(upstream(['types'])) as GoTypes);
const samples = await compareSamples(kinds);
const yaml = compareYaml();
const lines = [...shapes, ...samples.lines, ...yaml.lines];
for (const line of lines) console.log(line);
console.log(`${lines.length} differences in ${kinds.length} kinds, ${samples.compared} objects and ${yaml.compared} values as YAML`);
process.exitCode = lines.length === 0 ? 0 : 1;
