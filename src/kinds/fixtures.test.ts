import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadKinds } from './catalog.node.ts';
import { type CodecName, codecNames, codecs } from './lib/formats.ts';

/**
 * Upstream's own round-trip fixtures (k8s.io/api testdata, Apache-2.0): every field of every kind filled, in JSON, YAML and protobuf,
 * as four releases wrote them. They are not part of this repository: SKIFF_FIXTURES names the k8s.io folder that holds them.
 */
const root = process.env.SKIFF_FIXTURES ?? join(homedir(), '.cache/skiff-api-types/src/k8s.io');
const folders = ['api/testdata', 'apiextensions-apiserver/pkg/apis/testdata']
  .map((folder) => join(root, folder))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? [join(folder, one.name)] : [])));
const kinds = await loadKinds();

/** What a release wrote, as upstream's present code writes it again. */
function expected(folder: string, name: string, format: CodecName): Buffer {
  const again = join(folder, `${name}.after_roundtrip.${format}`);
  return readFileSync(existsSync(again) ? again : join(folder, `${name}.${format}`));
}

for (const folder of folders) {
  const names = readdirSync(folder).flatMap((file) => (/after_roundtrip|\.json$/.test(file) ? [file.replace(/\.json$/, '')] : []));
  const missing: string[] = [];
  test(`fixtures of ${folder.slice(root.length + 1)}, byte for byte in every direction`, (t) => {
    let count = 0;
    for (const name of names.filter((one) => !one.includes('after_roundtrip'))) {
      const [, group, version, kindName] = /^(.*)\.(v[^.]+)\.([^.]+)$/.exec(name)!;
      const kind = kinds.find((one) => (one.group || 'core') === group && one.version === version && one.kind === kindName);
      if (kind === undefined) {
        missing.push(name);
        continue;
      }
      for (const from of codecNames) {
        const object = codecs[from].read(kind, readFileSync(join(folder, `${name}.${from}`)));
        for (const to of codecNames) {
          const made: Buffer = Buffer.from(codecs[to].write(kind, object));
          const wanted = expected(folder, name, to);
          if (to === 'pb') assert.deepEqual(codecs.pb.read(kind, made), codecs.pb.read(kind, wanted), `${name}: ${from} to ${to}`);
          else assert.equal(made.toString(), wanted.toString(), `${name}: ${from} to ${to}`);
          assert.ok(made.equals(wanted), `${name}: ${from} to ${to}`);
          count++;
        }
      }
    }
    const unserved = folder.endsWith('HEAD') ? `: ${missing.join(' ')}` : '';
    t.diagnostic(`${count} conversions; ${missing.length} without a kind${unserved}`);
  });
}
test('fixtures are there, or nothing is asked of them', (t) => {
  t.diagnostic(folders.length === 0 ? `none in ${root}` : `${folders.length} releases in ${root}`);
});
