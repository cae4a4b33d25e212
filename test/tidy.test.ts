import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

/** Each layer, and what it may import besides itself. This table is the architecture; ARCHITECTURE.md quotes it. */
const layers: Readonly<Record<string, readonly string[]>> = {
  base: [],
  api: ['base'],
  cel: ['base', 'api'],
  kinds: ['base', 'api', 'cel'],
  store: ['base'],
  client: ['base', 'api', 'kinds'],
  server: ['base', 'api', 'cel', 'kinds', 'store', 'client'],
  controllers: ['base', 'api', 'cel', 'kinds', 'client'],
  scheduler: ['base', 'api', 'cel', 'kinds', 'client'],
  kubelet: ['base', 'api', 'kinds', 'client'],
  proxy: ['base', 'api', 'kinds', 'client'],
  dns: ['base', 'api', 'kinds', 'client'],
  cli: ['base', 'api', 'kinds', 'client'],
  cluster: ['base', 'api', 'cel', 'kinds', 'store', 'client', 'server', 'controllers', 'scheduler', 'kubelet', 'proxy', 'dns', 'cli'],
  testing: ['base', 'api', 'kinds', 'store', 'client', 'server', 'controllers', 'scheduler', 'kubelet', 'cluster'],
};
/** Layers that run in a browser too: `node:` and packages only in files called x.node.ts. */
const portable = ['api', 'cel', 'kinds', 'client'];
const longestFile = 450;
const longestKindFile = 620;
const longestLine = 180;
/** Messages are not broken, so that they can be searched for. */
const longText = /(['"`]).{80,}\1/;

const root = join(import.meta.dirname, '../src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort();
const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const product = files.filter((file) => !/\.(test|contract|fuzz)\.ts$/.test(file));
const layerOf = (file: string) => (file.includes('/') ? file.split('/')[0]! : '');
const importOf =
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;
const importsOf = (file: string) => [...sources.get(file)!.matchAll(importOf)].map((match) => match[1] ?? match[2] ?? match[3]!);

test('imports point down', () => {
  const wrong: string[] = [];
  for (const file of product) {
    const layer = layerOf(file);
    if (!(layer in layers)) continue;
    for (const specifier of importsOf(file)) {
      if (!specifier.startsWith('.')) continue;
      const target = layerOf(relative(root, join(root, dirname(file), specifier)));
      if (target !== layer && !layers[layer]!.includes(target))
        wrong.push(`${file} imports ${specifier}; ${layer}/ may import only ${layers[layer]!.join(', ') || 'nothing'}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every folder of src is a layer', () => {
  assert.deepEqual(
    [...new Set(files.map(layerOf))].filter((layer) => layer !== '' && !(layer in layers)),
    [],
  );
});

test('portable layers use web-standard code only', () => {
  const wrong = product
    .filter((file) => portable.includes(layerOf(file)) && !file.endsWith('.node.ts'))
    .flatMap((file) =>
      importsOf(file)
        .filter((specifier) => !specifier.startsWith('.') || specifier.endsWith('.node.ts'))
        .map((specifier) => `${file} imports ${specifier}`),
    );
  assert.deepEqual(wrong, []);
});

test('time and chance come from outside', () => {
  const forbidden = /\b(Date\.now\(|new Date\(\)|Math\.random\(|(?<![.\w])set(?:Timeout|Interval)\(|performance\.now\(|randomUUID\()/;
  const wrong = product
    .filter((file) => !file.startsWith('base/'))
    .flatMap((file) =>
      sources
        .get(file)!
        .split('\n')
        .flatMap((line, index) => (forbidden.test(line) && !/^\s*(\*|\/\/)/.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
    );
  assert.deepEqual(wrong, []);
});

test('node:http comes without what an import of it by name brings along', () => {
  const named = /^import (?!type\b)[^;]*?from 'node:http';/m;
  assert.deepEqual(
    product.filter((file) => named.test(sources.get(file)!)),
    [],
  );
});

test('files can be read in one sitting', () => {
  const wrong: string[] = [];
  for (const file of product) {
    const lines = sources.get(file)!.split('\n');
    const longest = file.startsWith('kinds/') ? longestKindFile : longestFile;
    if (lines.length > longest) wrong.push(`${file}: ${lines.length} lines, at most ${longest}`);
    lines.forEach(
      (line, index) =>
        line.length > longestLine &&
        !longText.test(line) &&
        wrong.push(`${file}:${index + 1}: ${line.length} columns, at most ${longestLine}`),
    );
  }
  assert.deepEqual(wrong, []);
});

test('a file of a catalogue exports one definition, and is named after it', () => {
  const catalogues = [
    /^kinds\/(?!lib\/)[a-z]+\/[^/]+\.ts$/,
    /^controllers\/[^/]+\.ts$/,
    /^scheduler\/plugins\/[^/]+\.ts$/,
    /^cli\/commands\/[^/]+\.ts$/,
  ];
  const wrong: string[] = [];
  for (const file of product.filter((one) => catalogues.some((catalogue) => catalogue.test(one)))) {
    const names = [...sources.get(file)!.matchAll(/^export (?:const|function|async function|class) (\w+)/gm)].map((match) => match[1]!);
    const wanted = file.split('/').at(-1)!.slice(0, -3).replaceAll('-', '');
    if (names.length !== 1 || names[0]!.toLowerCase() !== wanted) wrong.push(`${file} exports ${names.join(', ') || 'nothing'}`);
  }
  assert.deepEqual(wrong, []);
});

test('nothing is left undone', () => {
  const wrong = files.filter((file) => /\b(TODO|FIXME|XXX|HACK)\b/.test(sources.get(file)!));
  assert.deepEqual(wrong, []);
});
