import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { readZipEntry } from '../../../src/cli/lib/zip.ts';
import { readArchive } from '../../../src/kubelet/images/archive.ts';
import { layoutEntries, tarOf } from '../../../src/kubelet/images/oci.ts';
import { bytesOf, joined } from '../lib/mutate.ts';
import { allow, allowAsync, type Target } from '../lib/target.ts';

const folder = mkdtempSync(join(tmpdir(), 'fuzz-archive-'));
const file = join(folder, 'archive');

const word = (value: number, bytes: number) => Uint8Array.from({ length: bytes }, (_, at) => (value >> (8 * at)) & 0xff);
/** A zip archive of one deflated file (APPNOTE 6.3). */
function zip(name: string, content: string): Uint8Array {
  const [packed, bytes] = [deflateRawSync(content), bytesOf(name)];
  const sizes = joined(word(8, 2), word(0, 8), word(packed.length, 4), word(content.length, 4), word(bytes.length, 2), word(0, 2));
  const local = joined(bytesOf('PK\x03\x04'), word(20, 2), word(0, 2), sizes, bytes, packed);
  const central = joined(bytesOf('PK\x01\x02'), word(20, 2), word(20, 2), word(0, 2), sizes, word(0, 14), bytes);
  return joined(local, central, bytesOf('PK\x05\x06'), word(0, 6), word(1, 2), word(central.length, 4), word(local.length, 4), word(0, 2));
}
const documents = (index: unknown, manifest: unknown) =>
  tarOf([
    { name: 'index.json', content: Buffer.from(JSON.stringify(index)) },
    { name: 'manifest.json', content: Buffer.from(JSON.stringify(manifest)) },
  ] as never);

/** Archives of images, tar plain and gzipped, and of packages, zip. */
export const target: Target = {
  inputs: 60,
  large: false,
  async samples() {
    const layout = await tarOf(layoutEntries('docker.io/library/a:1', { Cmd: ['a'] } as never, []));
    const odd = [
      null,
      [null],
      [{}],
      { manifests: [null] },
      { manifests: [{ annotations: 5 }] },
      [{ RepoTags: 'a' }],
      [{ RepoTags: [1] }],
      'x',
    ];
    return [
      layout,
      gzipSync(layout),
      ...(await Promise.all(odd.map((one) => documents(one, one)))),
      await documents({ manifests: [{ annotations: { 'org.opencontainers.image.ref.name': 'r.test/a:1' } }] }, [{ RepoTags: ['a:1'] }]),
      zip('a', 'content'),
    ];
  },
  words: [
    'index.json',
    'manifest.json',
    'ustar',
    '"manifests":[',
    '"annotations":{',
    '"RepoTags":[',
    'null',
    'PK\x01\x02',
    'PK\x05\x06',
    Uint8Array.of(0x1f, 0x8b),
  ],
  async check(input) {
    writeFileSync(file, input);
    allow(() => readZipEntry(file, 'a'), Error);
    const read = await allowAsync(() => readArchive(file, input.length % 2 === 0 ? 'name:1' : undefined), Error);
    if (read !== undefined)
      await allowAsync(async () => {
        for await (const _ of read.tar);
      }, Error);
  },
  close: async () => rmSync(folder, { recursive: true, force: true }),
};
